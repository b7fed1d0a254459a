/**
 * One job as the engine is asked to run it: every setting of docs/security.md in one place, as plain data.
 *
 * Follows section 5 of the CIS Docker Benchmark 1.6; the numbers beside the lines are its checks.
 */
import { cpus } from 'node:os';
import type { ContainerCreateOptions, ContainerInspectInfo } from 'dockerode';
import type { JobLimits, JobSpec } from './executor.ts';
import { ENGINES_OWN, pidsWith, runtimeOf, securityOptions, type Isolation } from './isolation.ts';

export const LABELS = {
  /** Whose container it is: two agents on one engine never see each other's. */
  owner: 'sallyport.owner',
  /** `job`, `relay`, `door`, `image`. */
  kind: 'sallyport.kind',
  job: 'sallyport.job',
  limits: 'sallyport.limits',
  workDir: 'sallyport.work-dir',
  user: 'sallyport.user',
} as const;
/** The caller's own labels stand behind this prefix. */
const GIVEN = 'sallyport.label.';

const TMP_LARGEST = 4 * 1024 ** 3;
const SHM_BYTES = 64 * 1024 ** 2;
/** An engine without CAP_SYS_RESOURCE cannot raise limits above its own, so both stay modest. */
const OPEN_FILES = 8192;
const PROCESSES_LARGEST = 32_768;

export const containerName = (id: string): string => `sallyport-${id}`;

/** What every container of ours has, whatever it is for. */
export function hardened(
  limits: { cpus: number; memoryBytes: number; pids: number; fileBytes: number },
  isolation: Isolation = ENGINES_OWN,
): NonNullable<ContainerCreateOptions['HostConfig']> {
  return {
    Privileged: false,
    ReadonlyRootfs: true, // 5.13
    CapAdd: [],
    CapDrop: ['ALL'], // 5.4
    SecurityOpt: securityOptions(isolation), // 5.26, 5.22; AppArmor stays the engine's default (5.2)
    Init: true,
    NanoCpus: Math.floor(Math.min(limits.cpus, cpus().length) * 1e9), // 5.12; more than the host has is a refusal
    Memory: limits.memoryBytes, // 5.11
    MemorySwap: limits.memoryBytes, // equal: no swap
    ShmSize: SHM_BYTES,
    PidsLimit: limits.pids, // 5.29
    Ulimits: [
      { Name: 'core', Soft: 0, Hard: 0 },
      { Name: 'nofile', Soft: OPEN_FILES, Hard: OPEN_FILES },
      { Name: 'nproc', Soft: processes(limits.pids), Hard: processes(limits.pids) },
      { Name: 'fsize', Soft: limits.fileBytes, Hard: limits.fileBytes },
    ], // 5.19
    Tmpfs: {
      '/tmp': `rw,noexec,nosuid,nodev,size=${Math.min(Math.ceil(limits.memoryBytes / 2), TMP_LARGEST)},mode=1777`,
    },
    PidMode: '', // 5.16
    IpcMode: 'private', // 5.17
    UTSMode: '', // 5.21
    UsernsMode: '', // 5.31
    CgroupParent: '', // 5.25
    Devices: [], // 5.18
    PortBindings: {}, // 5.8, 5.9
    PublishAllPorts: false,
    RestartPolicy: { Name: 'no' }, // 5.15
    AutoRemove: false,
  };
}

/** How Podman is asked for the same, where its Docker-compatible socket differs. */
export interface Dialect {
  podman: boolean;
  /** The engine runs as the person: only its own user is the same inside and outside. */
  rootless: boolean;
}

export const DOCKER: Dialect = { podman: false, rootless: false };

