/**
 * Who is signed in on the hub, and what they may see of what was released.
 *
 * member: a person in a signed-in browser · attempt: a sign-in that was begun · fact: what everybody may know of
 * a release
 */
import type { Db } from '../db/database.ts';
import type { Ids } from '../lib/ids.ts';
import type { Refusal } from '../lib/refusal.ts';
import type { FileRef, OwnerSaid, PublicationView, WithdrawalCategory } from '../publication/publication.ts';
import type { Calendar, DecisionDays } from '../release/release.ts';
import type {
  FileWithBytes,
  GivenCode,
  OutputsDeps,
  PendingSignIn,
  ReleaseView,
  StepView,
} from '../outputs/outputs.ts';

/** `governance` gives undefined while no version is in force: then nobody sees anything. */
export interface MembersDeps extends OutputsDeps {
  ids: Ids;
  /** Of the hub, as browsers name it; the only place people are sent to. */
  origin: string;
  /** Undefined when the operator has not set it up. */
  github: GitHubSignIn | undefined;
  outputs: Outputs;
  publications: Publications;
}

export interface GitHubSignIn {
  /** `https://github.com` and `https://api.github.com`, or an Enterprise Server's. */
  places: { web: string; api: string };
  clientId: string;
  clientSecret: string;
}

/** Somebody whose browser is signed in, and whom governance knows at this moment. */
export interface Member {
  /** Numeric GitHub id. */
  person: number;
  login: string;
  name: string;
  /** Id of the session, not its secret. */
  session: string;
  /** Value of the hidden field `_token` of every form. */
  csrf: string;
}

/** What this room asks of the room `outputs`: its functions of these names. */
export interface Outputs {
  decisionFigures(db: Db, at: number, calendar: Calendar): Promise<DecisionDays>;
  stepsOf(db: Db, request: string): Promise<StepView[]>;
  releasesOfRequest(db: Db, request: string): Promise<ReleaseView[]>;
  releasesOfProject(db: Db, project: string): Promise<ReleaseView[]>;
  releasedFile(db: Db, release: string, number: number): Promise<FileWithBytes | Refusal>;
  noteDownload(
    deps: OutputsDeps,
    download: { release: string; number: number; person: number },
  ): Promise<void>;
  signInPending(
    deps: OutputsDeps,
    asked: { person: number; number: string },
  ): Promise<PendingSignIn | Refusal>;
  giveCode(deps: OutputsDeps, asked: { person: number; number: string }): Promise<GivenCode | Refusal>;
}

/** What this room asks about publications; the composition answers, and looks at the study on GitHub where needed. */
export interface Publications {
  byId(id: string): Promise<PublicationView | undefined>;
  /** Oldest first. */
  ofWorkspace(place: { project: string; backend: string; workspace: string }): Promise<PublicationView[]>;
  ask(asked: {
    actor: number;
    repository: number;
    files: readonly FileRef[];
    owner?: OwnerSaid;
  }): Promise<PublicationView | Refusal>;
  withdraw(said: {
    publication: string;
    actor: number;
    category: WithdrawalCategory;
  }): Promise<PublicationView | Refusal>;
}
