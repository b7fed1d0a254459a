/** Hub, steward, proxy as this host has them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { readHubConfig } from '../../hub-config.ts';
import { githubPlaces } from '../../lib/origin.ts';
import type { WatchSetting } from '../../lib/watch-settings.ts';
import { readProxySettings } from '../../proxy/settings.ts';
import { readStewardSettings } from '../../steward/settings.ts';
import { databaseAt } from './database.ts';
import { readsRepository, seeApp, type AppGiven } from './github-app.ts';
import { shownAt, watchedAt, watchSecrets } from './doors.ts';
import type { HostFacts, Tls } from './host.ts';
import type { Place } from './place.ts';
import { certificateAt, fileAt, folderAt, knock, reach } from './probes.ts';

type Facts = Partial<HostFacts>;

export function publicFacts(place: Place): Promise<Facts> {
  if (place.role === 'hub') return hub(place);
  return place.role === 'steward' ? steward(place) : proxy(place);
}

const LOOPBACK = /^https?:\/\/(?:localhost|127\.|\[::1\])/;

async function hub({ file, root, now }: Place): Promise<Facts> {
  const config = readHubConfig(file);
  // What the reader has made of it no longer says which files it came from.
  const raw = parse(readFileSync(file, 'utf8')) as {
    github: { private_key_file: string; webhook_secret_files: string[]; client_secret_file?: string };
    hub: { key_file: string };
    ledger?: { key_file: string };
    database_url_file?: string;
  };
  const at = (name: string): string => path.resolve(path.dirname(file), name);
  const own = `http://127.0.0.1:${config.listen.port}`;
  const app: AppGiven = {
    origin: config.github.origin,
    id: config.github.appId,
    privateKey: config.github.privateKey,
    manifest: 'app.yml',
    root,
    now,
  };
  const secrets = [
    raw.github.private_key_file,
    ...raw.github.webhook_secret_files,
    raw.github.client_secret_file,
    raw.hub.key_file,
    raw.ledger?.key_file,
    raw.database_url_file,
    ...watchSecrets(config.watch),
  ].filter((one) => one !== undefined);
  const [github, seen, reached, webhook, operator, metrics, database, watch, shown] = await Promise.all([
    reach(`${githubPlaces(config.github.origin).api}/meta`),
    seeApp(app),
    reach(`${own}/healthz`),
    reach(`${config.origin}/webhooks`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    }),
    reach(`${config.origin}/operator/jobs`, { method: 'POST', body: '{}' }),
    reach(`${config.origin}/metrics`),
    databaseAt(undefined, config.databaseUrl),
    watchedAt(config.watch),
    shownAt(config.origin),
  ]);
  return {
    ...{ github, app: seen, hub: reached, webhook, database },
    ...(watch ? { watch } : {}),
    tls: [...shown, ...watchTls(config.watch)],
    // A trial on one machine has no outside.
    closed: LOOPBACK.test(config.origin) ? [] : [operator, metrics],
    secrets: await Promise.all(secrets.map((name) => fileAt(at(name)))),
    folders: [await folderAt(config.dataDir)],
    listens: [`${config.listen.host}:${config.listen.port}`],
    notes: {
      real: !LOOPBACK.test(config.origin),
      trustedProxies: config.trustedProxies?.length ?? 0,
      steward: (config.stewardKeys?.length ?? 0) > 0,
      ledger: config.ledger !== undefined,
    },
  };
}

const watchTls = (watch: WatchSetting | undefined): Tls[] =>
  watch?.tls ? [certificateAt(watch.tls.cert_file)] : [];

async function steward({ file, root, now }: Place): Promise<Facts> {
  const settings = readStewardSettings(file);
  const { github, governance } = settings;
  const secrets = await Promise.all(
    [github.private_key_file, settings.key_file, ...watchSecrets(settings.watch)].map(fileAt),
  );
  const watch = await watchedAt(settings.watch);
  const facts = {
    ...{ secrets, folders: [await folderAt(settings.state_dir)], tls: watchTls(settings.watch) },
    ...(watch ? { watch } : {}),
  };
  if (!secrets[0]?.exists) return facts;
  const app: AppGiven = {
    origin: github.origin,
    id: github.app_id,
    privateKey: readFileSync(github.private_key_file, 'utf8'),
    manifest: 'steward.yml',
    root,
    now,
  };
  const [meta, seen, enrolled, hubSeen] = await Promise.all([
    reach(`${githubPlaces(github.origin).api}/meta`),
    seeApp(app),
    readsRepository(app, { id: governance.repository, owner: governance.owner, name: governance.name }),
    reach(`${settings.hub.origin}/healthz`),
  ]);
  return { ...facts, github: meta, app: seen, enrolled, hub: hubSeen };
}

async function proxy({ file, root, now }: Place): Promise<Facts> {
  const { github, governance, tls, origin, listen, state_dir: state, watch } = readProxySettings(file);
  const keys = [github.private_key_file, ...(tls ? [tls.key_file] : []), ...watchSecrets(watch)];
  const secrets = await Promise.all(keys.map(fileAt));
  const told = await watchedAt(watch);
  const authorities = tls?.client_ca_file === undefined ? [] : [certificateAt(tls.client_ca_file)];
  const facts = {
    secrets,
    folders: [await folderAt(state)],
    tls: [...(tls ? [certificateAt(tls.cert_file)] : []), ...authorities, ...watchTls(watch)],
    listens: [`${listen.host}:${listen.port}`],
    ...(told ? { watch: told } : {}),
  };
  if (!secrets[0]?.exists) return facts;
  const app: AppGiven = {
    origin: github.origin,
    id: github.app_id,
    privateKey: readFileSync(github.private_key_file, 'utf8'),
    manifest: 'app.yml',
    root,
    now,
    caFile: github.ca_file,
  };
  const [meta, seen, enrolled, self] = await Promise.all([
    reach(`${githubPlaces(github.origin).api}/meta`, { caFile: github.ca_file }),
    seeApp(app),
    readsRepository(app, { id: governance.repository, owner: governance.owner, name: governance.name }),
    ownDoor(origin, tls),
  ]);
  const { deliveries: _notOfProxy, ...ofApp } = seen;
  return { ...facts, github: meta, app: ofApp, enrolled, ...self };
}

/** Where it asks for certificates this host has none: then a connection is an answer, and a page would be a fault. */
async function ownDoor(
  origin: string,
  tls: { cert_file: string; client_ca_file?: string | undefined } | undefined,
): Promise<Pick<HostFacts, 'proxy' | 'barred'>> {
  // Its own certificate may be of an authority that this host does not know: that it answers is what counts here.
  const page = await reach(`${origin}/robots.txt`, { caFile: tls?.cert_file, own: true });
  if (tls?.client_ca_file === undefined) return { proxy: page };
  const { hostname, port } = new URL(origin);
  const there = await knock(hostname.replace(/^\[|\]$/g, ''), Number(port || 443));
  return {
    proxy: there.error === undefined ? { at: origin, status: 200 } : { at: origin, error: there.error },
    barred: page,
  };
}
