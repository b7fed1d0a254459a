/**
 * A command as one transaction: lock the request's row, gather facts, let the rules decide, append the
 * entries, keep what must be unique, queue the news. A second command at the same time waits at the row and
 * then takes its own transition. Nothing in it waits for the network.
 */
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import {
  apply,
  decide,
  obstacles,
  type Command,
  type Content,
  type Deed,
  type Entry,
  type Facts,
  type ReleaseRequest,
} from '../../src/release/release.ts';
import { dismissed } from './checks/fates.ts';
import type { Core, Db, Rules, Tx } from './core.ts';
import { gatherFacts, originsOf, wantedFor } from './facts.ts';
import type { FileOrigin, Taken } from './face.ts';
import { persist, type Stored } from './persist.ts';
import { followUps } from './places.ts';
import { shownCodeOf } from './shown-code.ts';
import type { MadeBy } from './statement-facts.ts';
import { projectOf } from './where.ts';
import { no } from './words.ts';

/** Where a file came from, kept with what its statement will need. */
export type MadeOrigin = FileOrigin & { source: string; madeBy?: MadeBy };

/** What else belongs to a command's transaction. */
export interface Beside {
  /** Of files just copied, by hash of what was read. */
  looks?: ReadonlyMap<string, Content>;
  /** Who made the files that are added. */
  origins?: readonly MadeOrigin[];
  /** Free places are filled, whoever left them free. */
  refill?: true;
  /** Further commands, thought of when the request is locked; they may look at who looked at what. */
  draft?(request: ReleaseRequest, facts: Facts): Command[];
  /** Written in the same transaction, after the commands: their answers, and whether each was taken. */
  also?(tx: Tx, outcome: Outcome): Promise<void>;
}

export interface Outcome {
  request: ReleaseRequest | undefined;
  events: Entry[];
  /** By place in the list of commands. */
  refused: Map<number, Refusal>;
}

/** Tries before giving up on a request that changes under every look. */
const TRIES = 5;

/**
 * All commands in one transaction, one after the other. `each`: those that are refused are left out;
 * otherwise the first refusal undoes all.
 */
export async function commandAll(
  core: Core,
  id: string | null,
  commands: readonly Command[],
  beside: Beside = {},
  each = false,
): Promise<Outcome | Refusal> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const rules = core.rules(core.clock.now());
    if (!rules) return no.governance();
    const known = [...(id === null ? [] : await originsOf(core.db, id)), ...(beside.origins ?? [])];
    const deeds = await deedsOf(core, known);
    if (isRefusal(deeds)) return deeds;
    const own = commands.map((one) => placed(core, rules, one));
    const lost = own.find(isRefusal);
    if (lost) return lost;
    const asked = own as Command[];
    const answer = await inTransaction(core, rules, {
      id,
      commands: asked,
      beside,
      each,
      deeds,
      known: known.length,
    });
    if (answer === 'again') continue;
    if (!isRefusal(answer) && answer.events.length > 0) core.changed();
    return answer;
  }
  return no.busy();
}

export async function command(
  core: Core,
  id: string | null,
  asked: Command,
  beside: Beside = {},
): Promise<Taken | Refusal> {
  const answer = await commandAll(core, id, [asked], beside);
  return isRefusal(answer) ? answer : { request: answer.request!, events: answer.events };
}

/** Why this command would not be taken now; empty when it would. */
export async function obstaclesOf(core: Core, id: string, asked: Command): Promise<Refusal[]> {
  const rules = core.rules(core.clock.now());
  if (!rules) return [no.governance()];
  const deeds = await deedsOf(core, await originsOf(core.db, id));
  if (isRefusal(deeds)) return [deeds];
  const stored = await stored1(core.db, id, false);
  if (!stored) return [no.request()];
  const facts = await factsFor(core, core.db, rules, stored.request, [asked], {}, deeds);
  return obstacles(stored.request, asked, facts, rules.release);
}

