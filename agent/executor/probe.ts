/**
 * What is around a job, seen from inside: one container, locked down as a job's is, reads what the kernel says of it. An engine's
 * own report tells what it could do; a runtime that leaves out what it was asked for is seen here alone.
 */
import { z } from 'zod';
import { buildNodeImage } from '../images/node-image.ts';
import { hardened, insideOf, LABELS, logCap } from './container.ts';
import { ask, askUnless, openStream, type Engine } from './engine.ts';
import { hasOwnKernel, runtimeOf, type EngineInfo, type Isolation } from './isolation.ts';
import { frames, lastBytes } from './log-text.ts';
import { ANSWERS_OF_OURS, callsProgram } from './probe-calls.ts';
import { PROBE_SCRIPT } from './probe-script.ts';

const seen = z.strictObject({
  /** `/proc/self/status`, `uid_map`, `mountinfo`, `/proc/net/dev`, `attr/current`: as the kernel wrote them. */
  status: z.string(),
  users: z.string(),
  mounts: z.string(),
  interfaces: z.string(),
  profile: z.string(),
  /** What `probe-calls.ts` was answered; null where there is no such program for the processor or the kernel. */
  calls: z.array(z.int()).nullable(),
  /** Sockets of engines that are there. */
  sockets: z.array(z.string()),
});
export type SeenInside = z.infer<typeof seen>;

export const INSIDE_FAULTS = [
  'unreadable',
  'seccomp',
  'other-filter',
  'no-new-privileges',
  'capabilities',
  'root-user',
  'users',
  'writable-root',
  'mounts',
  'network',
  'engine-socket',
  'apparmor',
] as const;
export type InsideFault = (typeof INSIDE_FAULTS)[number];

export interface AskedFor {
  isolation: Isolation;
  /** The runtime brings a kernel of its own, which keeps its own filter and says less of itself. */
  ownKernel: boolean;
  /** As a container knows it. */
  uid: number;
  /** `/proc/self/uid_map` of this machine: what a container has whose users are not renumbered. */
  usersHere: string;
}

/** Where an engine puts what every container needs. */
const USUAL_MOUNTS =
  /^\/(?:$|proc(?:\/|$)|sys(?:\/|$)|dev(?:\/|$)|tmp$|etc\/(?:hosts|hostname|resolv\.conf)$|(?:usr\/)?sbin\/docker-init$)/;

/** The kernel puts these into every new namespace once a tunnel's module is loaded: they are down, and lead nowhere. */
const NO_WAY_OUT = /^(?:lo|tunl0|sit0|ip6tnl0|gre0|gretap0|ip6gre0|erspan0|ip_vti0|ip6_vti0)$/;

/** Everything in which the container is not as it was asked for. Empty when it is. */
export function insideFaults(
  found: SeenInside,
  { isolation, ownKernel, uid, usersHere }: AskedFor,
): InsideFault[] {
  const status = (name: string): string | undefined =>
    new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(found.status)?.[1]?.trim();
  const zero = (name: string): boolean => /^0+$/.test(status(name) ?? '');
  const mounts = mountsIn(found.mounts);
  const root = mounts.filter(({ at }) => at === '/').at(-1);
  if (status('Uid') === undefined || root === undefined) return ['unreadable'];
  const faults: [InsideFault, boolean][] = [
    ['seccomp', !ownKernel && isolation.seccomp !== 'none' && status('Seccomp') !== '2'],
    [
      'other-filter',
      !ownKernel && isolation.seccomp === 'standard' && isOther(status('Seccomp'), found.calls),
    ],
    ['no-new-privileges', !ownKernel && status('NoNewPrivs') !== '1'],
    ['capabilities', !['CapInh', 'CapPrm', 'CapEff', 'CapBnd'].every(zero)],
    ['root-user', !(status('Uid') ?? '').split(/\s+/).every((each) => Number(each) === uid)],
    ['users', !ownKernel && !areUsers(found.users, isolation.usersFrom, usersHere)],
    ['writable-root', !root.options.includes('ro')],
    ['mounts', mounts.some(({ at }) => !USUAL_MOUNTS.test(at))],
    ['network', interfacesIn(found.interfaces).some((name) => !NO_WAY_OUT.test(name))],
    ['engine-socket', found.sockets.length > 0],
    ['apparmor', isolation.apparmor === 'required' && !isConfined(found.profile)],
  ];
  return faults.flatMap(([fault, holds]) => (holds ? [fault] : []));
}

