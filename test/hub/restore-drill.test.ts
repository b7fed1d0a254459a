/**
 * The drill for a hub that is lost: its database from a backup onto a clean host, its keys from where they are kept.
 * The public log goes on where everybody saw it last, and the next job runs.
 */
import { afterEach, expect } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import express from 'express';
import { Agent, fetch } from 'undici';
import { openDatabase, type OpenDatabase } from '../../src/db/open.ts';
import type { LogKeys } from '../../src/db/log.ts';
import { numberLeaves } from '../../src/db/sequencer.ts';
import { logRoutes } from '../../src/hub-log.ts';
import { verifyLog, type LogSource } from '../../src/ledger/ledger.ts';
import { createLogger } from '../../src/lib/logger.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { HUB_MIGRATIONS } from '../support/database.ts';
import { aSigner, ORIGIN } from '../support/log.ts';
import { postgresBin } from '../support/places.ts';
import { testPostgres } from '../support/postgres.ts';
import { requires } from '../support/require.ts';
import { aWorld, type World } from '../support/world.ts';

const keys: LogKeys = { origin: ORIGIN, signers: [aSigner()] };
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A database of its own, and its address; filled from a backup before the hub opens it. */
async function aDatabase(backup?: string): Promise<{ url: string; database: OpenDatabase }> {
  const made = await (await testPostgres()).createDatabase();
  ends.push(() => made.remove());
  if (backup) program('psql', '--quiet', '--set', 'ON_ERROR_STOP=1', '--file', backup, made.url);
  const database = await openDatabase({
    url: made.url,
    migrations: HUB_MIGRATIONS,
    logger: createLogger('test', { level: 'silent' }),
  });
  ends.push(() => database.close());
  return { url: made.url, database };
}

const program = (name: string, ...args: string[]): void =>
  void execFileSync(path.join(postgresBin() ?? '', name), args, { stdio: ['ignore', 'ignore', 'pipe'] });

/** The log as a stranger reads it over HTTP, once every leaf has its number. */
async function served({ db }: OpenDatabase): Promise<{ source: LogSource; checkpoint: Uint8Array }> {
  while ((await numberLeaves(db, 10_000, { keys, now: Date.now() })) > 0);
  const server = express().use(logRoutes(db, keys)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const agent = new Agent();
  ends.push(() => Promise.all([agent.close(), new Promise((resolve) => server.close(resolve))]));
  const { port } = server.address() as { port: number };
  const source: LogSource = async (name) => {
    const answer = await fetch(`http://127.0.0.1:${port}/log/${name}`, { dispatcher: agent });
    return answer.status === 200 ? new Uint8Array(await answer.arrayBuffer()) : undefined;
  };
  return { source, checkpoint: (await source('checkpoint')) as Uint8Array };
}

async function runs(world: World): Promise<void> {
  const issue = world.as('lead').issue();
  world.as('lead').comment(issue, '/run run_all --force-deps');
  await world.settle();
  await world.agent().ends('extract');
  await world.agent().ends('model');
  await world.settle();
}

requires('postgres').test(
  'a backup on a clean host: the log verifies and goes on from what was seen, and the next job runs',
  async () => {
    const lost = await aDatabase();
    const world = await aWorld({ database: lost.database });
    ends.push(() => world.stop());
    await runs(world);
    const seen = await served(lost.database);
    const before = await world.ledger();

    const folder = mkdtempSync(path.join(tmpdir(), 'sallyport-backup-'));
    ends.push(() => rmSync(folder, { recursive: true }));
    const backup = path.join(folder, 'hub.sql');
    program('pg_dump', '--no-owner', '--file', backup, lost.url);
    expect(readFileSync(backup, 'utf8')).toContain('job_requests');
    await world.moveTo((await aDatabase(backup)).database);

    expect(await world.ledger()).toEqual(before);
    const { source } = await served(world.database);
    const trusted = { current: [aSigner()], old: [] };
    const restored = await verifyLog(source, { trusted, since: seen.checkpoint, entries: true });
    if (isRefusal(restored)) throw new Error(restored.says);
    expect(restored.checkpoint.size).toBe(before.length);

    await runs(world);

    expect((await world.jobs()).map(({ action, code }) => [action, code])).toEqual([
      ['extract', 'succeeded'],
      ['model', 'succeeded'],
      ['extract', 'succeeded'],
      ['model', 'succeeded'],
    ]);
    const after = await served(world.database);
    const grown = await verifyLog(after.source, { trusted, since: seen.checkpoint, entries: true });
    if (isRefusal(grown)) throw new Error(grown.says);
    expect(grown.checkpoint.size).toBeGreaterThan(before.length);
    expect(grown.since?.size).toBe(before.length);
  },
);
