/**
 * Random commands by everybody through the real storage: what was answered is what is kept, in order, and
 * nothing leaves without two people who are not its author and approved those very bytes.
 */
import { expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/open.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { brokenAt, fold, type Command, type Entry } from '../../src/release/release.ts';
import { aTable, AirlockWorld, CONTROLS, WHO, WORKSPACE, type Name } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';

const PATHS = ['output/table.csv', 'output/second.csv'];
const PEOPLE: Name[] = ['author', 'coAuthor', 'checkerA', 'checkerB', 'checkerC', 'operator1', 'stranger'];
type Step =
  | { who: Name; do: 'command'; command: Record<string, unknown> }
  | { who: Name; do: 'review'; grade: 'approve' | 'changes' | 'reject' }
  | { who: Name; do: 'add'; path: string }
  | { who: Name; do: 'job' }
  | { who: Name; do: 'upload' };

const path = fc.constantFrom(...PATHS);
const grade = fc.constantFrom('approve' as const, 'changes' as const, 'reject' as const);
const checker = fc.constantFrom<Name>('checkerA', 'checkerB', 'checkerC');
const anybody = fc.constantFrom(...PEOPLE);
const command = fc.oneof(
  fc.constantFrom(
    { type: 'submit' },
    { type: 'withdraw' },
    { type: 'claim' },
    { type: 'unclaim' },
    { type: 'reset-grades' },
    { type: 'return', category: 'wrong-files' },
    { type: 'close-request', category: 'unsafe', reason: 'no' },
    { type: 'queue-release' },
    { type: 'halt', batch: 1 },
    { type: 'sign', verdict: 'submit' },
    { type: 'sign', verdict: 'approve' },
    { type: 'take-over' },
    { type: 'confirm-part' },
    { type: 'explain', group: 'results', context: 'Another context altogether.', controls: CONTROLS },
  ),
  fc.record({ type: fc.constant('grade'), path, grade }),
  fc.record({ type: fc.constant('withdraw-file'), path }),
  fc.record({ type: fc.constant('propose-part'), paths: fc.tuple(path) }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ who: anybody, do: fc.constant('command' as const), command }) },
  {
    weight: 5,
    arbitrary: fc.record({
      who: checker,
      do: fc.constant('review' as const),
      grade: fc.oneof(
        { weight: 4, arbitrary: fc.constant('approve' as const) },
        { weight: 1, arbitrary: grade },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ who: anybody, do: fc.constant('add' as const), path }) },
  { weight: 1, arbitrary: fc.record({ who: anybody, do: fc.constant('job' as const) }) },
  { weight: 2, arbitrary: fc.record({ who: anybody, do: fc.constant('upload' as const) }) },
);

onOneDatabase((open) => {
  test('nothing is lost or reordered, and nothing leaves without two', async () => {
    let released = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const database = await open();
        const world = await AirlockWorld.open(database, {
          files: { 'output/table.csv': aTable(), 'output/second.csv': aTable(4) },
        });
        const id = await world.submitted(PATHS);
        const told: Entry[] = [];
        for (const each of steps) told.push(...(await taken(world, id, each)));
        await world.room.settled();
        released += await holds(world, id, told);
        await world.close();
      }),
      { numRuns: Number(process.env['SALLYPORT_RUNS'] ?? 12) },
    );
    // The runs are no good when nothing ever leaves.
    expect(released).toBeGreaterThan(0);
  }, 240_000);
}, AIRLOCK_MIGRATIONS);

let jobs = 0;

