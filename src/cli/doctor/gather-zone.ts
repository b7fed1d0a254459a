/** Agent and airlock as this host has them: what answers, and what must not. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { readZoneFile, type ZoneFile } from '../../../agent/agent.ts';
import { ask as askScanner } from '../../../agent/airlock/scan/clamd.ts';
import { systemClock } from '../../lib/clock.ts';
import { randomIds } from '../../lib/ids.ts';
import { readPrivateKey } from '../../lib/keys.ts';
import { isRefusal, Refused } from '../../lib/refusal.ts';
import type { WatchSetting } from '../../lib/watch-settings.ts';
import { signGitToken } from '../../protocol/protocol.ts';
import { dockerSeen } from './docker.ts';
import { databaseAt } from './database.ts';
import { shownAt, trustOf, watchedAt, watchSecrets } from './doors.ts';
import type { DockerSeen, HostFacts, Reached, Tls } from './host.ts';
import { seenInside } from './inside.ts';
import type { Place } from './place.ts';
import { certificateAt, fileAt, folderAt, isFound, knock, reach } from './probes.ts';

type Facts = Partial<HostFacts>;

/** GitHub, two addresses of the internet that everybody knows, and where clouds keep credentials of their machines. */
const OUTSIDE: readonly [string, number][] = [
  ['github.com', 443],
  ['api.github.com', 443],
  ['1.1.1.1', 443],
  ['9.9.9.9', 53],
  ['169.254.169.254', 80],
];
const NAMES = ['github.com', 'example.com'];

export async function zoneFacts({ role, file }: Place): Promise<Facts> {
  const zone = readZoneFile(file);
  if (isRefusal(zone)) throw new Refused(zone);
  const own = role === 'airlock' ? zone.airlock : zone.agent;
  if (!own) return { notes: { real: zone.data === 'real' } };
  const { ca_file: caFile, client } = zone.proxy;
  const robots = `${zone.proxy.url}/robots.txt`;
  const [closed, names, hub, proxy, enrolled, barred, watch, tls] = await Promise.all([
    Promise.all(OUTSIDE.map(([host, port]) => knock(host, port))),
    Promise.all(NAMES.map(async (name) => ({ name, found: await isFound(name) }))),
    reach(`${zone.hub.url}/healthz`),
    reach(robots, { caFile, client }),
    asEnrolled(zone, own),
    client ? reach(robots, { caFile }) : undefined,
    watchedAt(own.watch),
    doorsOf(zone, own.watch),
  ]);
  const members = groupDocker();
  return {
    ...{ closed, names, hub, proxy },
    ...(enrolled ? { enrolled } : {}),
    ...(barred ? { barred } : {}),
    ...(watch ? { watch } : {}),
    tls: role === 'airlock' ? [...sitesOf(zone), ...tls] : tls,
    ...(members ? { dockerGroup: members } : {}),
    secrets: await Promise.all(secretsOf(zone, role).map(fileAt)),
    folders: [await folderAt(own.state_dir)],
    notes: { real: zone.data === 'real', scanning: zone.floors.malware_scan },
    ...(role === 'agent' ? await agentFacts(zone) : await airlockFacts(zone)),
  };
}

/** Of what this host shows and trusts, and of what it is shown: any of them ends some day. */
async function doorsOf({ hub, proxy }: ZoneFile, watch: WatchSetting | undefined): Promise<Tls[]> {
  const own = [proxy.ca_file, proxy.client?.cert_file, watch?.tls?.cert_file];
  const shown = await Promise.all([shownAt(hub.url), shownAt(proxy.url, proxy.client)]);
  return [...own.filter((one) => one !== undefined).map(certificateAt), ...shown.flat()];
}

const sitesOf = ({ airlock }: ZoneFile): Tls[] =>
  [airlock?.app.tls, airlock?.content.tls].flatMap((tls) => (tls ? [certificateAt(tls.cert_file)] : []));

