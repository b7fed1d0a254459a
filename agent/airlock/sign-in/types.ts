/** What sign-in needs from the airlock and its link, and what it answers. */
import type { Db } from '../../../src/db/open.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import type { Ids } from '../../../src/lib/ids.ts';
import type { LogType, Session } from '../../../src/release/release.ts';
import type { SignIns } from '../link/types.ts';

/** What governance in the zone says of a person now. `unknown`: governance cannot be read, and nobody gets in. */
export type Entrance = 'open' | 'closed' | 'unknown';

export interface SignInParts {
  db: Db;
  clock: Clock;
  ids: Ids;
  /** The way to the hub; its refusals are never shown as they are. */
  link: SignIns;
  /** Whether this person has anything to do in this viewer, asked at every request. */
  entrance(person: number): Entrance;
  /** Login by governance; a passkey names a person by id only. */
  loginOf(person: number): string | undefined;
  isOperator(person: number): boolean;
  trust(): 'hub' | 'zone';
  /** Writes to the zone's log. `person` is null while nobody knows who it is. */
  record(event: SignInEvent): Promise<void>;
  /** There is an announcement to tell the hub. */
  announced(): void;
  relyingParty: RelyingParty;
  limits?: Partial<SignInLimits>;
}

export interface SignInEvent {
  type: Extract<LogType, 'LOGIN' | 'LOGOUT' | 'LOGIN_FAILED' | 'ROLE_CHANGE'>;
  person: number | null;
  session: string | null;
  /** A code, never what somebody typed. */
  details: Record<string, string>;
}

/** For whom passkeys are made: the viewer's own origin. */
export interface RelyingParty {
  id: string;
  name: string;
  origin: string;
}

export interface SignInLimits {
  /** Wrong codes before a sign-in has to be started again. */
  attempts: number;
  /** Sign-ins started in ten minutes, of all browsers together. */
  starts: number;
  /** Wrong codes in ten minutes, of all browsers together. */
  failures: number;
  idleMs: number;
  absoluteMs: number;
  challengeMs: number;
}

/** What a browser holds while it waits: shown to its person. */
export interface Waiting {
  number: string;
  address: string;
  expiresAt: number;
}

/** A signed-in browser, as its requests find it. */
export interface LiveSession extends Session {
  login: string;
}

/** To be set as cookies; only their hashes are kept. */
export interface SignedIn {
  session: LiveSession;
  secret: string;
  device: string;
}

/** What comes with the request of a browser. */
export interface Browser {
  /** Cookie before sign-in. */
  visitor: string;
  /** Device cookie, if it has one. */
  device: string | undefined;
  /** Cookie of a session that this sign-in replaces. */
  secret: string | undefined;
  /** Name of the browser, for the person's own list. */
  name: string;
}
