/**
 * What the door and the rules behind it say to each other.
 *
 * door: checks what every request must be, asks the rules in order whose request it is, counts, logs · rule: one
 * kind of thing that is let through (git, images, packages): it reads its own target, strictly, and answers it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Refusal } from '../lib/refusal.ts';
import type { Caller } from '../protocol/protocol.ts';
import type { KnownCaller } from './callers.ts';

/** All of a request that may decide whose it is. */
export type Head = Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'rawHeaders'>;

/** What the log line says of a request: never its path, headers or body. */
export interface Seen {
  /** `git-refs`, `image-blob`, …: the rule that let it through. */
  rule?: string;
  agent?: string;
  /** Which key of it: the beginning of the digest of its public line. */
  signer?: string;
  backend?: string;
  /** Numeric id on GitHub. */
  repository?: number;
  /** Of the registry, as governance lists it. */
  image?: string;
  /** Of a host that reads packages: the beginning of its certificate's digest, the name in it, and which archive. */
  certificate?: string;
  host?: string;
  archive?: string;
  /** It came out of the proxy's own store. */
  cached?: boolean;
  /** Bytes of bodies, from and to the client. */
  bytesIn?: number;
  bytesOut?: number;
  /** The answer was begun and could not be finished. */
  broken?: boolean;
  code?: string;
  status: number;
}

export interface Visit {
  request: IncomingMessage;
  response: ServerResponse;
  /** The rule writes here what it learns. */
  seen: Seen;
  /** Whose token this is (a value of the header Authorization); writes agent and backend into `seen`. */
  caller(authorization: string | undefined): Promise<KnownCaller | Refusal>;
  /** Does the work if the caller is within its limits, and counts it as one of its open requests until it has ended. */
  admit(caller: Caller, work: () => Promise<Refusal | undefined>): Promise<Refusal | undefined>;
}

/** How a refusal is told; without it, as plain text. */
export interface Told {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface Rule {
  /** Names that it is asked by beside the proxy's own, as the header Host has them. */
  readonly hosts?: readonly string[];
  /**
   * Whether a request with this host and path is this rule's affair, allowed or not: what no rule claims is
   * refused by the door. Looks, and does nothing.
   */
  claims(head: Head): boolean;
  /** Answers by `response`, or returns a refusal before it has written a byte. Checks the whole target itself. */
  answer(visit: Visit): Promise<Refusal | undefined>;
  /** Where the rule's clients expect a form of their own. */
  tell?(refused: Refusal): Told;
}
