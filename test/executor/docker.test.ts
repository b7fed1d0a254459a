import { expect, test } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '../../src/lib/clock.ts';
import { requires } from '../support/require.ts';
import { executorContract, jobSpec } from './contract.ts';
import { dockerHarness } from './docker-harness.ts';

requires('docker').describe('containers as executor', () => {
  executorContract(dockerHarness);

  test('a new agent ends a job whose time was over while no agent was there', async () => {
    const harness = await dockerHarness();
    const root = mkdtempSync(path.join(tmpdir(), 'sallyport-time-'));
    chmodSync(root, 0o755);
    const executor = harness.open();
    try {
      const job = jobSpec(root, harness.image, harness.command('wait'));
      expect(await executor.create(job)).toBeUndefined();
      expect(await executor.start(job.id)).toBeUndefined();

      // By its clock a job that began now has had all of its time: counted anew it would have as much again.
      const later = harness.open({ now: () => systemClock.now() + job.limits.timeMs });

      expect(await later.wait(job.id, AbortSignal.timeout(100_000))).toMatchObject({ timedOut: true });
    } finally {
      await harness.close();
      rmSync(root, { recursive: true, force: true });
    }
  });

  test('what the image of a job says of itself is known when it has ended, and nothing odd that it says', async () => {
    const harness = await dockerHarness();
    const root = mkdtempSync(path.join(tmpdir(), 'sallyport-labels-'));
    chmodSync(root, 0o755);
    const labels = {
      'org.opencontainers.image.version': 'v2',
      'org.opencontainers.image.revision': 'r'.repeat(201),
      'org.opencontainers.image.created': '\u001b[2Jtoday',
      'sallyport.base.revision': 'sha256:77',
    };
    const plain = harness.docker('create', '--label', `sallyport.owner=${harness.owner}`, harness.image);
    const said = Object.entries(labels).flatMap(([name, value]) => ['-c', `LABEL ${name}="${value}"`]);
    const image = harness.docker('commit', ...said, plain);
    const executor = harness.open();
    try {
      const job = jobSpec(root, image, harness.command('succeed'));
      expect(await executor.create(job)).toBeUndefined();
      expect(await executor.start(job.id)).toBeUndefined();

      const exit = await executor.wait(job.id, AbortSignal.timeout(100_000));

      expect(exit).toMatchObject({ code: 0, imageId: image });
      expect(exit.imageLabels).toEqual({ action_version: 'v2', base_revision: 'sha256:77' });
    } finally {
      await harness.close();
      harness.docker('rmi', '-f', image);
      rmSync(root, { recursive: true, force: true });
    }
  });
});
