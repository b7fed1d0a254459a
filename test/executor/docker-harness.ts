import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { dockerExecutor } from '../../agent/executor/docker.ts';
import type { Executor } from '../../agent/executor/executor.ts';
import type { Isolation } from '../../agent/executor/isolation.ts';
import { buildNodeImage } from '../../agent/images/node-image.ts';
import type { Clock } from '../../src/lib/clock.ts';
import { randomIds } from '../../src/lib/ids.ts';
import type { Harness } from './contract.ts';
import { PROGRAMS } from './programs.ts';

export interface DockerHarness extends Harness {
  owner: string;
  stateDir: string;
  /** Words that lead the `docker` command to this engine. */
  where: string[];
  docker(...words: string[]): string;
  open(clock?: Clock): Executor;
}

/** The host's Node and a shell, and a copy of the shell that would make anybody root. */
export const testImage = (engine?: Docker) =>
  buildNodeImage({
    ...(engine && { docker: engine }),
    name: 'test-job',
    files: [{ path: '/bin/rootsh', source: '/bin/sh', mode: 0o4755 }],
    entry: ['node'],
    programs: ['/bin/sh', '/bin/cat', '/bin/mount', '/bin/mknod', '/usr/bin/perl'].filter((file) =>
      existsSync(file),
    ),
  });

export const docker = (...words: string[]): string => dockerAt([], words);

/** As long as a test may take: its own limit cannot run meanwhile. */
const LIMIT_MS = 120_000;

function dockerAt(where: string[], words: string[]): string {
  const ran = spawnSync('docker', [...where, ...words], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  if (ran.status !== 0)
    throw new Error(`docker ${words.join(' ')}: ${ran.error ? ran.error.message : ran.stderr}`);
  return ran.stdout.trim();
}

/** Default: the machine's engine, as an agent would ask it. */
export interface Around {
  socketPath?: string;
  isolation?: Partial<Isolation>;
}

export async function dockerHarness(around: Around = {}): Promise<DockerHarness> {
  const { socketPath } = around;
  const engine = socketPath === undefined ? undefined : new Docker({ socketPath });
  const where = socketPath === undefined ? [] : ['-H', `unix://${socketPath}`];
  const docker = (...words: string[]): string => dockerAt(where, words);
  const owner = `test-${randomIds.id()}`;
  // As an agent has it, where the machine's kernel can filter.
  const filters = docker('info', '--format', '{{.SecurityOptions}}').includes('seccomp');
  const isolation: Isolation = {
    seccomp: filters ? 'standard' : 'none',
    apparmor: 'optional',
    ...around.isolation,
  };
  const stateDir = mkdtempSync(path.join(tmpdir(), 'sallyport-docker-'));
  const { image } = await testImage(engine);
  const { image: brokenImage } = await buildNodeImage({
    name: 'test-broken',
    files: [],
    entry: ['/nowhere/program'],
    ...(engine && { docker: engine }),
  });
  return {
    owner,
    stateDir,
    image,
    brokenImage,
    where,
    docker,
    command: (program) => ['-e', PROGRAMS[program]],
    open: (clock) =>
      dockerExecutor({
        owner,
        stateDir,
        diskEveryMs: 100,
        isolation,
        ...(socketPath === undefined ? {} : { socketPath }),
        ...(clock && { clock }),
      }),
    async killFromOutside(id) {
      docker('kill', `sallyport-${id}`);
    },
    async close() {
      const left = docker('ps', '-aq', '--filter', `label=sallyport.owner=${owner}`);
      if (left) docker('rm', '-f', '-v', ...left.split('\n'));
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
