/** The parts that the airlock is composed of, each from zone.yml. Nothing of the runner is among them. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { openDatabase, type OpenDatabase } from '../src/db/open.ts';
import {
  backendById,
  isArchived,
  offDuty,
  openGovernanceMirror,
  type Governance,
} from '../src/governance/governance.ts';
import { seconds, type Clock } from '../src/lib/clock.ts';
import { gitFetch, type ClientCertificate } from '../src/lib/git.ts';
import { randomIds } from '../src/lib/ids.ts';
import { parsePublicKey, type KeyPair } from '../src/lib/keys.ts';
import type { Logger } from '../src/lib/logger.ts';
import { isRefusal, refusal, Refused, type Refusal } from '../src/lib/refusal.ts';
import { readSecret } from '../src/lib/secret-place.ts';
import { AirlockClient, signGitToken } from '../src/protocol/protocol.ts';
import { disclosurePolicy, reviewPolicy } from '../src/release/release.ts';
import { inlineChecks } from './airlock/checks/run.ts';
import type { CheckRunner } from './airlock/checks/runner.ts';
import { threadedChecks } from './airlock/checks/threaded.ts';
import { inlineReader, type ManifestReader } from './airlock/manifests/read.ts';
import { threadedReader } from './airlock/manifests/threaded.ts';
import type { Rules } from './airlock/airlock.ts';
import { built } from './built.ts';
import { ZoneGovernance } from './airlock/zone-governance.ts';
import { clamdScanner, type Scanner } from './airlock/scan/scanner.ts';
import type { ZoneFreezes } from './freezes.ts';
import { readIfThere, writeWhole } from './store/durable.ts';
import { Mirrors } from './store/mirror.ts';
import { disclosureFloors, governanceSigners, mustScan, reviewFloors } from './zone-floors.ts';
import { clientOf, type ZoneAirlock, type ZoneFile } from './zone-file.ts';

export interface AirlockZone extends ZoneFile {
  airlock: ZoneAirlock;
}

export function airlockZone(zone: ZoneFile): AirlockZone {
  if (zone.airlock) return { ...zone, airlock: zone.airlock };
  throw new Refused(
    refusal(
      'zone.no-airlock',
      'zone.yml has no section "airlock".',
      'Write it as docs/install/ says: id, key_file, state_dir, app and content.',
    ),
  );
}

/** A folder of this process only, whatever the umask was. */
export function ownFolder(dir: string): string {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return dir;
}

/** `lost`, of whoever decides what leaves: one process at a time, and it stops when another has taken over. */
export async function airlockDatabase(
  { airlock }: AirlockZone,
  logger: Logger,
  lost?: () => void,
): Promise<OpenDatabase> {
  const options = {
    migrations: 'agent/airlock/migrations',
    logger,
    ...(lost && { alone: { refusal: databaseTaken(), lost } }),
  };
  const { database_url_file: file } = airlock;
  if (file === undefined) {
    return openDatabase({ ...options, dir: path.join(airlock.state_dir, 'database') });
  }
  try {
    return await openDatabase({ ...options, url: readSecret(file).trim() });
  } catch (cause) {
    if (cause instanceof Refused || existsSync(file)) throw cause;
    throw new Refused(
      refusal(
        'airlock.database-url',
        `${file} cannot be read.`,
        'Write the address of the database into it.',
      ),
      { cause },
    );
  }
}

export const databaseTaken = (): Refusal =>
  refusal(
    'airlock.database-taken',
    'Another airlock works on this database.',
    'Stop it first: the database is free the moment it has ended. Or give this one a database of its own.',
  );

/** Made once and kept: digests that were given out must mean the same tomorrow. */
export function zoneKeyIn(dir: string): string {
  const file = path.join(dir, 'zone.key');
  const known = readIfThere(file);
  if (known !== undefined) return known.trim();
  const made = randomBytes(32).toString('hex');
  writeWhole(file, `${made}\n`, { mode: 0o600 });
  return made;
}

interface Way {
  authorization(): Promise<string>;
  url(owner: string, name: string): string;
  caFile?: string;
  client?: ClientCertificate | undefined;
}

function proxyWay(zone: AirlockZone, key: KeyPair, clock: Clock): Way {
  return {
    url: (owner, name) => `${zone.proxy.url}/${owner}/${name}`,
    async authorization() {
      const token = await signGitToken({
        agent: zone.airlock.id,
        backend: zone.backend,
        audience: zone.proxy.url,
        key: key.privateKey,
        clock,
        ids: randomIds,
      });
      return `Bearer ${token}`;
    },
    ...(zone.proxy.ca_file ? { caFile: zone.proxy.ca_file } : {}),
    client: clientOf(zone),
  };
}

/** The proxy refuses when a name stands for another repository than this. */
const standsFor = (repository: number): Record<string, string> => ({
  'sallyport-repository-id': String(repository),
});

