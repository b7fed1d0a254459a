/** Jobs that cannot be prepared or kept, and how a repository is laid out. */
import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RunContext } from '../../agent/runner/context.ts';
import { refusal } from '../../src/lib/refusal.ts';
import { aGovernance, edited } from '../support/governance.ts';
import { goodScript, leftovers, STUDY_FILES } from '../support/zone-world.ts';
import { asFailed, endOf, insideOf } from './refusal-world.ts';
import { another, world } from './runner-world.ts';

describe('a job that cannot be prepared', () => {
  test('its image is not on this machine', async () => {
    world.images = [];
    expect(await endOf(world.task('extract'))).toMatchObject({
      state: 'prepare_failed',
      reason: 'image-missing',
    });
  });

  test('an action it needs has not run', async () => {
    expect(await endOf(world.task('model'))).toMatchObject({
      state: 'prepare_failed',
      reason: 'input-missing',
    });
  });

  test('the database says no', async () => {
    const end = await endOf(world.task('extract'), {
      patch: (context): RunContext => ({
        ...context,
        database: {
          open: async () => refusal('database.unavailable', 'No.'),
          close: async () => undefined,
          sweep: async () => undefined,
        },
      }),
    });
    expect(end).toMatchObject({ state: 'prepare_failed', reason: 'database-unavailable' });
  });

  test('its dummy data file is not in the repository', async () => {
    const { 'dummy/rows.csv': _gone, ...files } = STUDY_FILES;
    await another({ files });

    expect(await endOf(world.task('extract'), { data: 'dummy' })).toMatchObject({
      state: 'prepare_failed',
      reason: 'dummy-data-missing',
    });
  });

  test('git does not answer', async () => {
    let asked = 0;
    world.upstream.intercept = (_request, response) => {
      asked += 1;
      response.writeHead(503).end();
      return true;
    };

    const end = await endOf(world.task('extract'));
    world.upstream.intercept = undefined;

    expect(end).toMatchObject({ state: 'prepare_failed', reason: 'git-unavailable' });
    expect(asked).toBe(5);
  });

  test('the disk is full', async () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const end = await endOf(world.task('extract'), {
      checkpoint: (point) => {
        if (point === 'export.file') throw full;
      },
    });

    expect(end).toMatchObject({ state: 'prepare_failed', reason: 'disk-full' });
    expect(leftovers(world)).toEqual([]);
  });

  test('the disk is full when outputs are taken: nothing half-written is valid, and the end says so', async () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const end = await endOf(world.task('extract'), {
      checkpoint: (point) => {
        if (point === 'take.file') throw full;
      },
    });

    expect(end).toEqual(asFailed(end));
    expect(insideOf(end)).toMatchObject({ state: 'job_error', reason: 'disk-full' });
    expect(world.manifest()).toMatchObject({ outputs: {}, runs: { extract: { state: 'job_error' } } });
  });

  test('a disk that is full even for the end of a run: it is told as soon as there is room', async () => {
    let room = 0;
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const end = await endOf(world.task('extract'), {
      checkpoint: (point) => {
        if (point === 'finalize.metadata:before' && (room += 1) < 12) throw full;
      },
    });

    expect(insideOf(end).state).toMatch(/job_error|succeeded/);
    expect(world.engine.started).toHaveLength(1);
  });

  test('its database is away when it is over: its end stands and is said once, and cleaning up is tried later and later', async () => {
    const pauses: number[] = [];
    let closings = 0;
    const end = await endOf(world.task('extract'), {
      pause: async (ms) => void pauses.push(ms),
      patch: (context): RunContext => ({
        ...context,
        database: {
          ...context.database!,
          close: async (id) => {
            closings += 1;
            if (closings <= 9) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
            await context.database!.close(id);
          },
        },
      }),
    });

    expect(insideOf(end).state).toBe('succeeded');
    expect(world.hub.updatesSeen.filter(({ state }) => state === end.state)).toHaveLength(1);
    expect(pauses.filter((ms) => ms >= 500)).toEqual([
      500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
    ]);
    expect(leftovers(world)).toEqual([]);
  });

  test('a repository larger than a job may write', async () => {
    world.governance = aGovernance(edited({ 'backends.yml': ['disk: 10G', 'disk: 1M'] }));
    await another({
      files: { ...STUDY_FILES, big: 'x'.repeat(1_100_000) },
      governance: world.governance,
    });

    expect(await endOf(world.task('extract'))).toMatchObject({
      state: 'prepare_failed',
      reason: 'disk-full',
    });
  });
});

test('the repository is laid out exactly: bytes, programs; links and attributes of git change nothing', async () => {
  await another({
    files: {
      ...STUDY_FILES,
      '.gitattributes': '* text eol=crlf export-ignore\nhidden export-ignore\n',
      hidden: 'here',
      'crlf.txt': 'a\nb\n',
    },
  });
  let seen: string[] = [];
  await endOf(world.task('extract'), {
    script: (job) => {
      seen = ['hidden', 'crlf.txt'].map((file) => readFileSync(path.join(job.spec.workDir, file), 'utf8'));
      return goodScript(job);
    },
  });

  expect(seen).toEqual(['here', 'a\nb\n']);
});
