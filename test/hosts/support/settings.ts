/** Settings files as the pages of docs/install have them, written for these hosts. */
import { chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { SANDBOX_LIMITS } from '../../../src/sandbox/demo/configuration.ts';
import { GOVERNANCE_REPO, ORG, TABLES_BY_DATASET } from '../../../src/sandbox/demo/governance-files.ts';
import { packageRoot } from '../../../src/sandbox/demo/places.ts';
import { HOSTS, NAMES } from './places.ts';

export { SANDBOX_LIMITS };

export const origin = (name: keyof typeof NAMES): string => `https://${NAMES[name]}`;

/** A folder that belongs to one user alone, with what lies in it. */
export function ownedBy(folder: string, uid: number, gid = uid): string {
  chownSync(folder, uid, gid);
  for (const name of readdirSync(folder)) chownSync(path.join(folder, name), uid, gid);
  return folder;
}

export function write(folder: string, name: string, content: unknown, mode = 0o600): string {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const file = path.join(folder, name);
  writeFileSync(file, typeof content === 'string' ? content : stringify(content), { mode });
  return file;
}

const governance = (commit: string) => ({
  repository: GOVERNANCE_REPO.id,
  owner: ORG.login,
  name: GOVERNANCE_REPO.name,
  branch: 'main',
  commit,
});

export function hubSettings(given: {
  commit: string;
  appId: number;
  clientId: string;
  stewardKey: string;
}): Record<string, unknown> {
  const { repository, owner, name, branch, commit } = governance(given.commit);
  return {
    github: {
      origin: origin('github'),
      app_id: given.appId,
      private_key_file: 'app.pem',
      webhook_secret_files: ['webhook.secret'],
      client_id: given.clientId,
      client_secret_file: 'client.secret',
      sweep_seconds: 5,
    },
    governance: { repository: { id: repository, owner, name }, branch, pinned: commit },
    hub: {
      origin: origin('hub'),
      key_file: 'hub.key',
      listen: { host: '127.0.0.1', port: 8080 },
      trusted_proxies: ['127.0.0.1'],
    },
    steward: { key: given.stewardKey },
    ledger: { key_file: 'log.key' },
    data: 'state',
    database_url_file: 'database.url',
    // The stand-in need not be spared; every other setting is the standard.
    writes: {
      per_second: 100,
      burst: 200,
      creations_per_minute: 10_000,
      creations_per_hour: 100_000,
      update_gap_ms: 500,
    },
  };
}

export function stewardSettings(given: { commit: string; appId: number }): Record<string, unknown> {
  return {
    github: { origin: origin('github'), app_id: given.appId, private_key_file: 'steward-app.pem' },
    governance: governance(given.commit),
    hub: { origin: origin('hub') },
    key_file: 'steward.key',
    state_dir: 'state',
  };
}

export function proxySettings(given: {
  commit: string;
  appId: number;
  hubKey: string;
  pulled?: { registryCa: string };
}): Record<string, unknown> {
  return {
    origin: origin('proxy'),
    listen: { host: '0.0.0.0', port: 443 },
    tls: {
      cert_file: 'egress.pem',
      key_file: 'egress.key',
      ...(given.pulled ? { client_ca_file: 'zone-ca.pem' } : {}),
    },
    ...(given.pulled
      ? { images: { ca_file: given.pulled.registryCa, cache: { dir: 'images', bytes: 1024 ** 3 } } }
      : {}),
    github: { origin: origin('github'), app_id: given.appId, private_key_file: 'app.pem' },
    hub: { key: given.hubKey },
    governance: { ...governance(given.commit), refresh_seconds: 10 },
    state_dir: 'state',
  };
}

export interface ZoneGiven {
  commit: string;
  hubKey: string;
  authorityFile: string;
  agent: string;
  backend: string;
  registry: string;
  /** Images of the zone come through the proxy, which answers nobody without a certificate. */
  pulled: boolean;
}

export function dummySettings(given: ZoneGiven): Record<string, unknown> {
  return {
    governance: { ...governance(given.commit), origin: origin('github'), refresh_seconds: 10 },
    hub: { url: origin('hub'), key: given.hubKey },
    proxy: {
      url: origin('proxy'),
      ca_file: given.authorityFile,
      ...(given.pulled ? { client: { cert_file: 'client.pem', key_file: 'client.key' } } : {}),
    },
    agent: { id: given.agent, key_file: 'agent.key', state_dir: 'state' },
    backend: given.backend,
    data: 'dummy',
    images: { registry: given.registry },
  };
}

/** The one file of the zone's host, which agent and airlock both read. */
export function zoneSettings(
  given: ZoneGiven & { airlock: string; socket: string; database: string },
): unknown {
  const site = (name: 'viewer' | 'content', host: string) => ({
    origin: origin(name),
    listen: { host, port: 443 },
    tls: { cert_file: `${name}.pem`, key_file: `${name}-tls.key` },
  });
  return {
    ...dummySettings(given),
    agent: { id: given.agent, key_file: 'agent.key', state_dir: '../agent' },
    data: 'real',
    ...(given.pulled ? { images: { pull: 'proxy' } } : {}),
    airlock: {
      id: given.airlock,
      key_file: 'airlock.key',
      state_dir: '../airlock',
      database_url_file: 'airlock-database.url',
      app: site('viewer', HOSTS.zone[0]),
      content: site('content', HOSTS.zone[1]),
    },
    docker: { socket: given.socket },
    database: {
      host: NAMES.warehouse,
      name: given.database,
      datasets: TABLES_BY_DATASET,
      admin: { user: 'sallyport_admin', password_file: 'database.password' },
    },
  };
}

/** What docs/install has for the hub, its name and its certificate replaced. */
export function hubWeb(folder: string): string {
  const shipped = readFileSync(path.join(packageRoot, 'docs/install/files/nginx.conf'), 'utf8')
    .replaceAll('hub.example.edu', NAMES.hub)
    .replaceAll('/etc/ssl/sallyport/hub.pem', `${folder}/tls.pem`)
    .replaceAll('/etc/ssl/sallyport/hub.key', `${folder}/tls.key`);
  return webServer(folder, shipped);
}

/** TLS for a program on the same machine. */
export function tlsFor(folder: string, name: keyof typeof NAMES, to: number): string {
  return webServer(
    folder,
    `server {
    listen 443 ssl;
    server_name ${NAMES[name]};
    ssl_certificate ${folder}/tls.pem;
    ssl_certificate_key ${folder}/tls.key;
    client_max_body_size 100m;
    location / {
      proxy_pass http://127.0.0.1:${to};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
      proxy_read_timeout 180s;
    }
  }`,
  );
}

function webServer(folder: string, content: string): string {
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `daemon off;
pid ${folder}/nginx.pid;
error_log stderr notice;
events { worker_connections 1024; }
http {
  access_log off;
  ${places.map((name) => `${name}_temp_path ${folder}/${name};`).join('\n  ')}
  ${content}
}
`;
}
