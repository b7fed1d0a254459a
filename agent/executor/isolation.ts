/**
 * What an engine can put around a job beside the container itself, and whether this one does: the filter of system
 * calls, AppArmor, user namespaces, another runtime (gVisor, Kata). What was asked for and is not there stops the agent
 * from taking work; nothing is left out silently.
 */
import path from 'node:path';
import type { ContainerCreateOptions } from 'dockerode';
import type { Refusal } from '../../src/lib/refusal.ts';
import { SECCOMP } from './seccomp.ts';
import { noAppArmor, noLoopback, noRuntime, noSeccomp, otherUsers } from './words.ts';

export interface Isolation {
  /** Which system calls a job may make: ours (`seccomp.ts`), what the engine thinks, or all, on a kernel without filters. */
  seccomp: 'standard' | 'engine' | 'none';
  apparmor: 'required' | 'optional';
  /** OCI runtime of jobs, by the engine's name for it; else the engine's own. */
  runtime?: string;
  /** Of jobs with a database: their only way there is the loopback of their relay, which some runtimes do not share. */
  databaseRuntime?: string;
  /** Processes and threads of the host that such a runtime needs for itself; they count with those of the job. */
  runtimePids?: number;
  /** First id of the users that the engine (`userns-remap`) gives its containers; root inside is this one outside. */
  usersFrom?: number;
}

/** Of engines that nobody set up for jobs: laptops. */
export const ENGINES_OWN: Isolation = { seccomp: 'engine', apparmor: 'optional' };

type HostConfig = NonNullable<ContainerCreateOptions['HostConfig']>;

/** For every container of ours; AppArmor stays the engine's default. */
export function securityOptions({ seccomp }: Isolation): string[] {
  return ['no-new-privileges', ...(seccomp === 'standard' ? [`seccomp=${SECCOMP}`] : [])];
}

export function runtimeOf(
  isolation: Isolation,
  network: 'none' | 'private',
): Pick<HostConfig, 'Runtime'> | object {
  const named = runtimeName(isolation, network);
  return named === undefined ? {} : { Runtime: named };
}

function runtimeName(
  { runtime, databaseRuntime = runtime }: Isolation,
  network: 'none' | 'private',
): string | undefined {
  return network === 'private' ? databaseRuntime : runtime;
}

/** How many processes a job's container may have: what the job may, and what its runtime takes of them. */
export function pidsWith(isolation: Isolation, network: 'none' | 'private', pids: number): number {
  const { runtimePids = 0 } = isolation;
  return pids + (runtimeName(isolation, network) === undefined ? 0 : runtimePids);
}

/** The engine's answer to `GET /info`, as far as it matters here. */
export interface EngineInfo {
  SecurityOptions?: unknown;
  Runtimes?: unknown;
  DockerRootDir?: unknown;
}

/** Why jobs may not run on this engine; undefined when all that was asked for is there. */
export function isolationFault(info: EngineInfo, wanted: Isolation): Refusal | undefined {
  const options = Array.isArray(info.SecurityOptions) ? info.SecurityOptions.map(String) : [];
  const has = (name: string): boolean => options.some((each) => each.split(',').includes(`name=${name}`));
  if (wanted.seccomp !== 'none' && !has('seccomp')) return noSeccomp();
  if (wanted.apparmor === 'required' && !has('apparmor')) return noAppArmor();
  const known = Object.keys((info.Runtimes ?? {}) as object);
  const absent = [wanted.runtime, wanted.databaseRuntime].find(
    (name) => name !== undefined && !known.includes(name),
  );
  if (absent !== undefined) return noRuntime(absent, known);
  const from = has('userns') ? usersFrom(info.DockerRootDir) : undefined;
  return from === wanted.usersFrom && has('userns') === (wanted.usersFrom !== undefined)
    ? undefined
    : otherUsers(wanted.usersFrom, has('userns') ? (from ?? 'unknown') : undefined);
}

/** Programs of runtimes that bring a network of their own; gVisor leaves the one it is given when told so. */
const OWN_NETWORK = /^(?:runsc|kata|containerd-shim-(?:runsc|kata))/;
const GIVEN_NETWORK = /^--?network=host$/;

/**
 * Why a job with a database cannot reach it: its only way is the loopback that it shares with its relay, and a kernel with
 * a network of its own has another. Undefined when it shares it, as far as the engine tells.
 */
export function loopbackFault(info: EngineInfo, wanted: Isolation): Refusal | undefined {
  const name = runtimeName(wanted, 'private');
  if (name === undefined) return undefined;
  const { program, words } = programOf(info, name);
  const isGiven = words.some((word) => GIVEN_NETWORK.test(word));
  return OWN_NETWORK.test(program) && !isGiven ? noLoopback(name) : undefined;
}

/** Whether jobs without a network get a kernel of their own: gVisor, Kata. */
export function hasOwnKernel(info: EngineInfo, wanted: Isolation): boolean {
  const name = runtimeName(wanted, 'none');
  return name !== undefined && OWN_NETWORK.test(programOf(info, name).program);
}

function programOf({ Runtimes }: EngineInfo, name: string): { program: string; words: string[] } {
  const known = (Runtimes ?? {}) as Record<string, { path?: unknown; runtimeArgs?: unknown } | undefined>;
  const words = known[name]?.runtimeArgs;
  return {
    program: path.posix.basename(String(known[name]?.path ?? name)),
    words: Array.isArray(words) ? words.map(String) : [],
  };
}

/** An engine that renumbers users keeps everything in a folder named after the first user and group. */
function usersFrom(folder: unknown): number | undefined {
  const [, user, group] = /\/(\d+)\.(\d+)$/.exec(String(folder)) ?? [];
  return user !== undefined && user === group ? Number(user) : undefined;
}
