/**
 * What people asked on GitHub, done in the zone. The hub is believed about who asked and nothing else; the
 * rules decide here. The answer is written in the transaction of the deed, so an order is done once.
 */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { personById } from '../../src/governance/governance.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import { matches } from '../../src/pipeline/pipeline.ts';
import type { Order, OrderAnswer, ReviewDeed } from '../../src/protocol/airlock.ts';
import {
  RETURN_CATEGORIES,
  REJECT_CATEGORIES,
  releaseId,
  REVOKE_CATEGORIES,
  type Command,
  type ReleaseRequest,
} from '../../src/release/release.ts';
import type { Actor } from '../../src/release/types.ts';
import { commandAll, stored1, type Beside } from './command.ts';
import type { Core, Db, Tx } from './core.ts';
import { besideOf, snapshots } from './files.ts';
import { endedIn, projectOf, rolesIn } from './where.ts';
import { no } from './words.ts';

/** The group of files that were asked for by pattern: figures and their tables belong together. */
export const ASKED_GROUP = 'outputs';

export async function order(core: Core, { id, actor, deed }: Order): Promise<OrderAnswer> {
  const known = await answered(core.db, id);
  if (known) return known;
  const by: Actor = { kind: 'person', id: actor };
  const rules = core.rules(core.clock.now());
  const refused =
    rules && !personById(rules.governance, actor)
      ? no.person()
      : deed.type === 'release'
        ? await startDraft(core, id, by, deed)
        : await onRequest(core, id, by, deed);
  if (!refused) return { order: id, outcome: 'done' };
  // What may pass is not an answer: the link asks again.
  if (PASSES.includes(refused.code)) throw new Error(refused.code);
  const answer: OrderAnswer = { order: id, outcome: 'refused', code: refused.code };
  await write(core, core.db, answer);
  return (await answered(core.db, id)) ?? answer;
}

const PASSES = ['airlock.governance-away', 'airlock.history-away', 'airlock.busy'];

async function answered(db: Db, id: string): Promise<OrderAnswer | undefined> {
  const rows = await rowsOf<{ outcome: OrderAnswer['outcome']; code: string | null }>(
    db,
    sql`select outcome, code from orders where id = ${id}`,
  );
  const row = rows[0];
  return row && { order: id, outcome: row.outcome, ...(row.code === null ? {} : { code: row.code }) };
}

async function write(core: Core, db: Db, { order: id, outcome, code }: OrderAnswer): Promise<void> {
  await db.execute(sql`
    insert into orders (id, outcome, code, at)
    values (${id}, ${outcome}, ${code ?? null}, ${core.clock.now()}::bigint) on conflict do nothing`);
}

/** In the deed's own transaction. A second copy of the order fails on the key, and with it all it did. */
const writtenWith =
  (core: Core, id: string, beside: Beside = {}): Beside['also'] =>
  async (tx: Tx, outcome) => {
    await beside.also?.(tx, outcome);
    await tx.execute(sql`
      insert into orders (id, outcome, code, at) values (${id}, 'done', null, ${core.clock.now()}::bigint)`);
  };

/** A draft under the hub's id, with whatever of the workspace fits. What fits nothing is a draft too: it tells nothing. */
async function startDraft(
  core: Core,
  id: string,
  by: Actor & { kind: 'person' },
  deed: Extract<ReviewDeed, { type: 'release' }>,
): Promise<Refusal | undefined> {
  const at = core.clock.now();
  const rules = core.rules(at);
  const index = await core.workspaces.ready(deed.workspace);
  if (!rules) return no.governance();
  const project = projectOf(core, rules, deed.workspace);
  const stands = rules.frozen(project ?? null);
  if (stands) return no.paused(stands);
  if (!index || project === undefined || !rolesIn(core, rules, project, by.id, at).includes('member')) {
    return no.workspace();
  }
  if (index.repository !== deed.repository.id) return no.repository();
  const paths = index
    .files()
    .filter(({ path, excluded }) => !excluded && deed.patterns.some((pattern) => matches(pattern, path)))
    .map(({ path }) => path);
  const taken = await snapshots(core, index, paths.slice(0, MOST));
  if (isRefusal(taken)) return taken;
  const create: Command = {
    type: 'create',
    id: deed.request,
    workspace: deed.workspace,
    project,
    author: by.id,
    by,
  };
  const adds = [...taken.copies].map(
    ([path, { content: _content, ...copy }]): Command => ({
      type: 'add-file',
      by,
      path,
      ...copy,
      group: ASKED_GROUP,
      as: 'output',
    }),
  );
  const beside = besideOf(core, taken);
  const also: Beside['also'] = async (tx, outcome) => {
    if (outcome.events.length > 0) await writtenWith(core, id, beside)!(tx, outcome);
  };
  const answer = await commandAll(core, null, [create, ...adds], { ...beside, also }, true);
  if (isRefusal(answer)) return answer;
  return answer.refused.get(0);
}

/** Files of one request at most: what two people can look at. */
const MOST = 500;

async function onRequest(
  core: Core,
  id: string,
  by: Actor & { kind: 'person' },
  deed: Exclude<ReviewDeed, { type: 'release' }>,
): Promise<Refusal | undefined> {
  const stored = await stored1(core.db, deed.request, false);
  if (!stored) return no.request();
  const command = commandOf(stored.request, by, deed);
  if (isRefusal(command)) return command;
  const ended = STOPS.includes(deed.type) ? undefined : accessEnded(core, stored.request.project, by.id);
  if (ended) return ended;
  const answer = await commandAll(core, deed.request, [command], { also: writtenWith(core, id) });
  return isRefusal(answer) ? answer : undefined;
}

/** What takes something back, or keeps it from leaving, is open also to those whose access has ended. */
const STOPS: readonly ReviewDeed['type'][] = ['withdraw', 'unclaim', 'halt', 'revoke', 'close-request'];

/** As in the viewer, where they would see nothing any more: agreement, training, conditions, backend, place. */
function accessEnded(core: Core, project: string, person: number): Refusal | undefined {
  const at = core.clock.now();
  const rules = core.rules(at);
  return rules ? endedIn(core, rules, project, person, at) : no.governance();
}

function commandOf(
  request: ReleaseRequest,
  by: Actor & { kind: 'person' },
  deed: Exclude<ReviewDeed, { type: 'release' }>,
): Command | Refusal {
  switch (deed.type) {
    case 'submit':
    case 'withdraw':
    case 'claim':
    case 'unclaim':
      return { type: deed.type, by };
    case 'sign': {
      const { verdict, files, code, turn } = deed;
      return { type: 'sign', by, turn, verdict, ...(files ? { files } : {}), ...(code ? { code } : {}) };
    }
    case 'return': {
      const category = RETURN_CATEGORIES.find((each) => each === deed.category);
      return category ? { type: 'return', by, turn: deed.turn, category } : no.category();
    }
    case 'close-request': {
      const category = REJECT_CATEGORIES.find((each) => each === deed.category);
      return category ? { type: 'close-request', by, turn: deed.turn, category } : no.category();
    }
    case 'halt': {
      const queued = request.batches.find(({ state }) => state === 'queued') ?? request.batches.at(-1);
      return queued ? { type: 'halt', by, batch: queued.number } : no.noQueued();
    }
    case 'revoke': {
      const category = REVOKE_CATEGORIES.find((each) => each === deed.category);
      if (!category) return no.category();
      const batch = request.batches.find(({ number }) => releaseId(request.id, number) === deed.release);
      const held = batch?.files.some(({ number }) => number === deed.file);
      return held ? { type: 'revoke', by, file: deed.file, category } : no.otherRelease();
    }
  }
}
