/**
 * Westmere on three hosts: each process started from its settings file by the command an operator types, on its host,
 * behind that host's firewall, as its own user.
 */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import * as undici from 'undici';
import { Person } from '../../../src/sandbox/demo/as-person.ts';
import { Children } from '../../../src/sandbox/demo/children.ts';
import { GOVERNANCE_REPO, governanceFiles, ORG } from '../../../src/sandbox/demo/governance-files.ts';
import { program } from '../../../src/sandbox/demo/places.ts';
import { freePorts } from '../../../src/sandbox/demo/ports.ts';
import { APP, demoSeed } from '../../../src/sandbox/demo/seed.ts';
import { NAMESPACE } from '../../../src/sandbox/demo/images.ts';
import { logOf, runsOf } from '../../../src/sandbox/demo/zone-folder.ts';
import { makeOwned, makeServers, makeWarehouseIn, WAREHOUSE, type Server } from './databases.ts';
import { dispatcherThrough, DOOR_SCRIPT } from './door.ts';
import { ZoneEngine } from './engine.ts';
import { Folders } from './folders.ts';
import { Network } from './network.ts';
import { OutsideRegistry } from './outside-registry.ts';
import { firewallOf, HOSTS, HOSTS_FILE, NAMES, RESOLVER, USERS, type Host } from './places.ts';
import * as settings from './settings.ts';
import { TRAP_SCRIPT, visitsIn, type Visit } from './trap.ts';

const REGISTRY_OUTSIDE = `proxy:
  domain: ${NAMES.proxy}
  registry: {upstream: ${NAMES.registry}, namespaces: [${NAMESPACE}]}
`;

export class Installation {
  readonly folders = new Folders();
  readonly children: Children;
  readonly network: Network<Host>;
  readonly zone: ZoneEngine;
  /** Where the zone's images come from, if they do. */
  readonly registry: OutsideRegistry | undefined;
  /** As it was before a story puts its people's git there. */
  readonly #path = process.env['PATH'] ?? '';
  #servers: { hub: Server; zone: Server } | undefined;
  #control = '';
  #tokens: Record<string, string> = {};

  /** `pulled`: the zone has no image of its own but pulls through the proxy, whose door asks for certificates. */
  constructor({ pulled = false } = {}) {
    this.children = new Children(this.folders.folder('logs'));
    this.network = new Network<Host>({ hosts: HOSTS, names: HOSTS_FILE, resolver: RESOLVER });
    this.network.standsForTheRest('internet');
    for (const host of ['zone', 'boundary', 'public'] as const) this.network.load(host, firewallOf(host));
    this.network.load('warehouse', firewallOf('database'));
    this.network.watch('zone');
    this.registry = pulled ? new OutsideRegistry(this.folders, this.network, this.children) : undefined;
    this.zone = new ZoneEngine(this.folders, this.network, this.children, this.registry);
  }

  get hubDatabase(): Server {
    if (!this.#servers) throw new Error('nothing was started');
    return this.#servers.hub;
  }

  get places() {
    return {
      hub: settings.origin('hub'),
      github: settings.origin('github'),
      viewer: settings.origin('viewer'),
      app: APP.slug,
      control: this.#control,
    };
  }

  token(login: string): string {
    return this.#tokens[login] ?? '';
  }

  person(login: string): Person {
    return new Person(`${settings.origin('github')}/api/v3`, this.token(login));
  }

  /** What people of the story do goes through their hosts, whether by `fetch` or by undici. */
  #useDoors(): void {
    const { dispatcher } = this;
    undici.setGlobalDispatcher(dispatcher);
    globalThis.fetch = ((input: string, init: undici.RequestInit) =>
      undici.fetch(input, { ...init, dispatcher })) as unknown as typeof globalThis.fetch;
  }

  /** Browsers: of people in the zone at the viewer, of everybody else outside. */
  get dispatcher(): undici.Dispatcher {
    const inside: readonly string[] = [NAMES.viewer, NAMES.content];
    const doorOf = (name: string): string => this.#door(inside.includes(name) ? 'desk' : 'researcher');
    return dispatcherThrough(doorOf, this.folders.authority.cert);
  }

