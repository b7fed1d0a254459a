/**
 * The whole of Westmere on one machine: GitHub's stand-in, the database, hub, proxy and two agents, each a
 * process of its own with its own folder and key, started as an operator starts it.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Person } from './as-person.ts';
import { Children } from './children.ts';
import { removeJobs, runningJobsOf } from './cleanup.ts';
import {
  SANDBOX_LIMITS,
  writeHubFile,
  writeProxyFile,
  writeStewardFile,
  writeYaml,
  writeZoneFile,
  type Addresses,
  type Root,
  type Viewer,
} from './configuration.ts';
import { startDatabase, type ZoneDatabase } from './database/database.ts';
import { PUPILS } from './database/warehouse.ts';
import {
  DUMMY_BACKEND,
  GOVERNANCE_REPO,
  governanceFiles,
  ORG,
  REAL_BACKEND,
  type DemoAgent,
} from './governance-files.ts';
import type { Places } from './in-viewer.ts';
import { demoImages, forgetImages, type DemoImage } from './images.ts';
import type { Engine } from './machine.ts';
import { freePorts } from './ports.ts';
import { program } from './places.ts';
import { startRegistry, type Registry } from './registry.ts';
import type { Screen } from './screen.ts';
import { APP, demoSeed, STEWARD } from './seed.ts';
import { Keys } from './world-keys.ts';
import type { Beside, Role, WorldOptions } from './world-options.ts';

const SEED = 2026;

export class World {
  readonly root: string;
  readonly children: Children;
  readonly engine: Engine;
  readonly #keys: Keys;
  readonly #screen: Screen;
  readonly #options: WorldOptions;
  readonly #agents: { zone: DemoAgent; dummy: DemoAgent; beside: (DemoAgent & { role: Beside })[] };
  readonly #airlock: DemoAgent;
  #viewer: Viewer = { app: '', content: '' };
  #addresses: Addresses = { github: '', hub: '', proxy: '' };
  #tokens: Record<string, string> = {};
  #control = '';
  #clientId = '';
  #registry: Registry | undefined;
  #images: DemoImage[] = [];
  #database: ZoneDatabase | undefined;

  constructor(options: WorldOptions) {
    this.root = options.root;
    this.engine = options.engine;
    this.#screen = options.screen;
    this.#options = options;
    // The database's own user must be able to pass through; it cannot look.
    mkdirSync(this.root, { recursive: true });
    chmodSync(this.root, 0o711);
    this.#keys = new Keys((role) => this.folder(role));
    this.children = new Children(path.join(this.root, 'logs'));
    const run = randomBytes(3).toString('hex');
    this.#agents = {
      zone: { id: `${REAL_BACKEND}-${run}`, key: this.#keys.make('zone') },
      dummy: { id: `${DUMMY_BACKEND}-${run}`, key: this.#keys.make('outside') },
      beside: Array.from({ length: options.beside ?? 0 }, (_, at) => {
        const role: Beside = `zone-${at + 2}`;
        return { role, id: `${REAL_BACKEND}-${run}-${at + 2}`, key: this.#keys.make(role) };
      }),
    };
    this.#airlock = { id: `airlock-${run}`, key: this.#keys.make('airlock') };
  }

  get addresses(): Addresses {
    return this.#addresses;
  }

  get database(): ZoneDatabase {
    if (!this.#database) throw new Error('the database has not been started');
    return this.#database;
  }

  /** State folder of the agent next to the data. */
  get zoneState(): string {
    return path.join(this.folder('zone'), 'state');
  }

  /** Where the viewer is opened. */
  get viewer(): string {
    return this.#viewer.app;
  }

  folder(role: Role): string {
    return path.join(this.root, role);
  }

  person(login: string): Person {
    return new Person(`${this.#addresses.github}/api/v3`, this.token(login));
  }

  people<K extends string>(...logins: readonly K[]): Record<K, Person> {
    return Object.fromEntries(logins.map((login) => [login, this.person(login)])) as Record<K, Person>;
  }

  /** Where people's browsers go. */
  get places(): Places {
    const { hub, github } = this.#addresses;
    return { hub, github, viewer: this.#viewer.app, app: APP.slug, control: this.#control };
  }

  token(login: string): string {
    const token = this.#tokens[login];
    if (!token) throw new Error(`nobody is called ${login}`);
    return token;
  }

  runningJobs(): Promise<string[]> {
    return runningJobsOf(this.engine, this.#agents.zone.id, this.zoneState);
  }

  async start(): Promise<void> {
    const [hubPort, proxyPort, databasePort, pagesPort, appPort, contentPort] = await freePorts(6);
    this.#viewer = { app: `http://localhost:${appPort}`, content: `http://127.0.0.1:${contentPort}` };
    const hubKey = this.#keys.make('hub');
    const appKeyFile = this.#keys.app('hub');
    const stewardKey = this.#keys.make('steward');
    const stewardKeyFile = this.#keys.app('steward');
    const webhook = this.#keys.hubSecret('webhook-secret');
    const client = this.#keys.hubSecret('client-secret');
    const hub = `http://127.0.0.1:${hubPort}`;
    const proxy = `http://127.0.0.1:${proxyPort}`;

    await Promise.all([this.#makeImages(), this.#fillDatabase(databasePort ?? 0)]);
    const governance = governanceFiles({
      at: this.#options.at,
      appId: APP.id,
      baseUrl: hub,
      agents: this.#agents,
      airlock: { ...this.#airlock, viewer: this.#viewer.app },
      images: this.#images,
    });
    const seed = demoSeed({
      governance,
      appKeyFile,
      stewardKeyFile,
      webhook: { url: `${hub}/webhooks`, secret: webhook.text },
      signIn: { callback: `${hub}/login/callback`, clientSecret: client.text },
    });
    await this.#startSandbox(seed, this.#options.port ?? pagesPort ?? 0);
    this.#addresses = { ...this.#addresses, hub, proxy };

    const root = { commit: await this.#governanceCommit() };
    const given = { addresses: this.#addresses, root, appId: APP.id };
    const { watch = {} } = this.#options;
    const hubFile = writeHubFile(this.folder('hub'), {
      ...given,
      appKeyFile,
      webhookSecretFile: webhook.file,
      clientId: this.#clientId,
      clientSecretFile: client.file,
      keyFile: this.#keys.file('hub'),
      logKeyFile: this.#keys.ofLog(),
      stewardKey,
      watch: watch.hub,
    });
    const proxyFile = writeProxyFile(this.folder('proxy'), {
      ...given,
      appKeyFile: this.#keys.copied(appKeyFile, 'proxy'),
      hubKey,
      watch: watch.proxy,
    });
    await this.#screen.step('the hub and the proxy', () =>
      Promise.all([
        this.#role('hub', ['hub', '--config', hubFile], /"listening"/, this.#hubEnvironment()),
        this.#role('proxy', ['proxy', '--config', proxyFile], /proxy listening/),
      ]),
    );
    if (!this.#options.runsOnly) await this.#startSteward(given, stewardKeyFile);
    await this.#screen.step('two agents: one next to the data, one for dummy data', () =>
      Promise.all(
        (['zone', 'outside', ...this.#agents.beside.map(({ role }) => role)] as const).map((role) =>
          this.#agent(role, root.commit, hubKey),
        ),
      ),
    );
    if (this.#options.runsOnly) return;
    await this.#screen.step('the airlock, next to the data too', () =>
      this.#startAirlock(root.commit, hubKey),
    );
  }

  async #startSteward(
    given: { addresses: Addresses; root: Root; appId: number },
    appKeyFile: string,
  ): Promise<void> {
    const stewardFile = writeStewardFile(this.folder('steward'), {
      ...given,
      appId: STEWARD.id,
      appKeyFile,
      keyFile: this.#keys.file('steward'),
      watch: this.#options.watch?.steward,
    });
    await this.#screen.step('the steward, who alone may publish, and makes the repository for reviews', () =>
      this.#role('steward', ['steward', '--config', stewardFile], /steward\.reviews-kept/),
    );
  }

  /** Everything that was started or made, taken back; one thing that cannot be does not keep the others. */
  async stop(): Promise<void> {
    await this.children.stopAll();
    const { engine } = this;
    const works = [
      () => removeJobs(engine, this.#agents.zone.id, this.zoneState),
      () => removeJobs(engine, this.#agents.dummy.id, path.join(this.folder('outside'), 'state')),
      ...this.#agents.beside.map(
        ({ id, role }) =>
          () =>
            removeJobs(engine, id, path.join(this.folder(role), 'state')),
      ),
      () => this.#forgetImages(),
      () => this.#registry?.close(),
      () => this.#database?.close(),
    ];
    const done = await Promise.allSettled(works.map(async (work) => work()));
    for (const one of done) if (one.status === 'rejected') this.#screen.warn(String(one.reason));
  }

  async #forgetImages(): Promise<void> {
    if (this.engine.kind === 'process' || !this.#registry) return;
    await forgetImages(this.engine.docker, this.#registry.host, this.#images);
  }

  async #makeImages(): Promise<void> {
    const { engine } = this;
    const { registryDir = path.join(this.root, 'registry') } = this.#options;
    if (engine.kind === 'docker') this.#registry = await startRegistry(registryDir);
    const host = this.#registry?.host;
    this.#images = await this.#screen.step(
      host ? "two images, made from this machine's Node" : 'two programs in place of images',
      () => demoImages(engine, host),
    );
  }

  async #fillDatabase(port: number): Promise<void> {
    const folder = this.folder('database');
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    const { server, pupils = PUPILS } = this.#options;
    const { children } = this;
    this.#database = await this.#screen.step(
      `the database, with ${pupils.toLocaleString('en-GB')} invented pupils`,
      () => startDatabase({ folder, seed: SEED, pupils, children, port, server }),
    );
  }

  async #startSandbox(seed: ReturnType<typeof demoSeed>, port: number): Promise<void> {
    const folder = this.folder('github');
    const file = writeYaml(folder, 'seed.yml', 'The organisation before anything happens.', seed);
    const data = path.join(folder, 'state');
    await this.#screen.step('a stand-in for GitHub', () =>
      this.#role(
        'github',
        [
          'sandbox',
          '--data',
          data,
          '--seed',
          file,
          '--port',
          String(port),
          '--limits',
          JSON.stringify(SANDBOX_LIMITS),
        ],
        /"url"/,
      ),
    );
    const known = JSON.parse(readFileSync(path.join(data, 'credentials.json'), 'utf8')) as {
      url: string;
      tokens: Record<string, string>;
      controlToken: string;
      apps: Record<string, { clientId: string }>;
    };
    this.#addresses.github = known.url;
    this.#tokens = known.tokens;
    this.#control = known.controlToken;
    this.#clientId = known.apps[APP.slug]?.clientId ?? '';
  }

  /** What an operator reads in a clone before trusting it. */
  async #governanceCommit(): Promise<string> {
    return this.person('gale').head(`${ORG.login}/${GOVERNANCE_REPO.name}`, 'main');
  }

  /** Of the hub, where it has one of its own. */
  get hubDatabase(): string | undefined {
    return this.#options.hubDatabase;
  }

  #hubEnvironment(): Record<string, string> {
    const { hubDatabase } = this.#options;
    return hubDatabase ? { DATABASE_URL: hubDatabase } : {};
  }

  #role(
    role: Role,
    args: string[],
    ready: RegExp,
    environment: Record<string, string> = {},
  ): Promise<unknown> {
    return this.children.start({
      name: role,
      file: process.execPath,
      args: [program, ...args],
      cwd: this.folder(role),
      environment,
      ready,
    });
  }

  /** As its operator has it: the same facts about the zone, a key and a folder of its own. */
  #startAirlock(commit: string, hubKey: string): Promise<unknown> {
    const file = writeZoneFile(this.folder('airlock'), {
      addresses: this.#addresses,
      root: { commit },
      hubKey,
      agent: { id: this.#agents.zone.id, keyFile: this.#keys.file('zone'), stateDir: this.zoneState },
      airlock: { id: this.#airlock.id, keyFile: this.#keys.file('airlock'), viewer: this.#viewer },
      backend: REAL_BACKEND,
      data: 'real',
      executor: 'docker',
      watch: this.#options.watch?.airlock,
    });
    return this.#role('airlock', ['airlock', '--zone', file], /airlock is ready/);
  }

  #agent(role: 'zone' | 'outside' | Beside, commit: string, hubKey: string): Promise<unknown> {
    const zone = role !== 'outside';
    const beside = this.#agents.beside.find((each) => each.role === role);
    const { id } = beside ?? (zone ? this.#agents.zone : this.#agents.dummy);
    const { engine } = this;
    const file = writeZoneFile(this.folder(role), {
      addresses: this.#addresses,
      root: { commit },
      hubKey,
      agent: { id, keyFile: this.#keys.file(role) },
      backend: zone ? REAL_BACKEND : DUMMY_BACKEND,
      data: zone ? 'real' : 'dummy',
      executor: engine.kind,
      ...(this.#registry ? { registry: this.#registry.host } : {}),
      ...(engine.kind === 'process'
        ? { commands: Object.fromEntries(this.#images.map(({ name, words }) => [name, words])) }
        : {}),
      ...(zone ? { database: this.database } : {}),
      watch: role === 'zone' || role === 'outside' ? this.#options.watch?.[role] : undefined,
    });
    return this.#role(role, ['agent', '--zone', file], /is ready for backend/);
  }
}