function secretsOf(zone: ZoneFile, role: string): string[] {
  const { airlock, agent, database, proxy } = zone;
  const client = proxy.client?.key_file;
  if (role === 'airlock') {
    const tls = [
      airlock?.app.tls?.key_file,
      airlock?.content.tls?.key_file,
      client,
      ...watchSecrets(airlock?.watch),
    ];
    return [airlock?.key_file, airlock?.database_url_file, ...tls].filter((one) => one !== undefined);
  }
  const accounts = [database?.admin, database?.status, ...(database?.accounts ?? [])];
  const more = [client, ...watchSecrets(agent.watch)].filter((one) => one !== undefined);
  return [agent.key_file, ...accounts.flatMap((one) => (one ? [one.password_file] : [])), ...more];
}

/** The proxy answers 200 to a key that governance in force lists, and to no other. */
async function asEnrolled(
  zone: ZoneFile,
  own: { id: string; key_file: string },
): Promise<Reached | undefined> {
  if (!existsSync(own.key_file)) return undefined;
  const token = await signGitToken({
    agent: own.id,
    backend: zone.backend,
    audience: zone.proxy.url,
    key: readPrivateKey(own.key_file).privateKey,
    clock: systemClock,
    ids: randomIds,
  });
  const { owner, name, repository } = zone.governance;
  return reach(`${zone.proxy.url}/${owner}/${name}.git/info/refs?service=git-upload-pack`, {
    headers: {
      authorization: `Bearer ${token}`,
      'sallyport-repository-id': String(repository),
      'git-protocol': 'version=2',
    },
    caFile: zone.proxy.ca_file,
    client: zone.proxy.client,
    ms: 15_000,
  });
}

async function agentFacts(zone: ZoneFile): Promise<Facts> {
  const { state_dir: root } = zone.agent;
  const inside = ['store', 'workspaces', 'jobs']
    .map((one) => path.join(root, one))
    .filter((one) => existsSync(one));
  const devices = Object.fromEntries(
    [root, ...inside].filter((one) => existsSync(one)).map((one) => [one, statSync(one).dev]),
  );
  const trust = zone.executor === 'docker' ? await trustOf(zone) : undefined;
  return {
    ...(trust ? { trust } : {}),
    ...(existsSync(root) ? { store: { root, devices } } : {}),
    ...(zone.executor === 'docker' ? { docker: await engineOf(zone) } : {}),
  };
}

async function engineOf(zone: ZoneFile): Promise<DockerSeen> {
  const seen = await dockerSeen(zone.docker.socket);
  return seen.error === undefined ? { ...seen, inside: await seenInside(zone) } : seen;
}

async function airlockFacts({ airlock }: ZoneFile): Promise<Facts> {
  if (!airlock) return {};
  const { scanner, app, content } = airlock;
  const place =
    scanner &&
    (scanner.socket
      ? { path: scanner.socket }
      : { host: scanner.host ?? '127.0.0.1', port: scanner.port ?? 0 });
  const at = scanner?.socket ?? `${scanner?.host ?? '127.0.0.1'}:${scanner?.port}`;
  const heard = place && (await askScanner(place, { command: 'VERSION', timeoutMs: 5_000 }));
  return {
    database: await databaseAt(airlock.database_url_file),
    listens: [app, content].map(({ listen }) => `${listen.host}:${listen.port}`),
    ...(heard
      ? { scanner: 'said' in heard ? { at, says: heard.said } : { at, error: TROUBLE[heard.trouble] } }
      : {}),
  };
}

const TROUBLE = {
  away: 'nobody listens there',
  timeout: 'silence',
  broken: 'what it says is not understood',
} as const;

/** Undefined where there is no such group. */
function groupDocker(): string[] | undefined {
  try {
    const line = /^docker:[^:]*:\d+:(.*)$/m.exec(readFileSync('/etc/group', 'utf8'))?.[1];
    return line?.split(',').filter(Boolean);
  } catch {
    return undefined;
  }
}