  /** Who came to addresses that are no host of ours. */
  visits(): Visit[] {
    return visitsIn(this.folders.folder('visits'));
  }

  async start(): Promise<void> {
    const servers = (this.#servers = makeServers(this.folders.root));
    await Promise.all([
      this.zone.start().then(() => this.registry?.start()),
      this.#startServers(servers),
      ...(['researcher', 'desk', 'office', 'dummy'] as const).map((host) => this.#openDoor(host)),
      this.#script('internet', 'trap', TRAP_SCRIPT, [this.folders.folder('visits')]),
    ]);
    this.#useDoors();
    const keys = this.folders.keys();
    const webhook = this.folders.secret('hub', 'webhook.secret');
    const client = this.folders.secret('hub', 'client.secret');
    const governance = governanceFiles({
      at: Date.now(),
      appId: APP.id,
      baseUrl: settings.origin('hub'),
      agents: {
        zone: { id: this.folders.ids.zone, key: keys.agent },
        dummy: { id: this.folders.ids.dummy, key: keys.dummy },
      },
      airlock: { id: this.folders.ids.airlock, key: keys.airlock, viewer: settings.origin('viewer') },
      images: this.zone.images,
    });
    if (this.registry)
      governance.set('deployment.yml', `${governance.get('deployment.yml')}${REGISTRY_OUTSIDE}`);
    const clientId = await this.#startGitHub(
      demoSeed({
        governance,
        appKeyFile: this.folders.folder('hub', 'app.pem'),
        stewardKeyFile: this.folders.folder('steward', 'steward-app.pem'),
        webhook: { url: `${settings.origin('hub')}/webhooks`, secret: webhook },
        signIn: { callback: `${settings.origin('hub')}/login/callback`, clientSecret: client },
      }),
    );
    // As an operator reads it in a clone before trusting it.
    const commit = await this.person('gale').head(`${ORG.login}/${GOVERNANCE_REPO.name}`, 'main');
    const pulled = this.registry !== undefined;
    this.folders.writeSettings({ commit, clientId, registry: this.zone.registry, keys, pulled });
    await Promise.all([this.startHub(), this.startProxy()]);
    await Promise.all([this.startSteward(), this.startAgent(), this.startDummy(), this.startAirlock()]);
  }

  startHub(): Promise<unknown> {
    return this.#role(
      'public',
      'hub',
      ['hub', '--config', this.folders.folder('hub', 'hub.yml')],
      /"listening"/,
      USERS.hub,
    );
  }

  startProxy(): Promise<unknown> {
    const words = ['proxy', '--config', this.folders.folder('proxy', 'proxy.yml')];
    return this.#role('boundary', 'proxy', words, /proxy listening/, USERS.proxy);
  }

  startSteward(): Promise<unknown> {
    const words = ['steward', '--config', this.folders.folder('steward', 'steward-config.yml')];
    return this.#role('public', 'steward', words, /steward\.reviews-kept/, USERS.steward);
  }

  startAgent(): Promise<unknown> {
    const words = ['agent', '--zone', this.folders.folder('zone', 'zone.yml')];
    return this.#role('zone', 'agent', words, /is ready for backend/);
  }

