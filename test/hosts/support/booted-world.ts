/**
 * Three hosts that are booted, the stand-in for GitHub at an address of the internet, and the desks of the people who
 * install: what docs/install/README.md begins with, and nothing that it makes.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import * as undici from 'undici';
import { Person } from '../../../src/sandbox/demo/as-person.ts';
import { Children } from '../../../src/sandbox/demo/children.ts';
import { demoImages, forgetImages, type DemoImage } from '../../../src/sandbox/demo/images.ts';
import { program } from '../../../src/sandbox/demo/places.ts';
import { freePorts } from '../../../src/sandbox/demo/ports.ts';
import { startRegistry, type Registry } from '../../../src/sandbox/demo/registry.ts';
import { newAuthority } from './authority.ts';
import { BootedHost, endLeftOverHosts } from './booted-host.ts';
import { dispatcherThrough, DOOR_SCRIPT, HATCH_SCRIPT } from './door.ts';
import { Network } from './network.ts';
import { HOSTS, HOSTS_FILE, NAMES, RESOLVER, type Host } from './places.ts';
import * as settings from './settings.ts';

export const PLACES = ['public', 'boundary', 'zone'] as const;
export type Place = (typeof PLACES)[number];

/** Images that were made before are here. */
const REGISTRY = path.join(tmpdir(), 'sallyport-test-registry');

export class BootedWorld {
  readonly root = mkdtempSync(path.join(realpathSync(tmpdir()), 'sallyport-booted-'));
  readonly authority = newAuthority();
  readonly children: Children;
  readonly network: Network<Host>;
  readonly hosts: Readonly<Record<Place, BootedHost>>;
  readonly #docker = new Docker();
  #registry: Registry | undefined;
  #hatch: Server | undefined;
  #images: DemoImage[] = [];
  #tokens: Record<string, string> = {};

  constructor(base: string) {
    endLeftOverHosts();
    mkdirSync(this.#at('logs'));
    writeFileSync(this.authorityFile, this.authority.cert, { mode: 0o644 });
    this.children = new Children(this.#at('logs'));
    this.network = new Network<Host>({ hosts: HOSTS, names: HOSTS_FILE, resolver: RESOLVER });
    this.network.standsForTheRest('internet');
    const host = (name: Place): BootedHost =>
      new BootedHost({ name, base, folder: this.#at(name), space: this.network.space(name) });
    this.hosts = { public: host('public'), boundary: host('boundary'), zone: host('zone') };
  }

  get authorityFile(): string {
    return this.#at('authority.pem');
  }

  get github(): string {
    return settings.origin('github');
  }

  /** What actions run in. */
  get image(): DemoImage {
    return this.#images.find(({ name }) => name === 'node')!;
  }

  /** `127.0.0.1:<port>`, in the zone. */
  get registry(): string {
    return this.#registry?.host ?? '';
  }

  token(login: string): string {
    return this.#tokens[login] ?? '';
  }

  person(login: string): Person {
    return new Person(`${this.github}/api/v3`, this.token(login));
  }

  /** GitHub, people's browsers, images; then the three hosts are switched on. */
  async start(seed: unknown): Promise<void> {
    await Promise.all([this.#startGitHub(seed), this.#openDoor(), this.#makeImages()]);
    await Promise.all(PLACES.map((place) => this.hosts[place].boot()));
    await this.openRegistry();
  }

  /** The zone's own registry of images answers there; who brings images in is no part of the page. */
  async openRegistry(): Promise<void> {
    const [file, args] = this.network.on(
      'zone',
      process.execPath,
      '-e',
      HATCH_SCRIPT,
      String(this.registry.split(':')[1]),
      this.#at('hatch'),
    );
    await this.children.start({ name: 'hatch', file, args, cwd: this.root, ready: /ready/ });
  }

  /** By hand, as a person does it with a stick. */
  async carry(from: Place, to: Place, ...files: string[]): Promise<void> {
    for (const file of files)
      await promisify(execFile)('cp', ['-aT', this.hosts[from].file(file), this.hosts[to].file(file)]);
  }

  /** A certificate of the organisation's own authority, with its key, into a host's folder. */
  certify(place: Place, name: string, folder: string, file: string): void {
    const { cert, key } = this.authority.issue(name);
    this.hosts[place].write(`${folder}/${file}.pem`, cert);
    this.hosts[place].write(`${folder}/${file}.key`, key, 0o600);
  }

  async stop(): Promise<void> {
    const work = [
      ...PLACES.map((place) => () => this.hosts[place].close()),
      () => this.children.stopAll(),
      async () => {
        if (this.#registry) await forgetImages(this.#docker, this.#registry.host, this.#images);
        await this.#registry?.close();
        this.#hatch?.close();
      },
      () => this.network.close(),
      () => rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
    ];
    const faults: unknown[] = [];
    for (const one of work)
      await Promise.resolve()
        .then(one)
        .catch((error: unknown) => faults.push(error));
    if (faults.length > 0) throw new AggregateError(faults, faults.map(String).join('\n'));
  }

  #at(...names: string[]): string {
    return path.join(this.root, ...names);
  }

  async #startGitHub(seed: unknown): Promise<void> {
    const [port = 0] = await freePorts(1);
    const folder = this.#at('github');
    const file = settings.write(folder, 'seed.yml', seed);
    const limits = JSON.stringify(settings.SANDBOX_LIMITS);
    const words = ['sandbox', '--data', path.join(folder, 'state'), '--seed', file, '--port', String(port)];
    const [node, args] = this.network.on('internet', process.execPath, program, ...words);
    await this.children.start({
      name: 'github',
      file: node,
      args: [...args, '--origin', this.github, '--limits', limits],
      cwd: '/',
      environment: { NODE_EXTRA_CA_CERTS: this.authorityFile, HOME: '/nonexistent' },
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
    const door = this.#at('door');
    const [file, args] = this.network.on('researcher', process.execPath, '-e', DOOR_SCRIPT, door);
    await this.children.start({ name: 'door', file, args, cwd: this.root, ready: /ready/ });
    const dispatcher = dispatcherThrough(() => door, this.authority.cert);
    undici.setGlobalDispatcher(dispatcher);
    globalThis.fetch = ((input: string, init: undici.RequestInit) =>
      undici.fetch(input, { ...init, dispatcher })) as unknown as typeof globalThis.fetch;
  }

  async #makeImages(): Promise<void> {
    this.#registry = await startRegistry(REGISTRY);
    this.#images = await demoImages({ kind: 'docker', docker: this.#docker }, this.#registry.host);
    const port = Number(this.#registry.host.split(':')[1]);
    this.#hatch = createServer((from) => {
      const to = connect(port, '127.0.0.1');
      for (const [one, other] of [
        [from, to],
        [to, from],
      ] as const)
        one.on('error', () => other.destroy()).pipe(other);
    });
    await new Promise<void>((resolve) => this.#hatch?.listen(this.#at('hatch'), resolve));
  }
}
