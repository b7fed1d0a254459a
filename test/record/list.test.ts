/** Pages of requests: whatever is asked for, all pages together are what a look at each single one would give. */
import { expect, test } from '@jest/globals';
import type { Db } from '../../src/db/database.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { Signals } from '../../src/jobs/jobs.ts';
import {
  copyOf,
  listRequests,
  matches,
  onlyPlace,
  oneRequest,
  search,
  type Filter,
  type RecordDeps,
  type ShownRequest,
} from '../../src/record/record.ts';
import { eachDatabase } from '../support/database.ts';
import { aGovernance, PEOPLE, PROJECT } from '../support/governance.ts';
import { putRequests } from './rows.ts';

const g = aGovernance();
const depsOf = (db: Db): RecordDeps => ({
  db,
  clock: systemClock,
  logger: createLogger('test', { level: 'silent' }),
  governance: () => g,
  signals: new Signals(),
  origin: 'https://hub.example',
  github: 'https://github.example',
});

async function every(db: Db, filter: Filter, limit: number): Promise<ShownRequest[]> {
  const all: ShownRequest[] = [];
  let before: number | undefined;
  do {
    const page = await listRequests(db, g, { filter, limit, ...(before !== undefined && { before }) });
    expect(page.requests.length).toBeLessThanOrEqual(limit);
    expect(page.next ?? -1).toBeLessThan(before ?? Infinity);
    all.push(...page.requests);
    before = page.next;
  } while (before !== undefined);
  return all;
}

const FILTERS: Filter[] = [
  {},
  { project: 'p1' },
  { project: 'p1', person: 103 },
  { person: 103, state: 'failed', kind: 'dummy' },
  { backend: 'attainment', state: 'succeeded' },
  { state: 'pending' },
  { state: 'running' },
  { state: 'refused', project: 'p2' },
  { kind: 'dummy' },
  { from: '2027-03-01', until: '2027-03-01' },
  { from: '2027-03-02', project: 'p3' },
  { until: '2027-02-27' },
  { from: '2099-01-01' },
  { project: 'none' },
  { org: { id: 'o', projects: ['p1', 'p3', 'none'] } },
  { org: { id: 'o', projects: [] } },
  { org: { id: 'o', projects: ['p2'] }, state: 'failed', action: 'model' },
  { action: 'model', person: 103 },
  { action: 'mode' },
  { text: 'STUDY-main\np' },
  { text: 'p3' },
  { text: '00ff', project: 'p1' },
  { text: '%' },
];

eachDatabase((open) => {
  test('every filter gives what a look at each single request would', async () => {
    const { db } = await open();
    await putRequests(db, 2500);
    const all = await every(db, {}, 500);
    expect(all.map(({ number }) => number)).toEqual(Array.from({ length: 2500 }, (_, n) => 2500 - n));
    for (const filter of FILTERS) {
      const found = await every(db, filter, 97);
      // A backend that a refused request named is not shown unless governance has it.
      expect({ filter, ids: found.map(({ id }) => id) }).toEqual({
        filter,
        ids: all.filter((one) => matches(filter, one)).map(({ id }) => id),
      });
    }
  });

  test('a page looks at so many and no more, and then says where to go on', async () => {
    const { db } = await open();
    await putRequests(db, 6000);
    const { requests, next } = await listRequests(db, g, { filter: { person: 103, project: 'none' } });
    expect([requests, next]).toEqual([[], undefined]);
    const far = await listRequests(db, g, {
      filter: { kind: 'run', from: '2027-03-01', until: '2027-03-01' },
    });
    expect(far.requests).toHaveLength(50);
    await db.execute("update job_requests set purpose = 'run'" as never);
    const rare = await listRequests(db, g, { filter: { kind: 'dummy' } });
    expect([rare.requests.length, rare.next]).toEqual([0, 951]);
  });

  test('copies hold everything, piece by piece, and end where they are too long', async () => {
    const { db } = await open();
    await putRequests(db, 1203);
    const whole = async (form: 'csv' | 'json', most?: number, filter: Filter = {}) => {
      const ask = { filter, nextAt: (n: number) => `/next/${n}`, ...(most !== undefined && { most }) };
      const pieces: string[] = [];
      for await (const piece of copyOf(depsOf(db), form, ask)) pieces.push(piece);
      return pieces.join('');
    };
    const lines = (await whole('csv')).trimEnd().split('\r\n');
    expect([lines.length, lines[0]?.slice(0, 15), lines[1203]?.slice(0, 2)]).toEqual([
      1204,
      'number,id,state',
      '1,',
    ]);
    const json = JSON.parse(await whole('json')) as { requests: { number: number }[]; next: string | null };
    expect([json.requests.length, json.requests[1202]?.number, json.next]).toEqual([1203, 1, null]);
    const cut = JSON.parse(await whole('json', 1100)) as typeof json;
    expect([cut.requests.length, cut.next]).toEqual([1100, '/next/104']);
    expect(JSON.parse(await whole('json', 10, { project: 'none' }))).toEqual({ requests: [], next: null });
  });

  test('search finds by id, sha, project and person, and goes where there is only one place', async () => {
    const { db } = await open();
    await putRequests(db, 300);
    const deps = depsOf(db);
    const one = await oneRequest(db, g, '0000000000000101');
    expect(one?.number).toBe(257);
    const of = async (text: string) => onlyPlace(await search(deps, text));
    expect(await of(' 0000000000000101 ')).toBe('/requests/0000000000000101');
    expect(await of(one!.place!.commit.slice(0, 10))).toBe('/requests/0000000000000101');
    expect(await of('00000000000001')).toBeUndefined();
    expect((await search(deps, '00000000000001')).requests).toHaveLength(20);
    expect(await of('absence-study')).toBe(`/projects/${PROJECT}`);
    expect(await of('@rowan-example')).toBe(`/people/${PEOPLE.lead}`);
    expect(await of('000')).toBeUndefined();
    expect(await search(deps, "%_'\u0001")).toEqual({
      requests: [],
      job: undefined,
      projects: [],
      people: [],
    });
    expect(await search(deps, '')).toEqual({ requests: [], job: undefined, projects: [], people: [] });
  });

  test('nothing is found by the commit of a repository that belongs to no project', async () => {
    const { db } = await open();
    await putRequests(db, 10);
    await db.execute("update job_requests set commit = repeat('a', 40)" as never);
    const { requests } = await search(depsOf(db), 'aaaaaaa');
    expect(requests).toHaveLength(8);
    expect(requests.every(({ place }) => place !== null)).toBe(true);
  });
});
