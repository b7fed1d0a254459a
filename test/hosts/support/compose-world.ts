/** Public, boundary and zone host, each with its engine and its folders; GitHub's stand-in and people outside; images that were carried in. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import * as undici from 'undici';
import { Person } from '../../../src/sandbox/demo/as-person.ts';
import { Children } from '../../../src/sandbox/demo/children.ts';
import { demoImages, forgetImages, type DemoImage } from '../../../src/sandbox/demo/images.ts';
import { program } from '../../../src/sandbox/demo/places.ts';
import { freePorts } from '../../../src/sandbox/demo/ports.ts';
import { startRegistry, type Registry } from '../../../src/sandbox/demo/registry.ts';
import { newAuthority } from './authority.ts';
import { ComposeHost } from './compose-host.ts';
import { postgresImage, webImage } from './compose-images.ts';
import { dispatcherThrough, DOOR_SCRIPT, HATCH_SCRIPT } from './door.ts';
import { Network, type Said } from './network.ts';
import { HOSTS, HOSTS_FILE, NAMES, RESOLVER, type Host } from './places.ts';
import { bareImage, nodeAndGit, roleImage } from './role-image.ts';
import * as settings from './settings.ts';

export const PLACES = ['public', 'boundary', 'zone'] as const;
export type Place = (typeof PLACES)[number];
const REGISTRY = path.join(tmpdir(), 'sallyport-test-registry');
const AUTHORITY = '/etc/ssl/certs/ca-certificates.crt';

export class ComposeWorld {
  readonly root = mkdtempSync(path.join(realpathSync(tmpdir()), 'sallyport-compose-'));
  readonly authority = newAuthority();
  readonly children: Children;
  readonly network: Network<Host>;
  readonly hosts: Readonly<Record<Place, ComposeHost>>;
  readonly #docker = new Docker();
  readonly #made: string[] = [];
  #registry: Registry | undefined;
  #hatch: Server | undefined;
  #jobs: DemoImage[] = [];
  #tokens: Record<string, string> = {};

  constructor() {
    mkdirSync(this.at('logs'));
    writeFileSync(this.at('authority.pem'), this.authority.cert);
    this.children = new Children(this.at('logs'));
    this.network = new Network<Host>({ hosts: HOSTS, names: HOSTS_FILE, resolver: RESOLVER });
    this.network.standsForTheRest('internet');
    const host = (name: Place): ComposeHost =>
      new ComposeHost(name, this.root, this.network.space(name), this.children);
    this.hosts = { public: host('public'), boundary: host('boundary'), zone: host('zone') };
  }

  at(...names: string[]): string {
    return path.join(this.root, ...names);
  }

  get github(): string {
    return settings.origin('github');
  }
  /** What actions run in. */
  get jobImage(): DemoImage {
    return this.#jobs.find(({ name }) => name === 'node')!;
  }
  /** In the zone. */
  get registry(): string {
    return this.#registry?.host ?? '';
  }
  /** As the compose files are told them. */
  image(name: 'base' | 'role' | 'postgres' | 'web'): string {
    return `sallyport-compose-${name}:${process.pid}`;
  }
  token(login: string): string {
    return this.#tokens[login] ?? '';
  }
  person(login: string): Person {
    return new Person(`${this.github}/api/v3`, this.token(login));
  }

  async start(seed: unknown): Promise<void> {
    await Promise.all([
      this.#startGitHub(seed),
      this.#openDoor(),
      ...PLACES.map((each) => this.hosts[each].boot()),
    ]);
    await this.#openRegistry();
    this.#makeImages();
    await this.#carryIn('public', 'role', 'postgres', 'web');
    await this.#carryIn('boundary', 'role');
    await this.#carryIn('zone', 'role', 'postgres');
    const { image, digest } = this.jobImage;
    this.#must(await this.hosts.zone.docker('pull', '-q', `${this.registry}/${image}@${digest}`));
  }

  /** `sallyport setup` on that host. A refusal is an answer. */
  async setup(place: Place, role: string, answers?: object, ...more: string[]): Promise<Said> {
    const file = this.at(`${role}.yml`);
    if (answers) settings.write(this.root, `${role}.yml`, answers);
    const words = [
      'setup',
      role,
      '--dir',
      '/etc/sallyport',
      '--yes',
      ...(answers ? ['--config', file] : []),
      ...more,
    ];
    return this.sallyport(place, ...words);
  }

  sallyport(place: Place, ...words: string[]): Promise<Said> {
    return this.hosts[place].run([process.execPath, program, ...words], {
      SALLYPORT_BUILT: '1',
      NO_COLOR: '1',
      NODE_EXTRA_CA_CERTS: this.at('authority.pem'),
    });
  }

  /** By hand, as a person does it with a stick. */
  carry(from: Place, to: Place, ...names: string[]): void {
    for (const name of names)
      execFileSync('cp', ['-p', this.hosts[from].etc(name), this.hosts[to].etc(name)]);
  }

  certify(place: Place, name: string, file: string): void {
    const { cert, key } = this.authority.issue(name);
    this.hosts[place].write(`${file}.pem`, cert);
    this.hosts[place].write(`${file}.key`, key, 0o600);
  }

  async stop(): Promise<void> {
    const faults: unknown[] = [];
    for (const work of [
      () => this.children.stopAll(),
      () => PLACES.forEach((place) => this.hosts[place].clear()),
      async () => {
        if (this.#registry) await forgetImages(this.#docker, this.#registry.host, this.#jobs);
        await this.#registry?.close();
        this.#hatch?.close();
      },
      () => this.#made.forEach((tag) => execFileSync('docker', ['rmi', '--force', tag], { stdio: 'ignore' })),
      () => this.network.close(),
      () => rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
    ])
      await Promise.resolve()
        .then(work)
        .catch((error: unknown) => faults.push(error));
    if (faults.length > 0) throw new AggregateError(faults, faults.map(String).join('\n'));
  }

  #must({ code, said }: Said): void {
    if (code !== 0) throw new Error(said);
  }

  /** The base knows the test's authority, as a site's own base knows its own. */
  #makeImages(): void {
    const own = {
      files: { [AUTHORITY]: this.authority.cert },
      changes: [`ENV NODE_EXTRA_CA_CERTS=${AUTHORITY}`],
    };
    const make = (
      name: 'base' | 'postgres' | 'web',
      of: Omit<Parameters<typeof bareImage>[0], 'folder' | 'tag'>,
    ) => {
      this.#made.push(this.image(name));
      return bareImage({ ...of, folder: this.at('bare', name), tag: this.image(name) });
    };
    const base = make('base', nodeAndGit(own));
    make('postgres', postgresImage());
    make('web', webImage());
    this.#made.unshift(this.image('role'));
    roleImage(this.image('role'), base, this.at('context'));
  }

  async #carryIn(place: Place, ...names: ('role' | 'postgres' | 'web')[]): Promise<void> {
    const images = names.map((name) => this.image(name)).join(' ');
    const into = `docker --host unix://${this.hosts[place].socket} load`;
    execFileSync('sh', ['-c', `docker save ${images} | ${into}`], { stdio: 'ignore' });
  }

  async #startGitHub(seed: unknown): Promise<void> {
    const [port = 0] = await freePorts(1);
    const folder = this.at('github');
    const file = settings.write(folder, 'seed.yml', seed);
    const words = ['sandbox', '--data', path.join(folder, 'state'), '--seed', file, '--port', String(port)];
    const [node, args] = this.network.on('internet', process.execPath, program, ...words);
    await this.children.start({
      name: 'github',
      file: node,
      args: [...args, '--origin', this.github, '--limits', JSON.stringify(settings.SANDBOX_LIMITS)],
      cwd: '/',
      environment: { NODE_EXTRA_CA_CERTS: this.at('authority.pem'), HOME: '/nonexistent' },
      ready: /"url"/,
    });
    const { cert, key } = this.authority.issue(NAMES.github);
    settings.write(folder, 'tls.pem', cert);
    settings.write(folder, 'tls.key', key);
    const conf = settings.write(folder, 'nginx.conf', settings.tlsFor(folder, 'github', port));
    const [nginx, of] = this.network.on('internet', 'nginx', '-e', 'stderr', '-c', conf);
    await this.children.start({
      name: 'github-tls',
      file: nginx,
      args: of,
      cwd: folder,
      ready: /start worker process /,
    });
    const known = JSON.parse(readFileSync(path.join(folder, 'state/credentials.json'), 'utf8')) as {
      tokens: Record<string, string>;
    };
    this.#tokens = known.tokens;
  }

  /** People sit outside: whatever this process asks by name is asked from there. */
  async #openDoor(): Promise<void> {
    const door = this.at('door');
    const [file, args] = this.network.on('researcher', process.execPath, '-e', DOOR_SCRIPT, door);
    await this.children.start({ name: 'door', file, args, cwd: this.root, ready: /ready/ });
    const dispatcher = dispatcherThrough(() => door, this.authority.cert);
    undici.setGlobalDispatcher(dispatcher);
    globalThis.fetch = ((input: string, init: undici.RequestInit) =>
      undici.fetch(input, { ...init, dispatcher })) as unknown as typeof globalThis.fetch;
  }

  async #openRegistry(): Promise<void> {
    this.#registry = await startRegistry(REGISTRY);
    this.#jobs = await demoImages({ kind: 'docker', docker: this.#docker }, this.#registry.host);
    const port = Number(this.#registry.host.split(':')[1]);
    this.#hatch = createServer((from) => {
      const to = connect(port, '127.0.0.1');
      for (const [one, other] of [
        [from, to],
        [to, from],
      ] as const)
        one.on('error', () => other.destroy()).pipe(other);
    });
    const hatch = this.at('hatch');
    await new Promise<void>((resolve) => this.#hatch?.listen(hatch, resolve));
    const [file, args] = this.network.on('zone', process.execPath, '-e', HATCH_SCRIPT, String(port), hatch);
    await this.children.start({ name: 'hatch', file, args, cwd: this.root, ready: /ready/ });
  }
}
