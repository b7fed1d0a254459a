/** The hub as an operator starts it: a process of its own, its settings in a file, speaking over sockets. */
import { afterEach, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { writePrivateKey, newKeyPair } from '../../src/lib/keys.ts';
import { eachDatabase, scratchFolder } from '../support/database.ts';
import { aWorld, SECRET, type World } from '../support/world.ts';

const BIN = new URL('../../src/cli/bin.js', import.meta.url).pathname;

eachDatabase((open, kind) => {
  if (kind === 'postgres') return;
  let world: World;
  let child: ChildProcess | undefined;
  afterEach(async () => {
    child?.kill('SIGKILL');
    await world.stop();
  });

  function start(file: string, ...words: string[]): ChildProcess {
    return spawn(process.execPath, [BIN, 'hub', ...words, '--config', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, SALLYPORT_LOG: 'error', DATABASE_URL: '' },
    });
  }

  async function firstLine(process: ChildProcess): Promise<Record<string, unknown>> {
    if (!process.stdout) throw new Error('no output');
    const [line] = (await once(createInterface(process.stdout), 'line')) as [string];
    return JSON.parse(line) as Record<string, unknown>;
  }

  test('it says where it listens, works by itself, survives a kill and stops when asked', async () => {
    world = await aWorld({ database: await open() });
    const config = world.config();
    await world.stopHub();
    const dir = scratchFolder('hub-process');
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'app.pem'), config.github.privateKey, { mode: 0o600 });
    writeFileSync(join(dir, 'webhook.secret'), SECRET, { mode: 0o600 });
    writePrivateKey(join(dir, 'hub.key'), newKeyPair());
    const { repository, pinned } = config.governance;
    const file = join(dir, 'hub.yml');
    writeFileSync(
      file,
      `github: {origin: '${config.github.origin}', app_id: 4711, private_key_file: app.pem, webhook_secret_files: [webhook.secret]}
governance: {repository: {id: 9001, owner: ${repository.owner}, name: governance}, pinned: ${pinned}}
hub: {origin: '${config.origin}', key_file: hub.key, listen: {port: ${config.listen.port}}}
data: data
writes: {per_second: 1000, burst: 1000, creations_per_minute: 1000, creations_per_hour: 10000, update_gap_ms: 0}
log: error
`,
    );

    child = start(file);
    expect(await firstLine(child)).toEqual({ listening: config.origin });
    const health = (await (await fetch(`${config.origin}/healthz`)).json()) as {
      governance: string;
      database: string;
    };
    expect([health.governance, health.database]).toEqual([pinned, 'pglite']);

    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.sandbox.state.idle();
    // Stored and answered: a kill now loses nothing.
    child.kill('SIGKILL');
    await once(child, 'exit');
    child = start(file);
    await firstLine(child);
    for (let n = 0; n < 200 && !world.thread(issue).includes('sallyport:request'); n += 1) await wait(100);
    expect(world.thread(issue)).toContain('waiting: 0 of 2 jobs succeeded');
    expect(world.runs('sallyport/run')).toHaveLength(1);

    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);

    for (const comment of world.sandbox.state.talk.comments(world.repo(), world.issueOf(issue)))
      if (comment.app) comment.body = 'defaced';
    child = start(file, 'reconcile');
    expect(await firstLine(child)).toMatchObject({ parked: 0 });
    expect(world.thread(issue)).not.toContain('defaced');
  }, 180_000);
});
