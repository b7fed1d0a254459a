/** The files each role's operator would write, in that role's own folder. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import type { ZoneDatabase } from './database/database.ts';
import { GOVERNANCE_REPO, GRANTED, ORG, TABLES_BY_DATASET } from './governance-files.ts';

export interface Addresses {
  github: string;
  hub: string;
  proxy: string;
}

/** The governance commit everybody starts from, and where it is. */
export interface Root {
  commit: string;
}

const governance = ({ commit }: Root) => ({
  repository: GOVERNANCE_REPO.id,
  owner: ORG.login,
  name: GOVERNANCE_REPO.name,
  branch: 'main',
  commit,
});

export function writeYaml(folder: string, name: string, about: string, content: unknown): string {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const file = path.join(folder, name);
  writeFileSync(file, `# ${about}\n${stringify(content)}`, { mode: 0o600 });
  return file;
}

export function writeProxyFile(
  folder: string,
  given: {
    addresses: Addresses;
    root: Root;
    appId: number;
    appKeyFile: string;
    hubKey: string;
    watch?: unknown;
  },
): string {
  const { addresses, root, watch } = given;
  return writeYaml(folder, 'proxy.yml', 'The boundary between the secure zone and GitHub.', {
    origin: addresses.proxy,
    listen: { port: Number(new URL(addresses.proxy).port) },
    github: {
      origin: addresses.github,
      app_id: given.appId,
      private_key_file: given.appKeyFile,
      private: true,
    },
    hub: { key: given.hubKey },
    governance: { ...governance(root), refresh_seconds: 10 },
    state_dir: 'state',
    ...(watch ? { watch } : {}),
  });
}

export interface ZoneGiven {
  addresses: Addresses;
  root: Root;
  /** Public line of the hub's key. */
  hubKey: string;
  agent: { id: string; keyFile: string; stateDir?: string };
  backend: string;
  data: 'real' | 'dummy';
  executor: 'docker' | 'process';
  /** Of the executor `process`: what an image's name stands for. */
  commands?: Record<string, string[]>;
  /** `127.0.0.1:<port>`; images are there under the names governance gives. */
  registry?: string;
  database?: ZoneDatabase;
  /** Of the agent, or of the airlock where that is given. */
  watch?: unknown;
  /** Reads the agent's state folder and has one of its own. */
  airlock?: { id: string; keyFile: string; viewer: Viewer };
}

/** Two host names of this machine, so that no cookie of the pages ever goes where files are shown. */
export interface Viewer {
  app: string;
  content: string;
}

export function writeZoneFile(folder: string, given: ZoneGiven): string {
  const { addresses, root, agent, airlock, database, watch } = given;
  const watched = watch ? { watch } : {};
  return writeYaml(folder, 'zone.yml', 'What this host believes without asking anyone.', {
    governance: { ...governance(root), origin: addresses.github, refresh_seconds: 10 },
    hub: { url: addresses.hub, key: given.hubKey },
    proxy: { url: addresses.proxy },
    agent: {
      ...{ id: agent.id, key_file: agent.keyFile, state_dir: agent.stateDir ?? 'state' },
      ...(airlock ? {} : watched),
    },
    ...(airlock ? { airlock: { ...airlockIn(airlock), ...watched } } : {}),
    backend: given.backend,
    data: given.data,
    executor: given.executor,
    ...(given.commands ? { demo: true, commands: given.commands } : {}),
    ...(given.registry ? { images: { registry: given.registry } } : {}),
    ...(database ? { database: databaseIn(database) } : {}),
  });
}

function airlockIn({ id, keyFile, viewer }: NonNullable<ZoneGiven['airlock']>): Record<string, unknown> {
  const site = (origin: string) => ({ origin, listen: { port: Number(new URL(origin).port) } });
  return {
    id,
    key_file: keyFile,
    state_dir: 'state',
    app: site(viewer.app),
    content: site(viewer.content),
  };
}

function databaseIn({ access, host, port, name }: ZoneDatabase): Record<string, unknown> {
  const account = { user: access.user, password_file: access.passwordFile };
  return {
    host,
    port,
    name,
    datasets: TABLES_BY_DATASET,
    ...(access.kind === 'admin'
      ? { admin: account }
      : { accounts: [{ datasets: [...GRANTED], ...account }] }),
  };
}

/** GitHub's pace would make people wait; the stand-in on this machine need not be spared. */
const WRITES = {
  per_second: 100,
  burst: 200,
  creations_per_minute: 10_000,
  creations_per_hour: 100_000,
  update_gap_ms: 500,
};
/** The same for the stand-in itself, which otherwise counts as GitHub does. */
export const SANDBOX_LIMITS = {
  primary: 1_000_000,
  contentPerMinute: 10_000,
  contentPerHour: 100_000,
  pointsPerMinute: 1_000_000,
};

export interface HubGiven {
  addresses: Addresses;
  root: Root;
  appId: number;
  appKeyFile: string;
  webhookSecretFile: string;
  clientId: string;
  clientSecretFile: string;
  keyFile: string;
  /** With what the public log is signed. */
  logKeyFile: string;
  /** The steward's public line. */
  stewardKey: string;
  watch?: unknown;
}

export function writeStewardFile(
  folder: string,
  given: {
    addresses: Addresses;
    root: Root;
    appId: number;
    appKeyFile: string;
    keyFile: string;
    watch?: unknown;
  },
): string {
  const { addresses, root, watch } = given;
  return writeYaml(folder, 'steward-config.yml', 'The second App, which publishes.', {
    github: { origin: addresses.github, app_id: given.appId, private_key_file: given.appKeyFile },
    governance: governance(root),
    hub: { origin: addresses.hub },
    key_file: given.keyFile,
    state_dir: 'state',
    ...(watch ? { watch } : {}),
  });
}

export function writeHubFile(folder: string, given: HubGiven): string {
  const { commit, branch, repository, owner, name } = governance(given.root);
  const { addresses } = given;
  return writeYaml(folder, 'hub.yml', 'The App, the controller and their database.', {
    github: {
      origin: addresses.github,
      app_id: given.appId,
      private_key_file: given.appKeyFile,
      webhook_secret_files: [given.webhookSecretFile],
      client_id: given.clientId,
      client_secret_file: given.clientSecretFile,
    },
    governance: { repository: { id: repository, owner, name }, branch, pinned: commit },
    hub: {
      origin: addresses.hub,
      key_file: given.keyFile,
      listen: { port: Number(new URL(addresses.hub).port) },
    },
    steward: { key: given.stewardKey },
    ledger: { key_file: given.logKeyFile },
    data: 'state',
    writes: WRITES,
    ...(given.watch ? { watch: given.watch } : {}),
  });
}
