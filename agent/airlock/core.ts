/** What every part of the airlock is made with. Internal to the room; compositions give `AirlockParts`. */
import type { KeyObject } from 'node:crypto';
import type { Db, OpenDatabase, Tx } from '../../src/db/open.ts';
import type { DisclosurePolicy } from '../../src/disclosure/disclosure.ts';
import type { Governance } from '../../src/governance/governance.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { Ids } from '../../src/lib/ids.ts';
import type { KeyPair } from '../../src/lib/keys.ts';
import type { Logger } from '../../src/lib/logger.ts';
import type { Calendar, ReleasePolicy } from '../../src/release/release.ts';
import type { FrozenHere, ZoneFreezes } from '../freezes.ts';
import type { CheckRunner } from './checks/runner.ts';
import type { CodeSource } from './code.ts';
import type { Copies } from './copies.ts';
import type { DeedsOf } from './face.ts';
import type { LinkRoom } from './link/types.ts';
import type { ManifestReader } from './manifests/read.ts';
import type { StandingOf } from './deeds/standing.ts';
import type { Scanner } from './scan/scanner.ts';
import type { Workspaces } from './manifests/workspaces.ts';

/** What governance comes to in this zone, after its floors. */
export interface Rules {
  governance: Governance;
  release: ReleasePolicy;
  disclosure: DisclosurePolicy;
  calendar: Calendar;
  /** Checkers to whom nothing is given now. */
  away: readonly number[];
  /** By governance's word, or the operator's, nothing of this project moves or is shown; null: of all of it here. */
  frozen(project: string | null): FrozenHere | undefined;
  /** By zone.yml or governance: what no malware scan has confirmed does not leave. */
  mustScan?: boolean;
  archived(workspace: string): boolean;
}

export interface AirlockParts {
  database: OpenDatabase;
  /** The airlock's own state folder. */
  dir: string;
  /** The agent's, which is only read. */
  agentState: string;
  zone: { id: string; backend: string; data: 'real' | 'dummy' };
  /** Undefined while there is no governance recent enough to decide by. */
  rules(at: number): Rules | undefined;
  /** Absent in tests: then nothing is ever frozen. */
  freezes?: Pick<ZoneFreezes, 'seq' | 'take' | 'over' | 'onChange'>;
  deeds: DeedsOf;
  code: CodeSource;
  /** Runs the automatic checks; in a worker thread but for tests. */
  checks: CheckRunner;
  /** Looks for malware; absent where the deployment runs no engine. */
  scanner?: Scanner;
  /** How full the disk of `dir` is, as last looked at. */
  disk?: () => 'ok' | 'amber' | 'red';
  /** Whether the commits behind files are still in their repositories, and merged. */
  standing: StandingOf;
  /** Reads big manifests; in a thread of their own but for tests. */
  manifests?: ManifestReader;
  /** First sign-ins from a browser the hub was not told of. */
  browsers: Pick<LinkRoom, 'newBrowsers' | 'markBrowsers'>;
  /** Public keys of this backend's agents: who may sign a manifest. */
  agentKeys(): readonly KeyObject[];
  /** Secret for keyed digests; never the signing key. */
  zoneKey: string;
  signing: KeyPair;
  clock: Clock;
  ids: Ids;
  logger: Logger;
}

export interface Core extends AirlockParts {
  db: Db;
  workspaces: Workspaces;
  copies: Copies;
  /** Tells everybody who listens that something was committed. */
  changed(): void;
}

export type { Db, Tx };
