import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dockerExecutor } from '../../agent/executor/docker.ts';
import { buildNodeImage } from '../../agent/images/node-image.ts';
import { randomIds } from '../../src/lib/ids.ts';
import type { Harness } from './contract.ts';
import { PROGRAMS } from './programs.ts';

export interface DockerHarness extends Harness {
  owner: string;
  stateDir: string;
  docker(...words: string[]): string;
}

/** The host's Node and a shell, and a copy of the shell that would make anybody root. */
export const testImage = () =>
  buildNodeImage({
    name: 'test-job',
    files: [{ path: '/bin/rootsh', source: '/bin/sh', mode: 0o4755 }],
    entry: ['node'],
    programs: ['/bin/sh', '/bin/cat', '/bin/mount', '/bin/mknod', '/usr/bin/perl'].filter((file) =>
      existsSync(file),
    ),
  });

export function docker(...words: string[]): string {
  const ran = spawnSync('docker', words, { encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 });
  if (ran.status !== 0) throw new Error(`docker ${words.join(' ')}: ${ran.stderr}`);
  return ran.stdout.trim();
}

export async function dockerHarness(): Promise<DockerHarness> {
  const owner = `test-${randomIds.id()}`;
  // As an agent has it, where the machine's kernel can filter.
  const filters = docker('info', '--format', '{{.SecurityOptions}}').includes('seccomp');
  const isolation = { seccomp: filters ? 'standard' : 'none', apparmor: 'optional' } as const;
  const stateDir = mkdtempSync(path.join(tmpdir(), 'sallyport-docker-'));
  const { image } = await testImage();
  const { image: brokenImage } = await buildNodeImage({
    name: 'test-broken',
    files: [],
    entry: ['/nowhere/program'],
  });
  return {
    owner,
    stateDir,
    image,
    brokenImage,
    docker,
    command: (program) => ['-e', PROGRAMS[program]],
    open: () => dockerExecutor({ owner, stateDir, diskEveryMs: 100, isolation }),
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
