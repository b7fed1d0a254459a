/** What a database says of itself: a word from a fixed list, whatever it answers; and when it is asked. */
import { afterAll, afterEach, beforeAll, expect, test as plain } from '@jest/globals';
import { createServer, type Server, type Socket } from 'node:net';
import { askDatabase, DatabaseStatus, type Heard } from '../../agent/database/status.ts';
import { fixedClock, minutes, seconds } from '../../src/lib/clock.ts';
import type { Logger } from '../../src/lib/logger.ts';
import { requires } from '../support/require.ts';
import { schools, type Schools } from './schools.ts';

const { describe, test } = requires('postgres');

describe('a question to the database', () => {
  let db: Schools;
  const ANSWERS = { maintenance: ['loading', 'down'], available: ['open'] };
  const login = { user: 'status_reader', password: 'only-reads-the-status' };

  beforeAll(async () => {
    db = await schools();
    await db.as(db.admin, 'create schema ops');
    await db.as(db.admin, 'create table ops.state (word text)');
    await db.as(db.admin, `create role ${login.user} login password '${login.password}'`);
    await db.as(db.admin, `grant usage on schema ops to ${login.user}`);
    await db.as(db.admin, `grant select on ops.state to ${login.user}`);
  });
  afterAll(async () => {
    await db.as(db.admin, `drop owned by ${login.user}`);
    await db.as(db.admin, `drop role ${login.user}`);
    await db.remove();
  });
  afterEach(() => db.as(db.admin, 'truncate ops.state'));

  const ask = (given: Partial<Parameters<typeof askDatabase>[0]> = {}): Promise<Heard> =>
    askDatabase({
      ...{ host: db.host, port: db.port, database: db.database, ...login },
      ...{ question: 'select word from ops.state', answers: ANSWERS, ...given },
    });
  const says = (...words: string[]): Promise<unknown> =>
    db.as(db.admin, `insert into ops.state values ${words.map((word) => `('${word}')`).join(', ')}`);

  test('is answered by one of the words that zone.yml lists', async () => {
    await says('open');
    expect(await ask()).toEqual({ word: 'available' });
    await db.as(db.admin, `update ops.state set word = 'loading'`);
    expect(await ask()).toEqual({ word: 'maintenance' });
  });

  test('is answered by whether there is a row', async () => {
    const question = `select from ops.state where word = 'loading' -- while the year is loaded`;
    expect(await ask({ question, answers: undefined })).toEqual({ word: 'available' });
    await says('loading', 'loading', 'loading');
    expect(await ask({ question, answers: undefined })).toEqual({ word: 'maintenance' });
  });

  test.each([
    ['no row', []],
    ['two rows', ['open', 'open']],
    ['a word that is not listed', ['12 pupils of school 9']],
    ['a listed word and more', ['open ']],
  ])('has no answer in %s, and nothing of it is told', async (_what, words) => {
    if (words.length > 0) await says(...words);
    const heard = await ask();
    expect(heard.word).toBe('unreachable');
    expect(JSON.stringify(heard)).not.toContain('pupils');
  });

  test.each([
    ['has two columns', 'select word, word from ops.state'],
    ['writes', `with gone as (delete from ops.state returning word) select word from gone`],
    ['reads what its account may not', 'select name from pupils.pupil'],
    ['is several', `select 'open'; select 'open'`],
    ['is none', 'commit'],
    ['does not end', 'select pg_sleep(60)::text'],
  ])('has no answer when it %s', async (_what, question) => {
    await says('open');
    expect((await ask({ question, timeoutMs: 500 })).word).toBe('unreachable');
    expect(await db.as(db.admin, 'select word from ops.state')).toEqual([{ word: 'open' }]);
  });

  test('has no answer from a database that refuses, or is not there', async () => {
    expect((await ask({ password: 'another' })).word).toBe('unreachable');
    expect((await ask({ port: 1 })).word).toBe('unreachable');
  });
});

describe('a server that takes calls and says nothing', () => {
  let server: Server;
  const open = new Set<Socket>();
  beforeAll(async () => {
    server = createServer((socket) => void open.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });

  test('cannot be reached', async () => {
    const { port } = server.address() as { port: number };
    const to = { host: '127.0.0.1', port, database: 'd', user: 'u', password: 'p', question: 'select 1' };
    expect((await askDatabase({ ...to, timeoutMs: 200 })).word).toBe('unreachable');
  });
});

plain('it is asked at once and then every five minutes, one question at a time', async () => {
  const clock = fixedClock('2027-03-01T09:00:00Z');
  const said: string[] = [];
  const note = (fields: unknown): void => void said.push((fields as { word: string }).word);
  const logger = { info: note, warn: note } as unknown as Logger;
  const questions: ((answer: Heard) => void)[] = [];
  const status = new DatabaseStatus({
    ask: () => new Promise((resolve) => questions.push(resolve)),
    everyMs: minutes(5),
    clock,
    logger,
  });
  const answer = async (given: Heard): Promise<void> => {
    const looking = status.look();
    questions.at(-1)!(given);
    await looking;
  };

  expect(status.word).toBeUndefined();
  const first = status.look();
  clock.advance(minutes(6));
  await status.look();
  expect(questions).toHaveLength(1);
  questions[0]!({ word: 'available' });
  await first;
  expect(status.word).toBe('available');

  await answer({ word: 'unreachable', fault: new Error('connect ECONNREFUSED') });
  expect(questions).toHaveLength(2);
  clock.advance(minutes(5) - 1);
  await status.look();
  expect(questions).toHaveLength(2);
  for (const word of ['unreachable', 'maintenance', 'available'] as const) {
    clock.advance(seconds(301));
    await answer({ word, ...(word === 'unreachable' && { fault: new Error('connect ECONNREFUSED') }) });
    expect(status.word).toBe(word);
  }
  // The clock was put back by a day.
  clock.advance(-minutes(1440));
  void status.look();
  expect(questions).toHaveLength(6);

  expect(said).toEqual(['available', 'unreachable', 'maintenance', 'available']);
});
