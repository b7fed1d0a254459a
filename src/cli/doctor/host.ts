/** What `doctor <role>` knows of a host. Everything is looked at once, and the checks are asked of what was seen. */
import type { InsideFault } from '../../../agent/executor/probe.ts';

/** What became of asking an address. */
export interface Reached {
  /** As it is called to people. */
  at: string;
  status?: number;
  /** Its Date header, ms. */
  date?: number;
  text?: string;
  /** Nobody answered; why. */
  error?: string;
}

export interface SecretFile {
  path: string;
  exists: boolean;
  mode: number;
  /** Name of the owner, or number. */
  owner: string;
}

export interface Folder {
  path: string;
  exists: boolean;
  mode: number;
  owner: string;
  freeBytes: number;
  totalBytes: number;
  freeInodes: number;
  totalInodes: number;
  device: number;
}

export interface Database {
  embedded: boolean;
  error?: string;
  /** `150004` */
  version?: number;
  fsync?: boolean;
  superuser?: boolean;
}

export interface AppSeen {
  error?: string;
  /** Of the manifest, and not of the installation. */
  missing: string[];
  installed: boolean;
  /** `name: write` that nobody asked for. */
  more: string[];
  /** Of the last deliveries: how many GitHub tried, and how many were not taken. */
  deliveries?: { tried: number; failed: number };
}

export interface DockerSeen {
  error?: string;
  version?: string;
  security: string[];
  driver: string;
  cgroup: string;
  limits: { memory: boolean; pids: boolean; cpu: boolean };
  liveRestore: boolean;
  insecure: string[];
  /** daemon.json, and what dockerd was started with. */
  icc?: boolean;
  userns: boolean;
  tcp: boolean;
  /** What a container found that was locked down as a job's is; or why none could be started. */
  inside?: { faults: InsideFault[] } | { error: string };
}

export interface Tls {
  path: string;
  error?: string;
  /** ms */
  until?: number;
  names: string[];
}

/** What the engine holds for fetching from the proxy. */
export interface EngineTrust {
  folder: string;
  /** Missing, or nobody can read them. */
  lacking: string[];
  /** Secrets that others may read. */
  open: string[];
  /** The proxy's door, tried with just these files. */
  door: Reached;
}

/** Where this role tells monitors how it is. */
export interface Watched {
  at: string;
  /** Beyond this machine: with TLS and a token. */
  isOpen: boolean;
  /** Asked for its metrics without a token. */
  bare: Reached;
  /** The same port on this machine's other addresses, where it is for this machine alone. */
  elsewhere: Reached[];
}

export interface HostFacts {
  role: HostRole;
  now: number;
  node: string;
  version: string;
  git: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  settings: { file: string; fault?: string };
  /** Who this runs as, and whether that is root. */
  me: { uid: number; name: string };
  /** Groups of the role's user. */
  settingsFile?: SecretFile;
  secrets: SecretFile[];
  folders: Folder[];
  /** The state folder, and what must be on its file system. */
  store?: { root: string; devices: Record<string, number> };
  /** What must answer. */
  github?: Reached;
  hub?: Reached;
  proxy?: Reached;
  /** Asked with the role's own key: 200 only when governance lists it. */
  enrolled?: Reached;
  /** The proxy's door, asked without the certificate that it wants. */
  barred?: Reached;
  trust?: EngineTrust;
  watch?: Watched;
  /** Asked without any right: whether GitHub's deliveries arrive. */
  webhook?: Reached;
  /** What must not answer. */
  closed: Reached[];
  /** Names that must not be found. */
  names: { name: string; found: boolean }[];
  app?: AppSeen;
  database?: Database;
  docker?: DockerSeen;
  dockerGroup?: string[];
  scanner?: { at: string; says?: string; error?: string };
  tls: Tls[];
  /** Addresses on which this role is to listen, as `host:port`. */
  listens: string[];
  /** Whether two names that must differ do, and whatever else the settings leave to be looked at. */
  notes: {
    real: boolean;
    trustedProxies?: number;
    steward?: boolean;
    ledger?: boolean;
    scanning?: 'required' | 'optional';
  };
}

export const HOST_ROLES = ['hub', 'steward', 'proxy', 'agent', 'airlock'] as const;
export type HostRole = (typeof HOST_ROLES)[number];
