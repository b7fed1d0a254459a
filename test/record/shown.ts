/** A request as everybody sees it, and as the database has it. */
import type { ShownRequest } from '../../src/record/record.ts';
import type { RequestRow } from '../../src/record/shown.ts';
import { PEOPLE, PROJECT } from '../support/governance.ts';

const NINE = Date.parse('2027-03-01T09:00:00Z');

export const aRow = (given: Partial<RequestRow> = {}): RequestRow => ({
  id: 'request000000001',
  number: 7,
  owner: 'northshire-research',
  name: 'study',
  branch: 'main',
  commit: 'a'.repeat(40),
  backend: 'attainment',
  workspace: 'study-main',
  project: PROJECT,
  person: PEOPLE.lead,
  actions: ['model'],
  purpose: 'run',
  outcome: 'accepted',
  refusal: null,
  jobs: 2,
  state: 'succeeded',
  createdAt: NINE,
  completedAt: NINE + 60_000,
  ...given,
});

export const aShownRequest = (given: Partial<ShownRequest> = {}): ShownRequest => ({
  id: 'request000000001',
  number: 7,
  state: 'succeeded',
  kind: 'run',
  project: PROJECT,
  place: { owner: 'northshire-research', repository: 'study', branch: 'main', commit: 'a'.repeat(40) },
  workspace: 'study-main',
  backend: 'attainment',
  person: { id: PEOPLE.lead, name: 'Rowan Example' },
  actions: ['model'],
  jobs: 2,
  refusal: null,
  createdAt: NINE,
  completedAt: NINE + 60_000,
  ...given,
});
