/** What the proxy keeps of tasks and lists: through restarts, half-written lines and too many of them. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HandedTasks } from '../../agent/runner/handed.ts';
import { fixedClock, hours, minutes } from '../../src/lib/clock.ts';
import { Advertised } from '../../src/proxy/git/advertised.ts';
import { Approved } from '../../src/proxy/git/approved.ts';

const NOW = '2026-11-21T09:00:00Z';
const sha = (n: number): string => n.toString(16).padStart(40, '0');
const AGENT = { backend: 'schools', agent: 'agent-1' };
const approval = (n: number) => ({ ...AGENT, repository: 7, commit: sha(n), branch: `b${n}` });
let dir: string;
let file: string;
let clock: ReturnType<typeof fixedClock>;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sallyport-approved-'));
  file = join(dir, 'state', 'approved.jsonl');
  clock = fixedClock(NOW);
});
afterEach(() => rmSync(dir, { recursive: true }));
/** As the next process finds it, after this one was killed. */
const next = (): Approved => new Approved(file, clock);

describe('what tasks named', () => {
  test('is on disk when it has been taken note of', async () => {
    const approved = new Approved(file, clock);
    await Promise.all([approved.add(approval(1)), approved.add(approval(2))]);

    const after = next();
    expect(after.commit(AGENT, 7, sha(1))).toBe(true);
    expect(after.commit(AGENT, 7, sha(2))).toBe(true);
    expect(after.branches('schools', 'agent-1', 7).sort()).toEqual(['b1', 'b2']);
    await approved.close();
  });

  test('counts for this agent, this backend and this repository; for an airlock of any agent beside it', async () => {
    const approved = new Approved(file, clock);
    await approved.add(approval(1));

    expect(approved.commit({ ...AGENT, agent: 'agent-2' }, 7, sha(1))).toBe(false);
    expect(approved.commit({ ...AGENT, backend: 'other' }, 7, sha(1))).toBe(false);
    expect(approved.commit(AGENT, 8, sha(1))).toBe(false);
    expect(approved.commit(AGENT, 7, sha(2))).toBe(false);
    expect(approved.commit({ backend: 'schools' }, 7, sha(1))).toBe(true);
    expect(approved.commit({ backend: 'other' }, 7, sha(1))).toBe(false);
    expect(approved.branches('schools', 'agent-2', 7)).toEqual([]);
    await approved.close();
  });

  test('a commit for good, a branch for a day after it was last handed over', async () => {
    const approved = new Approved(file, clock);
    await approved.add(approval(1));
    clock.advance(hours(23));
    await approved.add(approval(1));
    clock.advance(hours(23));
    expect(next().branches('schools', 'agent-1', 7)).toEqual(['b1']);
    clock.advance(hours(1));

    expect(approved.branches('schools', 'agent-1', 7)).toEqual([]);
    expect(approved.commit(AGENT, 7, sha(1))).toBe(true);
    await approved.close();
  });

  test('is written once, however often a task is handed over within an hour', async () => {
    const approved = new Approved(file, clock);
    for (let times = 0; times < 5; times += 1) await approved.add(approval(1));
    await approved.close();
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(1);
  });

  test('what could not be written is not taken as approved, and is written with the next try', async () => {
    const approved = new Approved(file, clock);
    mkdirSync(file, { recursive: true });
    await expect(approved.add(approval(1))).rejects.toThrow();
    expect(approved.commit(AGENT, 7, sha(1))).toBe(false);
    rmSync(file, { recursive: true });
    await approved.add(approval(1));
    await approved.close();
    expect(next().commit(AGENT, 7, sha(1))).toBe(true);
  });

  test('whoever hands over what is being written waits for the disk, too', async () => {
    const approved = new Approved(file, clock);
    mkdirSync(file, { recursive: true });
    const both = await Promise.allSettled([approved.add(approval(1)), approved.add(approval(1))]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(approved.commit(AGENT, 7, sha(1))).toBe(false);
    rmSync(file, { recursive: true });
    await Promise.all([approved.add(approval(1)), approved.add(approval(1))]);
    await approved.close();
    expect(next().commit(AGENT, 7, sha(1))).toBe(true);
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(1);
  });

  test('what a kill left half written is passed over, and the line after it is whole', async () => {
    const approved = new Approved(file, clock);
    await approved.add(approval(1));
    await approved.close();
    appendFileSync(file, '\n{"backend":"schools","agent":"age');
    const second = next();
    await second.add(approval(2));
    await second.close();

    expect(next().commit(AGENT, 7, sha(1))).toBe(true);
    expect(next().commit(AGENT, 7, sha(2))).toBe(true);
  });

  test.each(['', '\n\n', 'null', '[]', '{"backend":1}', '\0\0\0', '{"__proto__":{}}'])(
    'a file with %j in it is read as empty',
    async (text) => {
      await new Approved(file, clock).add(approval(1));
      writeFileSync(file, text);
      expect(next().commit(AGENT, 7, sha(1))).toBe(false);
    },
  );

  test('is bounded in memory and on disk; the oldest goes first', async () => {
    const approved = new Approved(file, clock, 10);
    for (let n = 0; n < 100; n += 1) await approved.add(approval(n));
    await approved.close();

    expect(approved.commit(AGENT, 7, sha(89))).toBe(false);
    expect(approved.commit(AGENT, 7, sha(90))).toBe(true);
    expect(readFileSync(file, 'utf8').trim().split('\n').length).toBeLessThanOrEqual(21);
    expect(next().commit(AGENT, 7, sha(99))).toBe(true);
  });

  test('a commit that two tasks named stays while one of them does', async () => {
    const approved = new Approved(file, clock, 2);
    await approved.add(approval(1));
    await approved.add({ ...approval(1), branch: 'second' });
    await approved.add(approval(2));

    expect(approved.commit(AGENT, 7, sha(1))).toBe(true);
    await approved.add(approval(3));
    expect(approved.commit(AGENT, 7, sha(1))).toBe(false);
    await approved.close();
  });

  test('a commit that two agents were given counts for each as long as its own task is kept', async () => {
    const other = { ...AGENT, agent: 'agent-2' };
    const approved = new Approved(file, clock, 2);
    await approved.add(approval(1));
    await approved.add({ ...approval(1), ...other });
    await approved.add({ ...approval(2), ...other });

    expect(approved.commit(AGENT, 7, sha(1))).toBe(false);
    expect(approved.commit(other, 7, sha(1))).toBe(true);
    expect(approved.commit({ backend: 'schools' }, 7, sha(1))).toBe(true);
    await approved.add({ ...approval(3), ...other });
    expect(approved.commit({ backend: 'schools' }, 7, sha(1))).toBe(false);
    await approved.close();
  });
});

describe('what GitHub listed', () => {
  const list = (...lines: string[]): Buffer =>
    Buffer.from(
      lines.map((line) => `${(line.length + 5).toString(16).padStart(4, '0')}${line}\n`).join('') + '0000',
    );
  const heard = async (advertised: Advertised, bytes: Buffer, at = 7): Promise<void> => {
    const tap = advertised.listening(at);
    const passed: Buffer[] = [];
    tap.on('data', (chunk: Buffer) => passed.push(chunk));
    // Byte by byte: lines come in any pieces.
    for (const byte of bytes) tap.write(Buffer.from([byte]));
    await new Promise<void>((done) => tap.end(done));
    expect(Buffer.concat(passed)).toEqual(bytes);
  };

  test('is learned from either protocol, with what a tag stands for', async () => {
    const advertised = new Advertised(clock);
    await heard(
      advertised,
      list(
        `${sha(1)} HEAD symref-target:refs/heads/main`,
        `${sha(1)} refs/heads/main`,
        `${sha(2)} refs/tags/v1 peeled:${sha(3)}`,
        `${sha(4)} refs/pull/1/head`,
        'unborn HEAD',
      ),
    );
    await heard(
      advertised,
      list(
        '# service=git-upload-pack',
        `${sha(5)} HEAD\0multi_ack agent=git/github`,
        `${sha(6)} refs/tags/v2^{}`,
      ),
    );

    expect(advertised.names(7, sha(1))).toEqual(['HEAD', 'refs/heads/main']);
    expect(advertised.names(7, sha(2))).toEqual(['refs/tags/v1']);
    expect(advertised.names(7, sha(3))).toEqual(['refs/tags/v1']);
    expect(advertised.names(7, sha(4))).toEqual([]);
    expect(advertised.names(7, sha(5))).toEqual(['HEAD']);
    expect(advertised.names(7, sha(6))).toEqual(['refs/tags/v2^{}']);
    expect(advertised.names(8, sha(1))).toEqual([]);
  });

  test('counts for ten minutes', () => {
    const advertised = new Advertised(clock);
    advertised.learn(7, 'refs/heads/main', sha(1));
    clock.advance(minutes(9));
    expect(advertised.names(7, sha(1))).toEqual(['refs/heads/main']);
    clock.advance(minutes(1));
    expect(advertised.names(7, sha(1))).toEqual([]);
  });

  test('is bounded: the oldest goes first, and what is no list teaches nothing', async () => {
    const advertised = new Advertised(clock, 10);
    for (let n = 0; n < 100; n += 1) advertised.learn(7, 'refs/heads/main', sha(n));
    expect(advertised.names(7, sha(89))).toEqual([]);
    expect(advertised.names(7, sha(99))).toEqual(['refs/heads/main']);
    await heard(advertised, Buffer.concat([Buffer.from('<html>'), list(`${sha(200)} refs/heads/main`)]));
    expect(advertised.names(7, sha(200))).toEqual([]);
  });
});

describe('what an agent hands on', () => {
  const exp = Math.floor(Date.parse(NOW) / 1000) + 600;

  test('is there after a restart, and no more shortly before it expires', () => {
    new HandedTasks(dir, clock).keep([{ id: 'a'.repeat(16), jws: 'x.y.z', exp }]);
    const after = new HandedTasks(dir, clock);
    expect(after.of('a'.repeat(16))).toBe('x.y.z');
    clock.advance(minutes(10) - 5000);
    expect(after.of('a'.repeat(16))).toBeUndefined();
    expect(after.of('b'.repeat(16))).toBeUndefined();
  });

  test('is the latest of each task, and what has expired is forgotten', () => {
    const handed = new HandedTasks(dir, clock);
    handed.keep([{ id: 'a'.repeat(16), jws: 'old', exp }]);
    clock.advance(minutes(11));
    handed.keep([{ id: 'b'.repeat(16), jws: 'new', exp: exp + 660 }]);
    handed.keep([]);
    expect(JSON.parse(readFileSync(join(dir, 'handed.json'), 'utf8'))).toEqual({
      ['b'.repeat(16)]: { jws: 'new', exp: exp + 660 },
    });
  });

  test('a file that cannot be written or understood keeps nobody from working', () => {
    writeFileSync(join(dir, 'handed.json'), '{"a":1}');
    expect(new HandedTasks(dir, clock).of('a')).toBeUndefined();
    rmSync(join(dir, 'handed.json'));
    const handed = new HandedTasks(join(dir, 'root'), clock);
    writeFileSync(join(dir, 'root'), 'a file where the folder should be');
    handed.keep([{ id: 'a'.repeat(16), jws: 'x', exp }]);
    expect(handed.of('a'.repeat(16))).toBe('x');
  });
});