interface Asked {
  id: string | null;
  commands: readonly Command[];
  beside: Beside;
  each: boolean;
  deeds: readonly Deed[];
  /** How many origins the deeds were asked for. */
  known: number;
}

async function inTransaction(core: Core, rules: Rules, asked: Asked): Promise<Outcome | Refusal | 'again'> {
  const { id, commands, beside, each, deeds } = asked;
  try {
    return await core.db.transaction(async (tx) => {
      const stored = id === null ? undefined : await stored1(tx, id, true);
      if (id !== null && !stored) throw new Undone(no.request());
      const now = stored ? (await originsOf(tx, id!)).length : 0;
      if (now + (beside.origins?.length ?? 0) !== asked.known) return 'again';
      const facts = await factsFor(core, tx, rules, stored?.request, commands, beside, deeds);
      const all = [...commands, ...(stored ? (beside.draft?.(stored.request, facts) ?? []) : [])];
      const outcome = play(stored?.request, all, facts, rules, each);
      if (isRefusal(outcome)) throw new Undone(outcome);
      const more = outcome.request
        ? await followUps(core, tx, rules, outcome.request, outcome.events, facts, beside.refill === true)
        : { request: outcome.request, events: [] };
      const done: Outcome = {
        ...outcome,
        request: more.request,
        events: [...outcome.events, ...more.events],
      };
      await write(core, tx, stored, done, commands, beside);
      await beside.also?.(tx, done);
      return done;
    });
  } catch (error) {
    if (error instanceof Undone) return error.refusal;
    if (isActiveClash(error)) return activeClash(core, commands, rules, deeds);
    throw error;
  }
}

function play(
  request: ReleaseRequest | undefined,
  commands: readonly Command[],
  facts: Facts,
  rules: Rules,
  each: boolean,
): Outcome | Refusal {
  const outcome: Outcome = { request, events: [], refused: new Map() };
  for (const [place, command] of commands.entries()) {
    const answer = decide(outcome.request, command, facts, rules.release);
    if (isRefusal(answer)) {
      if (!each) return answer;
      outcome.refused.set(place, answer);
      continue;
    }
    for (const event of answer.events) outcome.request = apply(outcome.request, event);
    outcome.events.push(...answer.events);
  }
  return outcome;
}

async function write(
  core: Core,
  tx: Tx,
  before: Stored | undefined,
  { request, events }: Outcome,
  commands: readonly Command[],
  { origins }: Beside,
): Promise<void> {
  if (!request || events.length === 0) return;
  await persist(core, tx, before, request, events);
  await keepTexts(tx, request.id, events, commands);
  const added = new Set(
    events.flatMap((event) =>
      event.type === 'REQUEST_FILE_ADD' || event.type === 'REQUEST_FILE_UPDATE' ? [event.path] : [],
    ),
  );
  const kept = (origins ?? []).filter(({ path }) => added.has(path));
  if (kept.length > 0) await keepOrigins(tx, request.id, kept);
  const out = events.flatMap((event) => (event.type === 'REQUEST_FILE_RELEASE' ? [event.path] : []));
  if (out.length > 0) await dismissed(tx, request.id, out, core.clock.now());
}

async function keepTexts(
  tx: Tx,
  request: string,
  events: readonly Entry[],
  commands: readonly Command[],
): Promise<void> {
  const said = new Set(events.flatMap((event) => (event.type === 'REQUEST_COMMENT' ? [event.comment] : [])));
  for (const each of commands) {
    if (each.type !== 'comment' || !said.has(each.id)) continue;
    // As JSON: a text may hold what PostgreSQL's does not.
    await tx.execute(
      sql`insert into comment_texts (id, request, text) values (${each.id}, ${request}, ${JSON.stringify(each.text)})`,
    );
  }
}

async function keepOrigins(tx: Tx, request: string, origins: readonly MadeOrigin[]): Promise<void> {
  const rows = origins.map(({ source, madeBy, ...file }) => ({
    path: file.path,
    source,
    origin: JSON.stringify({ file, madeBy: madeBy ?? null }),
  }));
  await tx.execute(sql`
    insert into origins (request, path, source, origin)
    select ${request}, path, source, origin
    from json_to_recordset(${JSON.stringify(rows)}::json) as row (path text, source text, origin text)
    on conflict do nothing`);
}