export function jobContainer(
  spec: JobSpec,
  owner: string,
  { dialect = DOCKER, isolation = ENGINES_OWN }: { dialect?: Dialect; isolation?: Isolation } = {},
): ContainerCreateOptions {
  const { limits, network } = spec;
  return {
    name: containerName(spec.id),
    Image: spec.image,
    Cmd: spec.command,
    WorkingDir: '/workspace',
    User: insideOf(spec.user, isolation),
    Env: Object.entries({ HOME: '/tmp', ...spec.environment }).map(([name, value]) => `${name}=${value}`),
    Tty: false,
    OpenStdin: false,
    Healthcheck: { Test: ['NONE'] },
    // An engine that stops must not let a program end "well" half-way: it is killed, and reported as interrupted.
    StopSignal: 'SIGKILL',
    Labels: {
      ...Object.fromEntries(Object.entries(spec.labels).map(([name, value]) => [`${GIVEN}${name}`, value])),
      [LABELS.owner]: owner,
      [LABELS.kind]: 'job',
      [LABELS.job]: spec.id,
      [LABELS.limits]: JSON.stringify(limits),
      [LABELS.workDir]: spec.workDir,
      [LABELS.user]: String(spec.user.uid),
    },
    HostConfig: {
      ...hardened({ ...limits, fileBytes: limits.diskBytes }, isolation),
      ...runtimeOf(isolation, network.kind),
      PidsLimit: pidsWith(isolation, network.kind, limits.pids),
      // A private network is the namespace of the job's relay, where there is only `lo` as well.
      NetworkMode: network.kind === 'none' ? 'none' : `container:${network.name}`, // 5.10, 5.30
      Mounts: [
        bind(spec.workDir, '/workspace', false),
        ...spec.readOnlyFiles.map((file) => bind(file.source, `/workspace/${file.path}`, true)),
      ], // 5.6, 5.20, 5.32
      // Podman knows no `local`, and takes the same settings for `json-file`.
      LogConfig: { Type: dialect.podman ? 'json-file' : 'local', Config: cap(limits.logBytes, dialect) },
      ...(dialect.podman ? forPodman(dialect) : {}),
    },
  };
}

/** A user of the host as a container knows them: `uid:gid`. */
export function insideOf(
  user: { uid: number; gid: number },
  { usersFrom = 0 }: Pick<Isolation, 'usersFrom'>,
): string {
  return `${user.uid - usersFrom}:${user.gid - usersFrom}`;
}

/** What differs for every container of ours in Podman. */
export function forPodman({ rootless }: Dialect): NonNullable<ContainerCreateOptions['HostConfig']> {
  return {
    ...(rootless ? { UsernsMode: 'keep-id' } : {}),
    // Where SELinux rules, a folder of the person's could not be read otherwise, short of relabelling it.
    SecurityOpt: ['no-new-privileges', 'label=disable'],
  };
}

/** Podman has one file, and begins it anew when it is full. */
function cap(bytes: number, { podman }: Dialect): Record<string, string> {
  return podman ? { 'max-size': String(bytes) } : logCap(bytes);
}

/** Counted per user over the whole host, so parallel jobs share it: the pids limit is the sharp one. */
const processes = (pids: number): number => Math.max(pids, Math.min(pids * 16, PROCESSES_LARGEST));

/** `Mounts`, not `Binds`: a source that is missing is then an error, not a new folder that belongs to root. */
export function bind(source: string, target: string, readOnly: boolean) {
  return {
    Type: 'bind' as const,
    Source: source,
    Target: target,
    ReadOnly: readOnly,
    BindOptions: { Propagation: 'rprivate' as const },
  };
}

/**
 * Five files of a third of the cap: when the oldest is dropped, more than the cap is still there, so
 * reading more than the cap means that something was lost and the reader is told so.
 */
export function logCap(bytes: number): Record<string, string> {
  return { 'max-size': `${Math.ceil(bytes / 3)}`, 'max-file': '5', compress: 'false' };
}

/** The caller's labels out of ours. */
export function givenLabels(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels)
      .filter(([name]) => name.startsWith(GIVEN))
      .map(([name, value]) => [name.slice(GIVEN.length), value]),
  );
}

export interface Running {
  limits: JobLimits;
  workDir: string;
  uid: number;
  startedAt: number;
  /** Its first process, where this machine knows it. */
  pid?: number;
}

/** What the watch needs, read back from the container itself. */
export function runningFrom(inspected: ContainerInspectInfo): Running {
  const labels = inspected.Config.Labels;
  return {
    limits: JSON.parse(labels[LABELS.limits] ?? '{}') as JobLimits,
    workDir: labels[LABELS.workDir] ?? '',
    uid: Number(labels[LABELS.user]),
    startedAt: Date.parse(inspected.State.StartedAt),
    ...(inspected.State.Pid > 0 && { pid: inspected.State.Pid }),
  };
}
