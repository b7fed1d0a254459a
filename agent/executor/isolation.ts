/**
 * What an engine can put around a job beside the container itself, and whether this one does: the filter of system
 * calls, AppArmor, user namespaces, another runtime (gVisor, Kata). What was asked for and is not there stops the agent
 * from taking work; nothing is left out silently.
 */
import type { ContainerCreateOptions } from 'dockerode';
import type { Refusal } from '../../src/lib/refusal.ts';
import { SECCOMP } from './seccomp.ts';
import { noAppArmor, noRuntime, noSeccomp, otherUsers } from './words.ts';

export interface Isolation {
  /** Which system calls a job may make: ours (`seccomp.ts`), what the engine thinks, or all, on a kernel without filters. */
  seccomp: 'standard' | 'engine' | 'none';
  apparmor: 'required' | 'optional';
  /** OCI runtime of jobs, by the engine's name for it; else the engine's own. */
  runtime?: string;
  /** Of jobs with a database: their only way there is the loopback of their relay, which some runtimes do not share. */
  databaseRuntime?: string;
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
  const { runtime, databaseRuntime = runtime } = isolation;
  const named = network === 'private' ? databaseRuntime : runtime;
  return named === undefined ? {} : { Runtime: named };
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

/** An engine that renumbers users keeps everything in a folder named after the first user and group. */
function usersFrom(folder: unknown): number | undefined {
  const [, user, group] = /\/(\d+)\.(\d+)$/.exec(String(folder)) ?? [];
  return user !== undefined && user === group ? Number(user) : undefined;
}
