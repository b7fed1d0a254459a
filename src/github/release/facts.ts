/** What the issues of a request are made from: the shown copy, and what governance says about it. */
import {
  backendById,
  personById,
  projectById,
  type Governance,
  type Project,
} from '../../governance/governance.ts';
import { CHECKERS, OWNER, workingDaysBetween } from '../../release/release.ts';
import { shownRequest, stepsOf, type ShownView, type StepView } from '../../outputs/outputs.ts';
import type { Room } from '../room.ts';
import type { NamedRepository } from './review-repository.ts';

export interface RequestFacts {
  request: ShownView;
  /** Oldest first. */
  steps: StepView[];
  governance: Governance | undefined;
  project: Project | undefined;
  /** As governance knows the person; their number when it does not. */
  login(person: number): string;
  /** Undefined: nobody that could be mentioned. */
  mentionable(person: number): string | undefined;
  needed: number;
  workingDays: number;
  /** Working days that the request has waited for its checkers; 0 while it waits for somebody else. */
  waited: number;
  overdue: boolean;
  viewer: string | undefined;
  signingCode: boolean;
}

export async function factsOf(room: Room, id: string): Promise<RequestFacts | undefined> {
  const request = await shownRequest(room.db, id);
  if (!request) return undefined;
  const steps = await stepsOf(room.db, id);
  const governance = room.governance.current();
  const waited = waitedFor(request, governance, room.clock.now());
  const workingDays = governance?.policies.outputs.working_days ?? DEFAULT_DAYS;
  const mentionable = (person: number) => governance && personById(governance, person)?.login;
  return {
    request,
    steps,
    governance,
    project: governance && projectById(governance, request.project),
    mentionable,
    login: (person) => mentionable(person) ?? `account ${person}`,
    needed: Math.max(CHECKERS, governance?.policies.approvals['release'] ?? 0),
    workingDays,
    waited,
    overdue: waited > workingDays,
    viewer: governance && backendById(governance, request.backend)?.viewer,
    signingCode: governance?.policies.review.signingCode === 'required',
  };
}

const DEFAULT_DAYS = 5;

export function waitedFor(request: ShownView, governance: Governance | undefined, now: number): number {
  if (OWNER[request.state] !== 'checker' || request.submittedAt === null) return 0;
  const calendar = governance?.policies.calendar ?? { weekend: [0, 6], holidays: [] };
  return workingDaysBetween(request.submittedAt, now, calendar);
}

/** Where requests of this project are reviewed: its lead organisation's own repository, or everybody's. */
export function reviewRepository(
  governance: Governance | undefined,
  project: Pick<Project, 'orgs'> | undefined,
): NamedRepository | undefined {
  const repos = governance?.deployment.github.review_repos ?? {};
  return (project && repos[project.orgs.lead]) ?? repos['default'];
}

/** Internal: the author belongs to the organisation that leads the project. */
export function authorKind({ governance, project, request }: RequestFacts): 'internal' | 'external' {
  const orgs = governance ? (personById(governance, request.author)?.orgs ?? []) : [];
  return project && orgs.includes(project.orgs.lead) ? 'internal' : 'external';
}