  startDummy(): Promise<unknown> {
    return this.#role(
      'dummy',
      'dummy',
      ['agent', '--zone', this.folders.folder('dummy', 'zone.yml')],
      /is ready for backend/,
    );
  }

  startAirlock(): Promise<unknown> {
    const words = ['airlock', '--zone', this.folders.folder('zone', 'zone.yml')];
    return this.#role('zone', 'airlock', words, /airlock is ready/, USERS.airlock);
  }

  /** Everything that was started or made, taken back; one thing that cannot be does not keep the others. */
  async stop(): Promise<void> {
    const stop = [
      () => this.zone.removeJobs(),
      () => this.children.stopAll(),
      () => this.zone.close(),
      () => this.network.close(),
      () => rmSync(this.folders.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
    ];
    const faults: unknown[] = [];
    for (const work of stop)
      await Promise.resolve()
        .then(work)
        .catch((error: unknown) => faults.push(error));
    if (faults.length > 0) throw new AggregateError(faults, faults.map(String).join('\n'));
  }

  /** What every process said last, for the message of a failing test. */
  logs(): string {
    const ofJobs = ['extract', 'describe', 'model', 'report', 'quality', 'bootstrap'].flatMap((action) =>
      runsOf(this.folders.zoneState, action).map(
        (run) => `--- job ${action}\n${logOf(run, action).slice(-2000)}`,
      ),
    );
    const ofProcesses = this.children.names.map((name) => `--- ${name}\n${this.children.tail(name)}`);
    return [...ofProcesses, ...ofJobs].join('\n');
  }

  #door(host: Host): string {
    return this.folders.folder(`door-${host}`);
  }

  #openDoor(host: Host): Promise<unknown> {
    return this.#script(host, `door-${host}`, DOOR_SCRIPT, [this.#door(host)]);
  }

  #script(host: Host, name: string, script: string, words: string[]): Promise<unknown> {
    const [file, args] = this.network.on(host, process.execPath, '-e', script, ...words);
    return this.children.start({ name, file, args, cwd: this.folders.root, ready: /ready/ });
  }

  #role(host: Host, name: string, words: string[], ready: RegExp, user?: number): Promise<unknown> {
    const as = user === undefined ? [] : asUser(user);
    const [file, args] = this.network.on(host, ...as, process.execPath, program, ...words);
    return this.children.start({
      name,
      file,
      args,
      cwd: '/',
      environment: {
        NODE_EXTRA_CA_CERTS: this.folders.authorityFile,
        HOME: '/nonexistent',
        PATH: this.#path,
      },
      ready,
    });
  }

  async #startServers({ hub, zone }: { hub: Server; zone: Server }): Promise<void> {
    await Promise.all([
      hub.start(this.children, (...words) => this.network.on('public', ...words)),
      zone.start(this.children, (...words) => this.network.on('warehouse', ...words)),
    ]);
    await Promise.all([
      makeOwned(hub, 'hub'),
      makeOwned(zone, 'airlock').then(() => makeWarehouseIn(zone, WAREHOUSE)),
    ]);
  }

  async #startGitHub(seed: ReturnType<typeof demoSeed>): Promise<string> {
    const [port = 0] = await freePorts(1);
    const folder = this.folders.folder('github');
    const seedFile = settings.write(folder, 'seed.yml', seed);
    const words = [
      'sandbox',
      '--data',
      path.join(folder, 'state'),
      '--seed',
      seedFile,
      '--port',
      String(port),
    ];
    await this.#role(
      'internet',
      'github',
      [...words, '--origin', settings.origin('github'), '--limits', JSON.stringify(settings.SANDBOX_LIMITS)],
      /"url"/,
    );
    await Promise.all([
      this.#web('internet', 'github', (folder) => settings.tlsFor(folder, 'github', port)),
      this.#web('public', 'hub', settings.hubWeb),
    ]);
    const known = JSON.parse(readFileSync(path.join(folder, 'state/credentials.json'), 'utf8')) as {
      tokens: Record<string, string>;
      controlToken: string;
      apps: Record<string, { clientId: string }>;
    };
    this.#tokens = known.tokens;
    this.#control = known.controlToken;
    return known.apps[APP.slug]?.clientId ?? '';
  }

  async #web(host: Host, name: keyof typeof NAMES, conf: (folder: string) => string): Promise<void> {
    const folder = this.folders.folder(`web-${host}`);
    this.folders.certificate(`web-${host}`, 'tls', NAMES[name]);
    const file = settings.write(folder, 'nginx.conf', conf(folder));
    const [program, args] = this.network.on(host, 'nginx', '-e', 'stderr', '-c', file);
    await this.children.start({
      name: `web-${host}`,
      file: program,
      args,
      cwd: folder,
      ready: /start worker process /,
    });
  }
}

/** As systemd does it with `User=` and `AmbientCapabilities=CAP_NET_BIND_SERVICE`: all that port 443 needs, and nothing else of root's. */
function asUser(user: number): string[] {
  const ids = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--no-new-privs'];
  const caps = ['--inh-caps', '--ambient-caps'].map((which) => `${which}=-all,+net_bind_service`);
  return ['setpriv', ...ids, ...caps, '--bounding-set=-all,+net_bind_service'];
}
