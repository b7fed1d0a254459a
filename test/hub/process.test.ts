/** The hub as an operator starts it: a process of its own, its settings in a file, speaking over sockets. */
import { afterEach, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { backOff } from '../../src/protocol/back-off.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { parseVerifierKey, verifyLog } from '../../src/ledger/ledger.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { ZoneClient, type TaskClaims } from '../../src/protocol/protocol.ts';
import { copyPglite, HUB_MIGRATIONS, onOneDatabase, ownAddress, scratchFolder } from '../support/database.ts';
import { KEYS } from '../support/governance.ts';
import { writeHubFile } from '../support/hub-file.ts';
import { aWorld, type World } from '../support/world.ts';

const BIN = new URL('../../src/cli/bin.js', import.meta.url).pathname;

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += String(chunk);
  return text;
}

onOneDatabase((open) => {
  let world: World;
  let child: ChildProcess | undefined;
  const folders: string[] = [];
  /** Of the hub's process; without it PGlite in its folder, as installed. */
  let address: Awaited<ReturnType<typeof ownAddress>>;
  afterEach(async () => {
    if (child && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await world.stop();
    for (const dir of folders.splice(0)) rmSync(dir, { recursive: true, force: true });
    await address?.remove();
    address = undefined;
  });

  function start(file: string, words: string[] = [], errors: 'inherit' | 'pipe' = 'inherit'): ChildProcess {
    return spawn(process.execPath, [BIN, 'hub', ...words, '--config', file], {
      stdio: ['ignore', 'pipe', errors],
      env: { ...process.env, SALLYPORT_LOG: 'error', DATABASE_URL: address?.url ?? '' },
    });
  }

  async function firstLine(process: ChildProcess): Promise<Record<string, unknown>> {
    if (!process.stdout) throw new Error('no output');
    const [line] = (await once(createInterface(process.stdout), 'line')) as [string];
    return JSON.parse(line) as Record<string, unknown>;
  }

  /** The folder of a hub as an operator makes it, in place of the one that the world began with. */
  async function hubFile(): Promise<string> {
    const config = world.config();
    await world.stopHub();
    const dir = scratchFolder('hub-process');
    folders.push(dir);
    if (!address) await copyPglite(HUB_MIGRATIONS, join(dir, 'data', 'database'));
    return writeHubFile(dir, config);
  }

  /** The checkpoint, once there is something in the log; a test's own time is the limit. */
  async function publicLog(origin: string): Promise<string> {
    for (;;) {
      const note = await (await fetch(`${origin}/log/checkpoint`)).text();
      if (/^[^\n]+\n[1-9]/.test(note)) return note;
      await wait(50);
    }
  }

  /** What somebody at the hub's machine types. */
  async function operator(
    file: string,
    ...words: string[]
  ): Promise<{ code: number; out: string; err: string }> {
    const asked = start(file, words, 'pipe');
    const [out, err] = await Promise.all([asked.stdout, asked.stderr].map(textOf));
    const [code] = asked.exitCode === null ? ((await once(asked, 'exit')) as [number]) : [asked.exitCode];
    return { code, out: out ?? '', err: err ?? '' };
  }

  test('it says where it listens, works by itself, survives a kill and stops when asked', async () => {
    world = await aWorld({ database: await open() });
    const config = world.config();
    const file = await hubFile();
    const { pinned } = config.governance;

    child = start(file);
    expect(await firstLine(child)).toEqual({ listening: config.origin });
    const health = (await (await fetch(`${config.origin}/healthz`)).json()) as {
      governance: string;
      database: string;
      silent_backends: string[];
    };
    expect([health.governance, health.database, health.silent_backends]).toEqual([pinned, 'pglite', []]);

    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.sandbox.state.idle();
    // Stored and answered: a kill now loses nothing.
    child.kill('SIGKILL');
    await once(child, 'exit');
    child = start(file);
    await firstLine(child);
    // Comment and check are two effects of the hub's own, one after the other.
    while (!world.thread(issue).includes('sallyport:request') || world.runs('sallyport/run').length === 0)
      await wait(50);
    expect(world.thread(issue)).toContain('waiting: 0 of 2 jobs succeeded');
    expect(world.runs('sallyport/run')).toHaveLength(1);

    // Killed once more, wherever it is in numbering and signing: what was public stays the beginning of the log.
    const seen = await publicLog(config.origin);
    child.kill('SIGKILL');
    await once(child, 'exit');
    child = start(file);
    await firstLine(child);
    const key = parseVerifierKey((await (await fetch(`${config.origin}/log/key`)).text()).trim());
    if (isRefusal(key)) throw new Error(key.says);
    const verified = await verifyLog(
      async (name) => {
        const answer = await fetch(`${config.origin}/log/${name}`);
        return answer.ok ? Buffer.from(await answer.arrayBuffer()) : undefined;
      },
      { trusted: { current: [key] }, since: Buffer.from(seen), entries: true },
    );
    if (isRefusal(verified)) throw new Error(verified.says);
    expect(verified.checkpoint.size).toBeGreaterThanOrEqual(verified.since?.size ?? Infinity);

    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);

    for (const comment of world.sandbox.state.talk.comments(world.repo(), world.issueOf(issue)))
      if (comment.app) comment.body = 'defaced';
    child = start(file, ['reconcile', '--why', 'a comment was lost']);
    expect(await firstLine(child)).toMatchObject({ parked: 0 });
    expect(world.thread(issue)).not.toContain('defaced');
  }, 180_000);

  test('its operator holds a backend and asks how things are while it works', async () => {
    world = await aWorld({ database: await open() });
    address = await ownAddress(HUB_MIGRATIONS);
    const file = await hubFile();
    expect(await operator(file, 'backends')).toMatchObject({
      code: 1,
      err: expect.stringContaining('operator.no-hub'),
    });
    child = start(file);
    await firstLine(child);

    expect(await operator(file, 'pause', 'attainment', '--why', 'disks are exchanged')).toEqual({
      code: 0,
      out: 'attainment is paused\n',
      err: '',
    });
    const { out } = await operator(file, 'backends');
    expect(out).toContain('attainment (real data): never seen; 0 running, 0 waiting\n  paused since ');
    expect(out).toContain(': disks are exchanged\n');
    expect((await operator(file, 'unpause', 'attainment', '--why', 'they are in')).out).toBe(
      'attainment is running\n',
    );
    expect((await operator(file, 'unpause', 'attainment', '--why', 'they are in')).out).toBe(
      'attainment was running already\n',
    );
    const json = JSON.parse((await operator(file, 'backends', '--json')).out) as { backends: object[] };
    expect(json.backends).toMatchObject([{ id: 'attainment', pausedAt: null }, { id: 'rehearsal' }]);
    expect(await operator(file, 'kill', 'z'.repeat(16), '--why', 'it hangs')).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no job zzzzzzzzzzzzzzzz'),
    });
    expect(await operator(file, 'pause', 'attainment', '--why', 'two\nlines')).toMatchObject({ code: 2 });
  }, 180_000);

  test('after a kill a waiting agent is back and a stored command is done', async () => {
    world = await aWorld({ database: await open() });
    address = await ownAddress(HUB_MIGRATIONS);
    const file = await hubFile();
    const client = new ZoneClient({
      hub: world.config().origin,
      agent: 'attainment',
      backend: 'attainment',
      key: KEYS.agent.privateKey,
      hubKeys: [world.hubKey.publicKey],
      clock: world.clock,
      ids: randomIds,
      tries: 1,
    });
    child = start(file);
    await firstLine(child);
    const first = await client.poll({ seen: 0, waitMs: 0, engine: true });
    if (isRefusal(first)) throw new Error(first.code);
    // As the agent's loop does it: a poll is open all the time.
    const tasks = (async (): Promise<TaskClaims[]> => {
      for (let seen = first.version, failures = 0; ; ) {
        try {
          const answer = await client.poll({ seen, waitMs: 25_000, engine: true });
          if (isRefusal(answer)) throw new Error(answer.code);
          if (answer.tasks.length > 0) return answer.tasks;
          seen = answer.version;
          failures = 0;
        } catch (error) {
          await wait(backOff(error, failures));
          failures += 1;
        }
      }
    })();
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model --backend attainment');
    await world.sandbox.state.idle();
    child.kill('SIGKILL');
    await once(child, 'exit');

    child = start(file);
    await firstLine(child);
    expect(await tasks).toMatchObject([{ task: { type: 'run' } }]);
  }, 180_000);
});