async function taken(world: AirlockWorld, id: string, step: Step): Promise<Entry[]> {
  const { who } = step;
  if (step.do === 'job') {
    jobs += 1;
    world.job({ 'output/second.csv': aTable(10 + jobs) });
    return [];
  }
  if (step.do === 'add') {
    await world.room.addFiles({
      by: world.inViewer(who),
      workspace: WORKSPACE,
      request: id,
      group: 'results',
      as: 'output',
      paths: [step.path],
    });
    return [];
  }
  if (step.do === 'upload') {
    for (const { batch, files } of await world.room.uploads.due()) {
      if (await world.room.uploads.start(id, batch)) continue;
      const held = (await world.state(id)).batches.find(({ number }) => number === batch)!;
      for (const { number } of files) {
        const { sha256 } = held.files.find((file) => file.number === number)!;
        await world.room.uploads.confirm({ request: id, batch, number }, sha256);
      }
    }
    return [];
  }
  if (step.do === 'review') return reviewed(world, id, who, step.grade);
  const answer = await world.room.command(id, { ...step.command, by: world.inViewer(who) } as Command);
  return isRefusal(answer) ? [] : answer.events;
}

/** As far as this person gets: whatever is refused on the way is left out. */
async function reviewed(world: AirlockWorld, id: string, who: Name, given: string): Promise<Entry[]> {
  const page = await world.room.request(WHO[who], id);
  if (isRefusal(page)) return [];
  const by = world.inViewer(who);
  const events: Entry[] = [];
  const ask = async (rest: Record<string, unknown>): Promise<void> => {
    const answer = await world.room.command(id, { ...rest, by } as Command);
    if (!isRefusal(answer)) events.push(...answer.events);
  };
  for (const { number, path: file } of page.files) {
    await world.reads(who, { kind: 'request', request: id, file: number });
    await ask({ type: 'grade', path: file, grade: given });
  }
  const hints = [
    ...page.hints,
    ...page.groups.flatMap((g) => g.hints),
    ...page.files.flatMap((f) => f.hints ?? []),
  ];
  for (const { id: hint, severity } of hints) {
    if (severity === 'warn') await ask({ type: 'resolve-hint', hint, reason: 'looked' });
  }
  await ask({ type: 'comment', id: world.ids.id(), group: 'results', text: 'see', visibility: 'public' });
  await ask({ type: 'sign', verdict: 'submit' });
  return events;
}

/** How many files are out. */
async function holds(world: AirlockWorld, id: string, told: readonly Entry[]): Promise<number> {
  const { db } = world.database;
  const rows = await rowsOf<{ entry: string; previous: string; hash: string }>(
    db,
    sql`select entry, previous, hash from entries where request = ${id} order by seq`,
  );
  const entries = rows.map(({ entry }) => JSON.parse(entry) as Entry);
  const links = rows.map(({ previous, hash }, at) => ({ entry: entries[at]!, previous, hash }));
  expect(brokenAt(links)).toBeUndefined();
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_each, at) => at + 1));
  expect(fold(entries)).toEqual(await world.state(id));
  // Everything that somebody was told had happened stands there, in the order it was told.
  const kept = told.map(({ seq }) => JSON.stringify(entries[seq - 1]));
  expect(kept).toEqual(told.map((entry) => JSON.stringify(sortedLike(entry, entries[entry.seq - 1]))));
  const out = await rowsOf<{ path: string; sha256: string; first: number; second: number }>(
    db,
    sql`select path, sha256, first::float8 as first, second::float8 as second from released where state <> 'halted'`,
  );
  const author = (await world.state(id)).authors;
  for (const file of out) {
    expect(file.first).not.toBe(file.second);
    for (const person of [file.first, file.second]) {
      expect(author).not.toContain(person);
      expect(approved(entries, person, file)).toBe(true);
    }
  }
  return out.length;
}

function approved(
  entries: readonly Entry[],
  person: number,
  file: { path: string; sha256: string },
): boolean {
  return entries.some(
    (entry) =>
      entry.type === 'REQUEST_REVIEW' &&
      entry.checker === person &&
      entry.record.some(
        ({ path: at, grade: given, key }) =>
          at === file.path && given === 'approve' && key.sha256 === file.sha256,
      ),
  );
}

/** The same keys in the order in which they were kept. */
function sortedLike(entry: Entry, kept: Entry | undefined): unknown {
  const text = JSON.parse(JSON.stringify(entry)) as Record<string, unknown>;
  expect(text).toEqual(kept);
  return kept;
}
