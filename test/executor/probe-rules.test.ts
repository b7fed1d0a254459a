/** What a container of ours finds around itself, and each way in which that is not what was asked for. */
import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { PROBE_SCRIPT } from '../../agent/executor/probe-script.ts';
import { insideFaults, type AskedFor, type SeenInside } from '../../agent/executor/probe.ts';

const HERE = '         0          0 4294967295\n';
const RIGHT: SeenInside = {
  status: `Name:\tnode
Uid:\t10001\t10001\t10001\t10001
Gid:\t10001\t10001\t10001\t10001
CapInh:\t0000000000000000
CapPrm:\t0000000000000000
CapEff:\t0000000000000000
CapBnd:\t0000000000000000
CapAmb:\t0000000000000000
NoNewPrivs:\t1
Seccomp:\t2
Seccomp_filters:\t1
`,
  users: HERE,
  mounts: `600 500 0:52 / / ro,relatime - overlay overlay rw,lowerdir=/a
601 600 0:55 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
602 600 0:56 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
603 602 0:58 / /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs shm rw
604 600 0:59 / /sys ro,nosuid,nodev,noexec,relatime - sysfs sysfs ro
605 600 0:54 / /tmp rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw
606 600 254:1 /x/hosts /etc/hosts ro,relatime - ext4 /dev/vda1 rw
607 600 254:1 /x/docker-init /sbin/docker-init ro,relatime - ext4 /dev/vda1 rw
608 601 0:57 /sys /proc/sys ro,relatime - proc proc rw
`,
  interfaces: `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes
    lo:       0       0    0    0    0     0          0         0        0
`,
  profile: 'docker-default (enforce)\n',
  calls: [1, 1, 38],
  sockets: [],
};
const ASKED: AskedFor = {
  isolation: { seccomp: 'standard', apparmor: 'required' },
  ownKernel: false,
  uid: 10_001,
  usersHere: HERE,
};

const status = (from: string | RegExp, to: string) => ({ status: RIGHT.status.replace(from, to) });

test('one that is as it was asked for has no fault', () => {
  expect(insideFaults(RIGHT, ASKED)).toEqual([]);
});

test.each<[string, Partial<SeenInside>, string[]]>([
  ['no filter', status('Seccomp:\t2', 'Seccomp:\t0'), ['seccomp']],
  ['the strict mode of old, which is not ours', status('Seccomp:\t2', 'Seccomp:\t1'), ['seccomp']],
  ['a filter that the kernel does not name', status(/Seccomp:.*\n/, ''), ['seccomp']],
  ['the filter of an engine before io_uring was known to it', { calls: [0, 0, 14] }, ['other-filter']],
  ['the filter of an engine', { calls: [0, 0, 1] }, ['other-filter']],
  ['a filter that hides only what ours hides', { calls: [0, 1, 38] }, ['other-filter']],
  ['a program that was stopped halfway', { calls: [] }, ['other-filter']],
  [
    'no filter, which is said once',
    { ...status('Seccomp:\t2', 'Seccomp:\t0'), calls: [0, 0, 14] },
    ['seccomp'],
  ],
  ['processors for which no calls are tried', { calls: null }, []],
  ['new privileges', status('NoNewPrivs:\t1', 'NoNewPrivs:\t0'), ['no-new-privileges']],
  ['a capability', status(/CapEff:\t0+/, 'CapEff:\t0000000000002000'), ['capabilities']],
  ['one that a program could take', status(/CapBnd:\t0+/, 'CapBnd:\t00000000a80425fb'), ['capabilities']],
  ['root', status(/Uid:.*/, 'Uid:\t0\t0\t0\t0'), ['root-user']],
  ['root at heart', status(/Uid:.*/, 'Uid:\t10001\t0\t10001\t10001'), ['root-user']],
  ['a root that can be written', { mounts: RIGHT.mounts.replace('/ / ro', '/ / rw') }, ['writable-root']],
  [
    'another root above it',
    { mounts: `${RIGHT.mounts}609 600 0:9 / / rw - tmpfs t rw\n` },
    ['writable-root'],
  ],
  [
    'a folder of the host',
    { mounts: `${RIGHT.mounts}609 600 254:1 /etc /etc rw - ext4 /dev/vda1 rw\n` },
    ['mounts'],
  ],
  ['a network', { interfaces: `${RIGHT.interfaces}  eth0: 1 2 3\n` }, ['network']],
  [
    'what a tunnel’s module leaves everywhere',
    { interfaces: `${RIGHT.interfaces} tunl0: 0 0\n sit0: 0 0\n` },
    [],
  ],
  ['a network without a space', { interfaces: `${RIGHT.interfaces}eth0:1 2 3\n` }, ['network']],
  ['a socket of the engine', { sockets: ['/run/docker.sock'] }, ['engine-socket']],
  ['renumbered users', { users: '0 100000 65536\n' }, ['users']],
  ['AppArmor that only looks on', { profile: 'docker-default (complain)\n' }, ['apparmor']],
  ['no AppArmor', { profile: 'unconfined\n' }, ['apparmor']],
  ['nothing that could be read', { status: '', mounts: '' }, ['unreadable']],
])('%s', (_what, found, faults) => {
  expect(insideFaults({ ...RIGHT, ...found }, ASKED)).toEqual(faults);
});

test('what was not asked for is not missed', () => {
  const engines = { ...RIGHT, calls: [0, 0, 1] };
  expect(insideFaults(engines, { ...ASKED, isolation: { seccomp: 'engine', apparmor: 'required' } })).toEqual(
    [],
  );
  expect(insideFaults(engines, { ...ASKED, ownKernel: true })).toEqual([]);
  const bare = { ...RIGHT, ...status('Seccomp:\t2', 'Seccomp:\t0'), profile: '' };
  expect(insideFaults(bare, { ...ASKED, isolation: { seccomp: 'none', apparmor: 'optional' } })).toEqual([]);
  // A kernel of its own says neither, and filters by itself; the rest holds there, too.
  const own = { ...bare, users: '', ...status(/NoNewPrivs:.*\n/, '') };
  const asked: AskedFor = {
    ...ASKED,
    ownKernel: true,
    isolation: { seccomp: 'standard', apparmor: 'optional' },
  };
  expect(insideFaults(own, asked)).toEqual([]);
  expect(insideFaults({ ...own, sockets: ['/run/docker.sock'] }, asked)).toEqual(['engine-socket']);
});

test('renumbered users are those that zone.yml names', () => {
  const isolation = { ...ASKED.isolation, usersFrom: 100_000 };
  const asked = (users: string) => insideFaults({ ...RIGHT, users }, { ...ASKED, isolation });
  expect(asked('         0     100000      65536\n')).toEqual([]);
  expect(asked('         0     200000      65536\n')).toEqual(['users']);
  expect(asked(HERE)).toEqual(['users']);
});

test.each([
  ['a program that cannot be started is found, as one that was stopped halfway', '/nowhere/calls', []],
  ['where there is none, nothing is said of it', undefined, null],
])('%s', (_name, program, calls) => {
  const said = execFileSync(process.execPath, ['-', ...(program ? [program] : [])], { input: PROBE_SCRIPT });
  expect(JSON.parse(said.toString())).toMatchObject({ calls });
});
