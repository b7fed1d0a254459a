/** What lies on the hosts before anything starts: keys, certificates, secrets, settings files; each its user's alone. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newKeyPair, writePrivateKey } from '../../../src/lib/keys.ts';
import { DUMMY_BACKEND, REAL_BACKEND } from '../../../src/sandbox/demo/governance-files.ts';
import { APP, STEWARD } from '../../../src/sandbox/demo/seed.ts';
import { newAuthority } from './authority.ts';
import { PASSWORD, WAREHOUSE } from './databases.ts';
import { NAMES, USERS } from './places.ts';
import * as settings from './settings.ts';

/** Lines as `sallyport keygen` prints them. */
export type PublicKeys = Record<'hub' | 'steward' | 'agent' | 'airlock' | 'dummy', string>;

const named = (role: string): string => `${role}-${randomBytes(3).toString('hex')}`;

export class Folders {
  readonly root = mkdtempSync(path.join(realpathSync(tmpdir()), 'sallyport-hosts-'));
  readonly authority = newAuthority();
  /** Of those whom the proxy answers; it signs nothing else. */
  readonly clients = newAuthority();
  /** Of the two agents and the airlock. */
  readonly ids = { zone: named(REAL_BACKEND), dummy: named(DUMMY_BACKEND), airlock: named('airlock') };

  constructor() {
    // Every process has a user of its own, who must be able to pass through.
    chmodSync(this.root, 0o711);
    writeFileSync(this.authorityFile, this.authority.cert, { mode: 0o644 });
  }

  get authorityFile(): string {
    return path.join(this.root, 'authority.pem');
  }

  folder(...name: string[]): string {
    return path.join(this.root, ...name);
  }

  /** State folder of the agent next to the data. */
  get zoneState(): string {
    return this.folder('agent');
  }

  /** Of the engine in the zone. */
  get socket(): string {
    return this.folder('engine', 'docker.sock');
  }

  keys(): PublicKeys {
    const places = {
      hub: ['hub', 'hub.key'],
      steward: ['steward', 'steward.key'],
      agent: ['zone', 'agent.key'],
      airlock: ['zone', 'airlock.key'],
      dummy: ['dummy', 'agent.key'],
      log: ['hub', 'log.key'],
    } as const;
    const made = Object.entries(places).map(([name, [folder, file]]) => {
      mkdirSync(this.folder(folder), { recursive: true, mode: 0o711 });
      const pair = newKeyPair();
      writePrivateKey(this.folder(folder, file), pair);
      return [name, pair.publicText];
    });
    for (const [folder, name] of [
      ['hub', 'app.pem'],
      ['steward', 'steward-app.pem'],
    ] as const) {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      settings.write(
        this.folder(folder),
        name,
        privateKey.export({ type: 'pkcs1', format: 'pem' }) as string,
      );
    }
    return Object.fromEntries(made) as PublicKeys;
  }

  secret(folder: string, name: string): string {
    const text = randomBytes(24).toString('hex');
    settings.write(this.folder(folder), name, text);
    return text;
  }

  certificate(folder: string, name: string, ...hosts: string[]): void {
    const { cert, key } = this.authority.issue(...hosts);
    settings.write(this.folder(folder), `${name}.pem`, cert, 0o644);
    settings.write(
      this.folder(folder),
      name === 'tls' || name === 'egress' ? `${name}.key` : `${name}-tls.key`,
      key,
    );
  }

  /** What the engine in the zone knows of registries, as below /etc/docker/certs.d. */
  get trusted(): string {
    return this.folder('engine', 'certs.d');
  }

  /** A certificate that the proxy's door asks for. */
  client(cert: string, key: string): void {
    const made = this.clients.issue('client.zone.example');
    settings.write(path.dirname(cert), path.basename(cert), made.cert, 0o644);
    settings.write(path.dirname(key), path.basename(key), made.key);
  }

  writeSettings(given: {
    commit: string;
    clientId: string;
    registry: string;
    keys: PublicKeys;
    pulled: boolean;
  }): void {
    const { commit, registry, keys, pulled } = given;
    const owned = (folder: string, user: number): string => settings.ownedBy(this.folder(folder), user);
    settings.write(
      this.folder('hub'),
      'hub.yml',
      settings.hubSettings({ commit, appId: APP.id, clientId: given.clientId, stewardKey: keys.steward }),
    );
    settings.write(this.folder('hub'), 'database.url', `postgres://hub:${PASSWORD}@127.0.0.1/hub`);
    settings.write(
      this.folder('proxy'),
      'proxy.yml',
      settings.proxySettings({
        ...{ commit, appId: APP.id, hubKey: keys.hub },
        ...(pulled ? { pulled: { registryCa: this.authorityFile } } : {}),
      }),
    );
    settings.write(this.folder('proxy'), 'zone-ca.pem', this.clients.cert);
    settings.write(this.folder('proxy'), 'app.pem', readFileSync(this.folder('hub', 'app.pem'), 'utf8'));
    this.certificate('proxy', 'egress', NAMES.proxy);
    settings.write(
      this.folder('steward'),
      'steward-config.yml',
      settings.stewardSettings({ commit, appId: STEWARD.id }),
    );
    owned('hub', USERS.hub);
    owned('proxy', USERS.proxy);
    owned('steward', USERS.steward);

    const zone = { commit, hubKey: keys.hub, authorityFile: this.authorityFile, registry, pulled };
    settings.write(
      this.folder('dummy'),
      'zone.yml',
      settings.dummySettings({ ...zone, agent: this.ids.dummy, backend: DUMMY_BACKEND }),
    );
    for (const host of ['dummy', 'zone'])
      this.client(this.folder(host, 'client.pem'), this.folder(host, 'client.key'));
    this.#zoneHost({ ...zone, agent: this.ids.zone, backend: REAL_BACKEND });
    const proxy = path.join(this.trusted, NAMES.proxy);
    settings.write(proxy, 'ca.crt', this.authority.cert, 0o644);
    this.client(path.join(proxy, 'client.cert'), path.join(proxy, 'client.key'));
  }

  /** As docs/install/airlock.md has its users and groups. */
  #zoneHost(zone: settings.ZoneGiven): void {
    const folder = this.folder('zone');
    settings.write(
      folder,
      'zone.yml',
      settings.zoneSettings({
        ...zone,
        airlock: this.ids.airlock,
        socket: this.socket,
        database: WAREHOUSE,
      }),
      0o644,
    );
    settings.write(folder, 'database.password', PASSWORD);
    const url = `postgres://airlock:${PASSWORD}@${NAMES.warehouse}/airlock`;
    settings.write(folder, 'airlock-database.url', url);
    this.certificate('zone', 'viewer', NAMES.viewer);
    this.certificate('zone', 'content', NAMES.content);
    const ofAirlock = [
      'airlock-database.url',
      'airlock.key',
      'viewer-tls.key',
      'content-tls.key',
      'client.key',
    ];
    for (const name of ofAirlock) chownSync(path.join(folder, name), USERS.airlock, USERS.airlock);
    mkdirSync(this.folder('airlock'), { mode: 0o700 });
    chownSync(this.folder('airlock'), USERS.airlock, USERS.airlock);
    for (const own of [this.zoneState, path.join(this.zoneState, 'workspaces')]) {
      mkdirSync(own, { mode: 0o750 });
      chownSync(own, 0, USERS.airlock);
    }
  }
}
