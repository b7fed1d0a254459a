/**
 * A container looks around itself on a real engine; then on one whose runtime leaves out what it is asked for. That engine
 * reports of itself all that a hardened one would.
 */
import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { connectEngine } from '../../agent/executor/engine.ts';
import type { Isolation } from '../../agent/executor/isolation.ts';
import { probeInside } from '../../agent/executor/probe.ts';
import { ANSWERS_OF_OURS, callsProgram } from '../../agent/executor/probe-calls.ts';
import { SECCOMP } from '../../agent/executor/seccomp.ts';
import { buildNodeImage } from '../../agent/images/node-image.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { scratchFolder } from '../support/database.ts';
import { requires } from '../support/require.ts';
import { ownEngine, type OwnEngine } from './own-engine.ts';

const { describe, test } = requires('docker', 'root');
jest.setTimeout(120_000);

const USER = { uid: 10_001, gid: 10_001 };

function probe(isolation: Partial<Isolation>, socketPath?: string): Promise<string[]> {
  return probeInside(connectEngine(socketPath), {
    owner: `test-${randomIds.id()}`,
    isolation: { seccomp: 'standard', apparmor: 'optional', ...isolation },
    user: USER,
    usersHere: readFileSync('/proc/self/uid_map', 'utf8'),
  });
}

const docker = (...words: string[]): string => spawnSync('docker', words, { encoding: 'utf8' }).stdout.trim();

test('on this machine’s engine it is as it was asked for, and nothing is left of it', async () => {
  expect(await probe({})).toEqual([]);
  expect(docker('ps', '-aq', '--filter', 'label=sallyport.kind=probe')).toBe('');
});

test('the filter that an engine has by itself answers otherwise than ours', async () => {
  const calls = callsProgram();
  // Of other processors the doctor says nothing of it.
  if (!calls) return;
  const files = [{ path: '/app/calls', content: calls, mode: 0o755 }];
  const { image } = await buildNodeImage({ name: 'test-calls', files, entry: ['/app/calls'] });
  const asOurs = ['--security-opt', `seccomp=${path.join(scratchFolder('ours'), 'ours.json')}`];
  writeFileSync(asOurs[1]!.replace('seccomp=', ''), SECCOMP);
  const answered = (...how: string[]): number[] => [
    ...spawnSync('docker', ['run', '--rm', '--network', 'none', ...how, image]).stdout,
  ];
  expect(answered(...asOurs)).toEqual(ANSWERS_OF_OURS);
  expect(answered()).toEqual([0, 0, expect.any(Number)]);
  docker('image', 'rm', image);
});

/** What each runtime does to the container that it was told to make. */
const CARELESS: Record<string, string> = {
  seccomp: 'delete config.linux.seccomp',
  lenient:
    'config.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["reboot"], action: "SCMP_ACT_ERRNO" }] }',
  traced: 'config.linux.seccomp.syscalls.push({ names: ["ptrace"], action: "SCMP_ACT_ALLOW" })',
  privileges: 'config.process.noNewPrivileges = false',
  capabilities:
    'for (const set of ["bounding", "permitted", "effective", "inheritable"]) config.process.capabilities[set] = ["CAP_NET_RAW"]',
  root: 'config.process.user = { uid: 0, gid: 0 }',
  writable: 'config.root.readonly = false',
  // A namespace that is shared takes no settings of its own.
  network:
    'delete config.linux.sysctl; config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== "network")',
  socket:
    'config.mounts.push({ destination: "/run/docker.sock", source: SOCKET, type: "bind", options: ["bind"] })',
};

describe('a runtime that leaves out', () => {
  let engine: OwnEngine;
  const folder = scratchFolder('careless');

  function runtime(name: string): { path: string } {
    const edit = path.join(folder, `${name}.cjs`);
    const file = path.join(folder, `runtime-${name}`);
    writeFileSync(
      edit,
      `const fs = require('fs'), SOCKET = fs.readFileSync(${JSON.stringify(path.join(folder, 'socket'))}, 'utf8');
const file = process.argv[2] + '/config.json', config = JSON.parse(fs.readFileSync(file, 'utf8'));
${CARELESS[name]};
fs.writeFileSync(file, JSON.stringify(config));
`,
    );
    writeFileSync(
      file,
      `#!/bin/sh
for word in "$@"; do
  [ "$last" = --bundle ] && bundle=$word
  [ "$word" = create ] && create=yes
  last=$word
done
[ -z "$create" ] || ${process.execPath} ${edit} "$bundle" || exit 1
exec runc "$@"
`,
      { mode: 0o755 },
    );
    return { path: file };
  }

  beforeAll(async () => {
    writeFileSync(path.join(folder, 'socket'), '');
    engine = await ownEngine({
      runtimes: {
        ...Object.fromEntries(Object.keys(CARELESS).map((name) => [`careless-${name}`, runtime(name)])),
        runsc: { path: '/usr/bin/runsc', runtimeArgs: ['--platform=ptrace', '--network=none'] },
      },
    });
    writeFileSync(path.join(folder, 'socket'), engine.socketPath);
    // A way out, in the network that such an engine has.
    const [first = '', ...rest] = [...engine.beside, 'ip', 'link', 'add', 'out0', 'type', 'veth'];
    expect(spawnSync(first, rest, { encoding: 'utf8' })).toMatchObject({ status: 0 });
  });
  afterAll(() => engine.close());

  test('nothing', async () => {
    expect(await probe({}, engine.socketPath)).toEqual([]);
  });

  requires('runsc').test('nothing, with a kernel of its own', async () => {
    expect(await probe({ runtime: 'runsc' }, engine.socketPath)).toEqual([]);
  });

  test.each([
    ['the filter', 'seccomp', ['seccomp']],
    ['the filter, for one that lets nearly everything through', 'lenient', ['other-filter']],
    ['one call of the filter', 'traced', ['other-filter']],
    ['that no privilege is gained', 'privileges', ['no-new-privileges']],
    ['that capabilities are dropped', 'capabilities', ['capabilities']],
    ['who runs it', 'root', ['root-user']],
    ['that its root is read only', 'writable', ['writable-root']],
    ['that it has no network', 'network', ['network']],
    ['nothing, and hands in the engine’s socket', 'socket', ['mounts', 'engine-socket']],
  ])('%s', async (_what, name, faults) => {
    expect(await probe({ runtime: `careless-${name}` }, engine.socketPath)).toEqual(faults);
  });
});
