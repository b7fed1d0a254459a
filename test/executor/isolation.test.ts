import { describe, expect, test } from '@jest/globals';
import { insideOf, jobContainer } from '../../agent/executor/container.ts';
import type { JobSpec } from '../../agent/executor/executor.ts';
import {
  isolationFault,
  loopbackFault,
  securityOptions,
  type Isolation,
} from '../../agent/executor/isolation.ts';
import { SECCOMP } from '../../agent/executor/seccomp.ts';
import { faultOf } from '../../agent/executor/spec.ts';

const STANDARD: Isolation = { seccomp: 'standard', apparmor: 'optional' };
const ENGINE = {
  SecurityOptions: ['name=seccomp,profile=default'],
  Runtimes: { runc: {}, runsc: {} },
  DockerRootDir: '/var/lib/docker',
};
const RENUMBERING = {
  ...ENGINE,
  SecurityOptions: [...ENGINE.SecurityOptions, 'name=userns'],
  DockerRootDir: '/var/lib/docker/231072.231072',
};
const spec = (over: Partial<JobSpec> = {}): JobSpec => ({
  id: 'a'.repeat(16),
  labels: {},
  image: 'node@sha256:00',
  command: ['a'],
  workDir: '/w',
  readOnlyFiles: [],
  environment: {},
  network: { kind: 'none' },
  limits: { cpus: 1, memoryBytes: 1e9, pids: 10, diskBytes: 1e9, timeMs: 1000, logBytes: 1e6 },
  user: { uid: 10_001, gid: 10_001 },
  ...over,
});

describe('whether an engine isolates jobs as zone.yml asks', () => {
  const codeOf = (info: object, wanted: Partial<Isolation> = {}): string | undefined =>
    isolationFault(info, { ...STANDARD, ...wanted })?.code;

  test('one with filters of system calls will do, and whatever else it has does not matter', () => {
    expect(codeOf(ENGINE)).toBeUndefined();
    expect(
      codeOf({ ...ENGINE, SecurityOptions: ['name=apparmor', 'name=seccomp,profile=x'] }),
    ).toBeUndefined();
  });

  test('one without is refused, unless zone.yml says none in so many words', () => {
    for (const SecurityOptions of [[], null, undefined, 'name=seccomp', ['name=seccompish']]) {
      expect(codeOf({ ...ENGINE, SecurityOptions })).toBe('executor.no-seccomp');
      expect(codeOf({ ...ENGINE, SecurityOptions }, { seccomp: 'engine' })).toBe('executor.no-seccomp');
      expect(codeOf({ ...ENGINE, SecurityOptions }, { seccomp: 'none' })).toBeUndefined();
    }
  });

  test('AppArmor that is required has to be there', () => {
    expect(codeOf(ENGINE, { apparmor: 'required' })).toBe('executor.no-apparmor');
    const SecurityOptions = ['name=apparmor', ...ENGINE.SecurityOptions];
    expect(codeOf({ ...ENGINE, SecurityOptions }, { apparmor: 'required' })).toBeUndefined();
  });

  test('a runtime that it does not know is refused, for jobs with a database as well', () => {
    expect(codeOf(ENGINE, { runtime: 'runsc', databaseRuntime: 'runc' })).toBeUndefined();
    expect(codeOf(ENGINE, { runtime: 'kata' })).toBe('executor.no-runtime');
    expect(codeOf(ENGINE, { databaseRuntime: 'kata' })).toBe('executor.no-runtime');
    expect(codeOf({ ...ENGINE, Runtimes: null }, { runtime: 'runsc' })).toBe('executor.no-runtime');
  });

  test('users are renumbered from exactly where zone.yml says, or not at all where it says nothing', () => {
    expect(codeOf(RENUMBERING, { usersFrom: 231_072 })).toBeUndefined();
    for (const [info, usersFrom] of [
      [RENUMBERING, 100_000],
      [ENGINE, 231_072],
      [{ ...RENUMBERING, DockerRootDir: '/var/lib/docker' }, 231_072],
      [{ ...RENUMBERING, DockerRootDir: '/d/231072.5' }, 231_072],
    ] as const)
      expect(codeOf(info, { usersFrom })).toBe('executor.other-users');
    expect(codeOf(RENUMBERING)).toBe('executor.other-users');
    expect(isolationFault(RENUMBERING, STANDARD)?.next).toContain('docker.users_from: 231072');
  });
});

