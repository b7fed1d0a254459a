/**
 * A container that a person opens on a study: `sallyport exec`, `sallyport launch`. As a job's (executor/container.ts)
 * but for its folder, which is the study's own, and what the person asked for by name.
 */
import { statSync } from 'node:fs';
import type { ContainerCreateOptions } from 'dockerode';
import { bind, forPodman, hardened, LABELS, logCap, type Dialect } from '../executor/container.ts';
import { BACKEND_VARIABLE, HOME, LOCAL_BACKEND } from '../runner/compat.ts';

export interface OpenSpec {
  kind: 'exec' | 'launch';
  owner: string;
  /** The engine gives one when absent. */
  name?: string;
  image: string;
  /** None: the image's own. */
  command: readonly string[];
  entrypoint?: readonly string[];
  environment: Readonly<Record<string, string>>;
  user: string;
  /** The study. */
  dir: string;
  mounts: readonly { source: string; target: string; readOnly: boolean }[];
  limits: { cpus: number; memoryBytes: number };
  tty: boolean;
  stdin: boolean;
  labels: Readonly<Record<string, string>>;
  /** Only for a program that cannot do without, and then as much as it needs. */
  loosened?: { capabilities: readonly string[]; writableRoot: boolean };
}

export const OPEN_LABELS = {
  /** The study's folder. */
  study: 'sallyport.study',
  /** Number and start of the process that answers for it: when that is gone, so is whoever used it. */
  process: 'sallyport.process',
} as const;

const PIDS = 4096;
const LOG_BYTES = 16 * 1024 ** 2;
const FILE_BYTES = 100 * 1024 ** 3;

export function openContainer(spec: OpenSpec, dialect: Dialect): ContainerCreateOptions {
  const environment = { ...HOME, [BACKEND_VARIABLE]: LOCAL_BACKEND, ...spec.environment };
  const loosened = spec.loosened ?? { capabilities: [], writableRoot: false };
  return {
    ...(spec.name === undefined ? {} : { name: spec.name }),
    Image: spec.image,
    ...(spec.command.length > 0 ? { Cmd: [...spec.command] } : {}),
    ...(spec.entrypoint === undefined ? {} : { Entrypoint: [...spec.entrypoint] }),
    WorkingDir: '/workspace',
    User: spec.user,
    Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    Tty: spec.tty,
    OpenStdin: spec.stdin,
    StdinOnce: spec.stdin,
    AttachStdin: spec.stdin,
    AttachStdout: true,
    AttachStderr: true,
    Healthcheck: { Test: ['NONE'] },
    Labels: {
      ...spec.labels,
      [LABELS.owner]: spec.owner,
      [LABELS.kind]: spec.kind,
      [OPEN_LABELS.study]: spec.dir,
    },
    HostConfig: {
      ...hardened({ ...spec.limits, pids: PIDS, fileBytes: FILE_BYTES }),
      ...(loosened.writableRoot ? { ReadonlyRootfs: false } : {}),
      CapAdd: [...loosened.capabilities],
      NetworkMode: 'none',
      // What a program at a terminal writes is seen by the person, and kept nowhere.
      LogConfig:
        spec.kind === 'exec'
          ? { Type: 'none', Config: {} }
          : { Type: dialect.podman ? 'json-file' : 'local', Config: logCap(LOG_BYTES) },
      Mounts: [
        bind(spec.dir, '/workspace', false),
        ...spec.mounts.map(({ source, target, readOnly }) => bind(source, target, readOnly)),
      ],
      ...(dialect.podman ? forPodman(dialect) : {}),
    },
  };
}

const NOBODYS = 10_001;

export interface OpenUser {
  uid: number;
  gid: number;
  /** The study's files belong to somebody else: it can be read there, not written. */
  stranger: boolean;
}

/** Whom a container runs as: the person; for root the owner of the study, and never root. */
export function openUser(dir: string, me = { uid: process.getuid?.(), gid: process.getgid?.() }): OpenUser {
  // Engines of Windows and macOS give the files to whoever asks.
  if (me.uid === undefined || me.gid === undefined) return { uid: 1000, gid: 1000, stranger: false };
  if (me.uid !== 0) return { uid: me.uid, gid: me.gid, stranger: false };
  const { uid, gid } = statSync(dir);
  return uid === 0 ? { uid: NOBODYS, gid: NOBODYS, stranger: true } : { uid, gid, stranger: false };
}
