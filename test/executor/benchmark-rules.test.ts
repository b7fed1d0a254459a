import { afterAll, beforeAll, expect } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { requires } from '../support/require.ts';
import { broken, RULE_NAMES } from './benchmark.ts';
import { appears, JOB_USER, jobSpec } from './contract.ts';
import { docker, dockerHarness, type DockerHarness } from './docker-harness.ts';
import { PROGRAMS } from './programs.ts';

const { describe, test } = requires('docker');

describe('a running job, by the container benchmark', () => {
  let harness: DockerHarness;
  let faults: string[];
  let user: string;
  const root = mkdtempSync(path.join(tmpdir(), 'sallyport-benchmark-'));
  chmodSync(root, 0o755);

  beforeAll(async () => {
    harness = await dockerHarness();
    const job = jobSpec(root, harness.image, ['-e', PROGRAMS.wait]);
    const executor = harness.open();
    await executor.create(job);
    await executor.start(job.id);
    await appears(path.join(job.workDir, 'ready'));
    faults = broken(`sallyport-${job.id}`, { network: 'none', mount: '/workspace' });
    user = docker('inspect', '--format', '{{.Config.User}}', `sallyport-${job.id}`);
  });
  afterAll(async () => {
    await harness.close();
    rmSync(root, { recursive: true, force: true });
  });

  test.each(RULE_NAMES)('%s', (rule) => {
    expect(faults).not.toContain(rule);
  });

  test('it runs as the job’s own user', () => {
    expect(user).toBe(`${JOB_USER.uid}:${JOB_USER.gid}`);
  });

  test('an ordinary container breaks many of these rules', () => {
    const name = `sallyport-test-plain-${process.pid}`;
    try {
      docker('create', '--name', name, harness.image, '-e', '0');
      const wrong = broken(name, { network: 'none', mount: '/workspace' });
      expect(wrong.length).toBeGreaterThan(9);
    } finally {
      docker('rm', '-f', name);
    }
  });
});
