import { afterAll, beforeAll, expect } from '@jest/globals';
import type { ContainerInspectInfo } from 'dockerode';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { requires } from '../support/require.ts';
import { appears, JOB_USER, jobSpec } from './contract.ts';
import { docker, dockerHarness, type DockerHarness } from './docker-harness.ts';
import { PROGRAMS } from './programs.ts';

const { describe, test } = requires('docker');
type Found = ContainerInspectInfo & { HostConfig: Record<string, unknown>; AppArmorProfile: string };

/** Section 5 of the CIS Docker Benchmark 1.6, asked of a job while it runs. */
describe('a running job, by the container benchmark', () => {
  let harness: DockerHarness;
  let found: Found;
  const root = mkdtempSync(path.join(tmpdir(), 'sallyport-benchmark-'));
  chmodSync(root, 0o755);

  beforeAll(async () => {
    harness = await dockerHarness();
    const job = jobSpec(root, harness.image, ['-e', PROGRAMS.wait]);
    const executor = harness.open();
    await executor.create(job);
    await executor.start(job.id);
    await appears(path.join(job.workDir, 'ready'));
    found = (JSON.parse(docker('inspect', `sallyport-${job.id}`)) as Found[])[0] as Found;
  });
  afterAll(async () => {
    await harness.close();
    rmSync(root, { recursive: true, force: true });
  });

  const host = (name: string): unknown => found.HostConfig[name];
  const empty = (value: unknown): boolean =>
    value === null || value === undefined || value === '' || Object.keys(value as object).length === 0;

  test.each<[string, () => boolean]>([
    ['5.2 AppArmor is the host’s', () => found.AppArmorProfile !== 'unconfined'],
    [
      '5.4 no capability is added and all are dropped',
      () => empty(host('CapAdd')) && String(host('CapDrop')) === 'ALL',
    ],
    ['5.5 it is not privileged', () => host('Privileged') === false],
    [
      '5.6, 5.32 only the job’s folder is mounted',
      () => found.Mounts.length === 1 && found.Mounts[0]?.Destination === '/workspace',
    ],
    ['5.8, 5.9 no port is published', () => empty(host('PortBindings')) && host('PublishAllPorts') === false],
    ['5.10, 5.30 it has no network', () => host('NetworkMode') === 'none'],
    [
      '5.11 memory is limited, without swap',
      () => Number(host('Memory')) > 0 && host('Memory') === host('MemorySwap'),
    ],
    ['5.12 processors are limited', () => Number(host('NanoCpus')) > 0],
    ['5.13 the root is read-only', () => host('ReadonlyRootfs') === true],
    ['5.15 it is never restarted', () => (host('RestartPolicy') as { Name: string }).Name === 'no'],
    ['5.16 it has its own processes', () => host('PidMode') === ''],
    ['5.17 it has its own shared memory', () => host('IpcMode') === 'private'],
    ['5.18 it has no device', () => empty(host('Devices')) && empty(host('DeviceRequests'))],
    [
      '5.19 open files, processes and core dumps are limited',
      () => {
        const limits = host('Ulimits') as { Name: string; Hard: number }[];
        const hard = (name: string) => limits.find((limit) => limit.Name === name)?.Hard ?? -1;
        return hard('core') === 0 && hard('nofile') > 0 && hard('nproc') > 0 && hard('fsize') > 0;
      },
    ],
    ['5.20 mounts are not shared', () => found.Mounts.every((mount) => mount.Propagation === 'rprivate')],
    ['5.21 it has its own host name', () => host('UTSMode') === ''],
    [
      '5.22 no filter of system calls is taken away',
      () => !String(host('SecurityOpt')).includes('unconfined'),
    ],
    ['5.25 it has the engine’s own control group', () => host('CgroupParent') === ''],
    ['5.26 it gains no privileges', () => String(host('SecurityOpt')).includes('no-new-privileges')],
    ['5.27 health is not asked: it ends by itself or by the clock', () => found.State.Health === undefined],
    ['5.29 processes are counted', () => Number(host('PidsLimit')) > 0],
    ['5.31 it shares no user namespace', () => host('UsernsMode') === ''],
    ['it runs as a user who is not root', () => found.Config.User === `${JOB_USER.uid}:${JOB_USER.gid}`],
    ['an init process reaps its children', () => host('Init') === true],
    [
      'its log has a total cap',
      () => {
        const { Type, Config } = host('LogConfig') as { Type: string; Config: Record<string, string> };
        return (
          Type === 'local' && Number(Config['max-size']) * Number(Config['max-file']) < 2 * 10 * 1024 ** 2
        );
      },
    ],
    [
      'every container carries its owner and its job',
      () => Boolean(found.Config.Labels['sallyport.owner'] && found.Config.Labels['sallyport.job']),
    ],
  ])('%s', (_row, holds) => {
    expect(holds()).toBe(true);
  });
});
