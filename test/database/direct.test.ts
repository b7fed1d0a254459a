import { expect, test } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { database } from '../../agent/database/database.ts';
import { systemClock } from '../../src/lib/clock.ts';

test('without isolation a job reaches the server itself, with the account for its datasets', async () => {
  const stateDir = mkdtempSync(path.join(tmpdir(), 'direct-'));
  const account = {
    datasets: ['pupils', 'results'],
    database: 'warehouse',
    user: 'reader',
    password: 'p@ss',
  };
  const db = database({
    owner: 'test',
    stateDir,
    host: '127.0.0.1',
    port: 5499,
    datasets: { pupils: ['public.pupils'], results: ['public.results'], exclusions: ['public.exclusions'] },
    access: { kind: 'accounts', accounts: [account] },
    isolated: false,
    clock: systemClock,
  });
  const job = 'a'.repeat(16);

  expect(await db.open(job, { datasets: ['results', 'pupils'], limits: { timeMs: 1000 } })).toEqual({
    environment: { DATABASE_URL: 'postgresql://reader:p%40ss@127.0.0.1:5499/warehouse' },
    network: { kind: 'none' },
  });
  expect(await db.open(job, { datasets: ['exclusions'], limits: { timeMs: 1000 } })).toMatchObject({
    code: 'database.no-account',
  });
  await db.close(job);
  await db.sweep(new Set());
  rmSync(stateDir, { recursive: true });
});