export async function airlockGovernance(
  zone: AirlockZone,
  key: KeyPair,
  clock: Clock,
  logger: Logger,
  note?: ConstructorParameters<typeof ZoneGovernance>[3],
): Promise<ZoneGovernance> {
  const way = proxyWay(zone, key, clock);
  const { owner, name, branch, commit, repository } = zone.governance;
  const mirror = await openGovernanceMirror({
    dir: path.join(zone.airlock.state_dir, 'governance.git'),
    remote: way.url(owner, name),
    branch,
    pinned: commit,
    auth: () => way.authorization(),
    headers: standsFor(repository),
    caFile: way.caFile,
    client: way.client,
    ...governanceSigners(zone, clock),
    logger,
  });
  return new ZoneGovernance(mirror, seconds(zone.governance.max_age_seconds), clock, note);
}

export function airlockMirrors(zone: AirlockZone, key: KeyPair, clock: Clock): Mirrors {
  const way = proxyWay(zone, key, clock);
  return new Mirrors(
    path.join(ownFolder(path.join(zone.airlock.state_dir, 'mirrors'))),
    async ({ dir, owner, name, id, refspecs, prune, signal }) =>
      gitFetch({
        dir,
        url: way.url(owner, name),
        refspecs,
        prune,
        signal,
        authorization: await way.authorization(),
        ...(id === undefined ? {} : { headers: standsFor(id) }),
        caFile: way.caFile,
        client: way.client,
      }),
    clock,
  );
}

export function rulesFrom(
  zone: AirlockZone,
  governance: Governance,
  at: number,
  freezes: Pick<ZoneFreezes, 'over'>,
): Rules {
  return {
    governance,
    release: reviewPolicy(governance, reviewFloors(zone)),
    disclosure: disclosurePolicy(governance, disclosureFloors(zone)),
    calendar: governance.policies.calendar,
    away: offDuty(governance, at),
    frozen: (project) => freezes.over(project),
    mustScan: mustScan(zone, governance),
    archived: (workspace) => isArchived(governance, workspace),
  };
}

/** Keys with which an agent of this backend may have signed a manifest, those of yesterday included while they are listed. */
export function manifestKeys(governance: Governance | undefined, backend: string) {
  const listed = governance && backendById(governance, backend)?.keys.agent;
  return (listed ?? []).flatMap(({ key }) => {
    const parsed = parsePublicKey(key);
    return isRefusal(parsed) ? [] : [parsed];
  });
}

export function airlockClient(
  zone: AirlockZone,
  key: KeyPair,
  clock: Clock,
  epoch: () => Promise<number>,
): AirlockClient {
  const hubKeys = [zone.hub.key, zone.hub.next_key].flatMap((text) => {
    const parsed = text === undefined ? undefined : parsePublicKey(text);
    return parsed === undefined || isRefusal(parsed) ? [] : [parsed];
  });
  return new AirlockClient({
    hub: zone.hub.url,
    airlock: zone.airlock.id,
    backend: zone.backend,
    key: key.privateKey,
    hubKeys,
    epoch,
    clock,
    ids: randomIds,
    // The link's loops try again themselves, later and later.
    tries: 1,
  });
}

/** The deployment's engine, if zone.yml names one. */
export function airlockScanner({ airlock: { scanner } }: AirlockZone): Scanner | undefined {
  if (!scanner) return undefined;
  const { socket, host = '127.0.0.1', port = 0, timeout_seconds: timeout } = scanner;
  return clamdScanner(socket === undefined ? { host, port } : { path: socket }, {
    timeoutMs: seconds(timeout),
  });
}

/** Whether files are scanned, and whether the engine answers: said at every start. */
export async function tellOfScanner(
  scanner: Scanner | undefined,
  required: boolean,
  logger: Logger,
): Promise<void> {
  if (!scanner) {
    const said = required
      ? 'Governance requires a malware scan and zone.yml names no engine: nothing can be submitted'
      : 'Files are not scanned for malware: zone.yml names no engine (airlock.scanner)';
    logger.warn({ code: 'airlock.scanner-none' }, said);
    return;
  }
  const engine = await scanner.version();
  if (engine === undefined)
    logger.error(
      { code: 'airlock.scanner-away' },
      'The malware scanner does not answer: nothing can be submitted until it does',
    );
  else logger.info({ engine }, 'Files are scanned for malware');
}

/** In a thread of their own; run from sources there is none, and they are done here. */
export function airlockChecks(logger: Logger): CheckRunner {
  const script = built('airlock-checks.js');
  if (script) return threadedChecks({ script });
  logger.warn(
    { code: 'airlock.checks-inline' },
    'The automatic checks run without a thread of their own: build the program',
  );
  return inlineChecks();
}

/** Without the built program big manifests are read here, and pages wait for that. */
export function airlockManifests(): ManifestReader {
  const script = built('airlock-manifests.js');
  return script ? threadedReader(script) : inlineReader();
}