describe('whether a job with a database shares the loopback of its relay', () => {
  const RUNTIMES = {
    runc: { path: 'runc' },
    runsc: { path: '/usr/bin/runsc', runtimeArgs: ['--network=none'] },
    bare: { path: '/usr/local/bin/runsc' },
    shares: { path: '/usr/bin/runsc', runtimeArgs: ['--platform=kvm', '--network=host'] },
    short: { path: '/usr/bin/runsc', runtimeArgs: ['-network=host'] },
    kata: { path: '/usr/bin/kata-runtime' },
    witness: { path: '/opt/witness' },
  };
  const codeOf = (wanted: Partial<Isolation>): string | undefined =>
    loopbackFault({ Runtimes: RUNTIMES }, { ...STANDARD, ...wanted })?.code;

  test('gVisor does when its runtime says so, Kata never does, and what is unknown is taken by its program', () => {
    expect(codeOf({})).toBeUndefined();
    for (const databaseRuntime of ['runc', 'shares', 'short', 'witness'])
      expect([databaseRuntime, codeOf({ runtime: 'runsc', databaseRuntime })]).toEqual([
        databaseRuntime,
        undefined,
      ]);
    for (const runtime of ['runsc', 'bare', 'kata']) {
      expect(codeOf({ runtime })).toBe('executor.no-loopback');
      expect(codeOf({ runtime: 'runc', databaseRuntime: runtime })).toBe('executor.no-loopback');
    }
    expect(loopbackFault({}, { ...STANDARD, runtime: 'runsc' })?.code).toBe('executor.no-loopback');
    expect(
      loopbackFault({ Runtimes: { gone: undefined } }, { ...STANDARD, runtime: 'gone' }),
    ).toBeUndefined();
  });
});

describe('what the engine is asked for', () => {
  const asked = (isolation: Isolation, over: Partial<JobSpec> = {}) =>
    jobContainer(spec(over), 'o', { isolation });

  test('our filter of system calls, or the engine’s own, and never none of it by name', () => {
    expect(asked(STANDARD).HostConfig?.SecurityOpt).toEqual(['no-new-privileges', `seccomp=${SECCOMP}`]);
    for (const seccomp of ['engine', 'none'] as const)
      expect(securityOptions({ ...STANDARD, seccomp })).toEqual(['no-new-privileges']);
  });

  test('another runtime, and for the loopback of a database’s relay the one that shares it', () => {
    const runtimeOf = (isolation: Partial<Isolation>, over: Partial<JobSpec> = {}) =>
      asked({ ...STANDARD, ...isolation }, over).HostConfig?.Runtime;
    const database = { network: { kind: 'private', name: 'relay' } } as const;
    expect(runtimeOf({})).toBeUndefined();
    expect(runtimeOf({ runtime: 'runsc' })).toBe('runsc');
    expect(runtimeOf({ runtime: 'runsc' }, database)).toBe('runsc');
    expect(runtimeOf({ runtime: 'runsc', databaseRuntime: 'runc' }, database)).toBe('runc');
  });

  test('room for the threads of a runtime beside those of the job, and none where there is no such runtime', () => {
    const pidsOf = (isolation: Partial<Isolation>, over: Partial<JobSpec> = {}) =>
      asked({ ...STANDARD, ...isolation }, over).HostConfig?.PidsLimit;
    const database = { network: { kind: 'private', name: 'relay' } } as const;
    expect(pidsOf({})).toBe(10);
    expect(pidsOf({ runtimePids: 256 })).toBe(10);
    expect(pidsOf({ runtime: 'runsc' })).toBe(10);
    expect(pidsOf({ runtime: 'runsc', runtimePids: 256 })).toBe(266);
    expect(pidsOf({ databaseRuntime: 'runsc', runtimePids: 256 })).toBe(10);
    expect(pidsOf({ databaseRuntime: 'runsc', runtimePids: 256 }, database)).toBe(266);
  });

  test('the job’s user by the number that it has inside, which is never root', () => {
    const isolation = { ...STANDARD, usersFrom: 231_072 };
    const user = { uid: 241_073, gid: 241_073 };
    expect(asked(isolation, { user }).User).toBe('10001:10001');
    expect(asked(isolation, { user }).Labels?.['sallyport.user']).toBe('241073');
    expect(insideOf(user, {})).toBe('241073:241073');
    expect(faultOf(spec({ user }), 231_072)).toBeUndefined();
    for (const id of [231_072, 10_001, 0])
      expect(faultOf(spec({ user: { uid: id, gid: 241_073 } }), 231_072)?.code).toBe('executor.bad-spec');
  });
});

describe('the filter of system calls', () => {
  const profile = JSON.parse(SECCOMP) as {
    defaultAction: string;
    archMap: { subArchitectures: string[] }[];
    syscalls: { names: string[]; action: string; args?: { index: number; value: number }[] }[];
  };
  const allowed = profile.syscalls.filter(({ action }) => action === 'SCMP_ACT_ALLOW');

  test('refuses what it does not list, and every call of 32 bits', () => {
    expect(profile.defaultAction).toBe('SCMP_ACT_ERRNO');
    expect(profile.archMap.flatMap(({ subArchitectures }) => subArchitectures)).toEqual([]);
  });

  test('lists each call once, and none that breaks out, traces, or asks the kernel for more', () => {
    const free = allowed.filter(({ args }) => !args).flatMap(({ names }) => names);
    expect(new Set(free).size).toBe(free.length);
    expect(free.filter((name) => !/^[a-z0-9_]+$/.test(name))).toEqual([]);
    const never =
      'ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp bpf perf_event_open userfaultfd keyctl add_key request_key io_uring_setup io_uring_enter mount umount2 pivot_root setns unshare clone clone3 chroot init_module finit_module kexec_load reboot swapon syslog acct iopl ioperm open_by_handle_at name_to_handle_at quotactl settimeofday clock_settime sethostname modify_ldt vm86 socket personality move_mount fsopen memfd_secret';
    expect(never.split(' ').filter((name) => free.includes(name))).toEqual([]);
  });
});