/** That there is none at all is another fault. */
const isOther = (filter: string | undefined, calls: readonly number[] | null): boolean =>
  filter === '2' && calls !== null && calls.join() !== ANSWERS_OF_OURS.join();

const words = (line: string): string[] => line.trim().split(/\s+/);

function mountsIn(text: string): { at: string; options: string[] }[] {
  return text.split('\n').flatMap((line) => {
    const [, , , , at, options] = words(line);
    return at === undefined || options === undefined ? [] : [{ at, options: options.split(',') }];
  });
}

/** The first two lines are titles. */
const interfacesIn = (text: string): string[] =>
  text.split('\n').flatMap((line) => /^\s*([^\s|:]+):/.exec(line)?.[1] ?? []);

function areUsers(map: string, from: number | undefined, here: string): boolean {
  if (from === undefined) return words(map).join(' ') === words(here).join(' ');
  const [inside, outside] = words(map);
  return inside === '0' && outside === String(from);
}

/** `docker-default (enforce)`; SELinux writes a context of four parts. */
const isConfined = (profile: string): boolean => {
  const text = profile.replaceAll('\0', '').trim();
  return /\(enforce\)$/.test(text) || /^[^\s:]+:[^\s:]+:container[^\s:]*_t:/.test(text);
};

const LIMITS = { cpus: 1, memoryBytes: 128 * 1024 ** 2, pids: 64, fileBytes: 1024 ** 2 };
const LOG_BYTES = 256 * 1024;
const LONGEST_MS = 30_000;
const GONE = 404;
const CALLS = '/app/calls';

export interface ProbeOptions {
  /** Marks the container, for whoever finds one that was left behind. */
  owner: string;
  isolation: Isolation;
  /** A user of this machine that is nobody else. */
  user: { uid: number; gid: number };
  usersHere: string;
}

/** Starts one container and removes it. Throws EngineLost, or what the engine said when it would not start it. */
export async function probeInside(
  engine: Engine,
  { owner, isolation, user, usersHere }: ProbeOptions,
): Promise<InsideFault[]> {
  const info = await ask('asking the engine about itself', engine.info() as Promise<EngineInfo>);
  const ownKernel = hasOwnKernel(info, isolation);
  // A kernel of its own has its own answers.
  const calls = ownKernel ? undefined : callsProgram();
  const { image } = await buildNodeImage({
    name: 'probe',
    files: [
      { path: '/app/probe.cjs', content: PROBE_SCRIPT },
      ...(calls ? [{ path: CALLS, content: calls, mode: 0o755 }] : []),
    ],
    // A file, as the relay's: a Debian's own Node needs more of the host for words on its command line.
    entry: ['node', '/app/probe.cjs'],
    docker: engine,
  });
  const container = await ask(
    'making a probe',
    engine.createContainer({
      Image: image,
      ...(calls ? { Cmd: [CALLS] } : {}),
      WorkingDir: '/',
      User: insideOf(user, isolation),
      Env: ['HOME=/tmp'],
      StopSignal: 'SIGKILL',
      Healthcheck: { Test: ['NONE'] },
      Labels: { [LABELS.owner]: owner, [LABELS.kind]: 'probe' },
      HostConfig: {
        ...hardened(LIMITS, isolation),
        ...runtimeOf(isolation, 'none'),
        NetworkMode: 'none',
        LogConfig: { Type: 'local', Config: logCap(LOG_BYTES) },
      },
    }),
  );
  try {
    await ask('starting a probe', container.start());
    await ask('waiting for a probe', container.wait(), LONGEST_MS);
    const stream = await openStream(engine, {
      method: 'GET',
      path: `/containers/${container.id}/logs`,
      query: { stdout: '1' },
      doing: 'reading a probe',
    });
    const read = seen.safeParse(parsed(await lastBytes(frames(stream), LOG_BYTES)));
    if (!read.success) return ['unreadable'];
    const uid = user.uid - (isolation.usersFrom ?? 0);
    return insideFaults(read.data, { isolation, ownKernel, uid, usersHere });
  } finally {
    await askUnless([GONE], 'removing a probe', container.remove({ force: true, v: true }));
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
