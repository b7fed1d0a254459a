/**
 * A request as everybody may see it.
 *
 * What belongs to a project is public: the project is. Of anything else (a repository that governance does not
 * know) only is shown that somebody asked, and why the answer was no.
 */
import { personById } from '../governance/governance.ts';
import type { RequestState } from '../jobs/jobs.ts';
import type { Governed, ShownRequest } from './types.ts';

/** As it is in the database. */
export interface RequestRow {
  id: string;
  number: number;
  owner: string;
  name: string;
  branch: string;
  commit: string;
  backend: string;
  workspace: string | null;
  project: string | null;
  person: number;
  actions: string[];
  purpose: 'run' | 'dummy';
  outcome: 'accepted' | 'nothing_to_do' | 'refused';
  refusal: string | null;
  jobs: number;
  state: RequestState;
  createdAt: number;
  completedAt: number | null;
}

const LONGEST = 100;
const MOST_ACTIONS = 50;

export function shownRequest(row: RequestRow, governance: Governed): ShownRequest {
  const { id, number, state, purpose, project, person, jobs, refusal, createdAt, completedAt } = row;
  // Of a refused request the backend is what somebody typed, until governance knows it.
  const isBackend =
    row.outcome !== 'refused' || governance?.backends.some((backend) => backend.id === row.backend) === true;
  return {
    id,
    number,
    state,
    kind: purpose,
    project,
    place: project === null ? null : placeOf(row),
    workspace: project === null ? null : row.workspace,
    backend: isBackend ? row.backend : null,
    person: { id: person, name: nameOf(governance, person) },
    actions:
      project === null ? [] : row.actions.slice(0, MOST_ACTIONS).map((action) => action.slice(0, LONGEST)),
    jobs,
    refusal,
    createdAt,
    completedAt,
  };
}

function placeOf({ owner, name, branch, commit }: RequestRow): ShownRequest['place'] {
  return { owner, repository: name, branch, commit };
}

export function nameOf(governance: Governed, person: number): string {
  return (governance && personById(governance, person)?.name) ?? `account ${person}`;
}
