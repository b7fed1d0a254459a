/** A draft as a pull request: the steward is asked, in the transaction that says so; what it did is kept. */
import { sql } from 'drizzle-orm';
import { listCsv, type History } from '../codelists/codelists.ts';
import { rowsOf, type Tx } from '../db/database.ts';
import { isoTime } from '../lib/clock.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { askSteward } from '../stewarding/stewarding.ts';
import { hold, mayBuild, memberCount, membersOf, type Draft } from './drafts.ts';
import { registryOf, type By, type RegistryDeps } from './types.ts';
import * as words from './words.ts';

/** What a message to the steward may hold. */
export const MOST_SAVED = 20_000;

export async function saveDraft(
  deps: RegistryDeps,
  by: By,
  id: string,
  said: { why: string },
): Promise<Refusal | undefined> {
  const no = mayBuild(deps, by);
  if (no) return no;
  const repository = registryOf(deps.governance())!;
  const now = deps.clock.now();
  return deps.db.transaction(async (tx) => {
    const draft = await hold(tx, id, by);
    if (isRefusal(draft)) return draft;
    const count = await memberCount(tx, id, MOST_SAVED + 1);
    if (count === 0) return words.empty();
    if (count > MOST_SAVED) return words.tooLong(MOST_SAVED);
    const line = `${draft.owner}/${draft.slug}/${draft.version}`;
    if ((await rowsOf(tx, sql`select 1 from codelist_versions where id = ${line}`)).length > 0)
      return words.published(line);
    const { codes } = await membersOf(tx, draft, '', MOST_SAVED);
    const round = draft.round + 1;
    await askSteward(tx, {
      key: `codelist-pull:${id}`,
      do: 'codelist-pull',
      payload: {
        repository,
        draft: id,
        round,
        line,
        meta: {
          name: draft.name,
          description: draft.description,
          coding_system: draft.system,
          owner: draft.owner,
          source: draft.source,
        },
        csv: listCsv(codes),
        history: JSON.stringify(await historyOf(tx, draft), null, 2),
        askedBy: { id: by.id, login: by.login },
        why: said.why.slice(0, 5000),
      },
      now,
    });
    await tx.execute(sql`
      update codelist_drafts set state = 'asked', round = ${round}, refused = null, updated_at = ${now}::bigint
      where id = ${id}`);
    return undefined;
  });
}

async function historyOf(tx: Tx, draft: Draft): Promise<History> {
  const rows = await rowsOf<{
    code: string;
    what: 'include' | 'exclude';
    descendants: boolean;
    why: string;
    by: number;
    at: number;
  }>(
    tx,
    sql`
      select code, what, descendants, why, person::float8 as by, at::float8 as at from codelist_decisions
      where draft = ${draft.id} and undone_at is null order by id`,
  );
  return { system: draft.system, decisions: rows.map((each) => ({ ...each, at: isoTime(each.at) })) };
}

export async function noteSaved(
  tx: Tx,
  draft: string,
  said: { pull: number; url: string } | { refused: string },
  now: number,
): Promise<void> {
  await tx.execute(
    'pull' in said
      ? sql`
          update codelist_drafts set state = 'opened', pull = ${said.pull}, url = ${said.url}, refused = null,
            updated_at = ${now}::bigint where id = ${draft} and state <> 'ended'`
      : sql`
          update codelist_drafts set state = case when pull is null then 'draft' else 'opened' end,
            refused = ${said.refused}, updated_at = ${now}::bigint where id = ${draft} and state = 'asked'`,
  );
}

/** Its pull request was merged or closed. */
export async function endDraftOf(tx: Tx, pull: number, now: number): Promise<void> {
  await tx.execute(sql`
    update codelist_drafts set state = 'ended', updated_at = ${now}::bigint where pull = ${pull} and state <> 'ended'`);
}