async function factsFor(
  core: Core,
  db: Db,
  rules: Rules,
  request: ReleaseRequest | undefined,
  commands: readonly Command[],
  { looks, draft }: Beside,
  deeds: readonly Deed[],
): Promise<Facts> {
  const create = commands.find((each) => each.type === 'create');
  const copies = commands.flatMap((each) =>
    each.type === 'add-file' || each.type === 'update-file' ? [each] : [],
  );
  const successor = commands.find(({ type, by }) => type === 'take-over' && by.kind === 'person');
  const halts = commands.some(({ type }) => type === 'halt');
  const author =
    create?.author ??
    (successor?.by.kind === 'person' ? successor.by.id : halts ? request?.author : undefined);
  const code = request && signingCodeFor(core, request, commands);
  const facts = await gatherFacts(core, db, rules, {
    at: core.clock.now(),
    workspace: request?.workspace ?? create?.workspace ?? '',
    project: request?.project ?? create?.project ?? '',
    request,
    deeds,
    ...(looks ? { looks } : {}),
    paths: copies.map(({ path }) => path),
    hashes: copies.flatMap(({ source, sha256 }) => [source, sha256]),
    ...(author === undefined ? {} : { author }),
    wanted: draft ? wantedFor('sign') : wantedFor(...commands.map(({ type }) => type)),
  });
  return code === undefined ? facts : { ...facts, signingCode: code };
}

/** Made of the request as it is locked: a code for what it was a moment ago is none. */
function signingCodeFor(
  { zoneKey }: Core,
  request: ReleaseRequest,
  commands: readonly Command[],
): string | undefined {
  const signs = commands.find((each) => each.type === 'sign' && each.code !== undefined);
  return signs?.by.kind === 'person' ? shownCodeOf(request, signs.by.id, zoneKey) : undefined;
}

export async function stored1(db: Db, id: string, lock: boolean): Promise<Stored | undefined> {
  const rows = await rowsOf<{ folded: string; head: string }>(
    db,
    sql`select folded, head from requests where id = ${id} ${lock ? sql`for update` : sql``}`,
  );
  return rows[0] && { request: JSON.parse(rows[0].folded) as ReleaseRequest, head: rows[0].head };
}

/** Which project a workspace belongs to is what its signed manifest and governance say, whoever asks. */
function placed(core: Core, rules: Rules, asked: Command): Command | Refusal {
  if (asked.type !== 'create') return asked;
  const project = projectOf(core, rules, asked.workspace);
  return project === undefined ? no.workspace() : { ...asked, project };
}

/** Git could not say: nothing is decided on half the facts. */
export async function deedsOf(core: Core, origins: readonly FileOrigin[]): Promise<Deed[] | Refusal> {
  if (origins.length === 0) return [];
  try {
    return await core.deeds(origins);
  } catch (error) {
    core.logger.warn(
      { err: error, code: 'airlock.history-away' },
      'Who wrote the code could not be looked up',
    );
    return no.deeds();
  }
}

/** Undoes the transaction and carries the answer out of it. */
class Undone extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

/** Two creations at once: the database let one in. */
function isActiveClash(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code, constraint } = at as { code?: string; constraint?: string };
    if (code === '23505' && (constraint ?? at.message).includes('requests_one_active')) return true;
  }
  return false;
}

/** The refusal that the rules give for it, now that the other one is there to be seen. */
async function activeClash(
  core: Core,
  commands: readonly Command[],
  rules: Rules,
  deeds: readonly Deed[],
): Promise<Refusal | 'again'> {
  const create = commands.find((each) => each.type === 'create');
  if (!create) return 'again';
  const facts = await factsFor(core, core.db, rules, undefined, [create], {}, deeds);
  return obstacles(undefined, create, facts, rules.release)[0] ?? 'again';
}
