/** Publications on the hub that are asked for and decided: what every story of the gate begins with. */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import { decidePublication, requestPublication } from '../../src/publication/publication.ts';
import type { TestDatabase } from '../support/database.ts';
import { fitting } from '../support/ledger-schema.ts';
import {
  OWNER,
  PUBLIC_STUDY,
  publicationDeps,
  publicationGovernance,
  RELEASE,
  WHO,
  type TestDeps,
} from '../support/publication.ts';

export const PRIVATE = { ...PUBLIC_STUDY, private: true };
export const ask = (deps: TestDeps, more: Partial<Parameters<typeof requestPublication>[1]> = {}) =>
  requestPublication(deps, {
    of: { release: RELEASE },
    actor: WHO.author,
    repository: PUBLIC_STUDY,
    ...more,
  });
export const decide = (
  deps: TestDeps,
  publication: string,
  more: Partial<Parameters<typeof decidePublication>[1]> = {},
) =>
  decidePublication(deps, {
    publication,
    actor: WHO.publisher,
    decision: 'approve',
    repository: PUBLIC_STUDY,
    owner: OWNER,
    ...more,
  });

export const of = (...numbers: number[]) => numbers.map((number) => ({ release: RELEASE, number }));

const written = (entry: string): unknown => fitting<unknown>([JSON.parse(entry)])[0];

export async function ledger({ db }: TestDeps): Promise<Record<string, unknown>[]> {
  const rows = await rowsOf<{ entry: string }>(db, sql`select entry from ledger_leaves order by id`);
  return rows.map(({ entry }) => {
    const { type, actor, body } = written(entry) as {
      type: string;
      actor: string;
      body: { event: string };
    };
    return { type, actor, event: body.event };
  });
}

export async function ownersInLedger({ db }: TestDeps): Promise<string[]> {
  const rows = await rowsOf<{ entry: string }>(db, sql`select entry from ledger_leaves order by id`);
  return rows.flatMap(({ entry }) => {
    const { actor, body } = written(entry) as { actor: string; body: Record<string, string> };
    return body['owner_reference']
      ? [`${actor} ${body['event']} ${body['owner_reference']} ${body['owner_on']}`]
      : [];
  });
}

/** One release is out. */
export async function world(
  open: () => Promise<TestDatabase>,
  changes: { publish?: number } = {},
): Promise<TestDeps> {
  const deps = publicationDeps(await open(), publicationGovernance(changes));
  deps.releases.add();
  return deps;
}
