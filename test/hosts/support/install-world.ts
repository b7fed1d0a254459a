/**
 * What docs/install/README.md begins with and nothing that it makes: three hosts, the stand-in for GitHub at an address of
 * the internet, the desks of the people who install, and images in the zone. What kind of hosts they are, a world says.
 */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as undici from 'undici';
import { Person } from '../../../src/sandbox/demo/as-person.ts';
import { Children } from '../../../src/sandbox/demo/children.ts';
import type { DemoImage } from '../../../src/sandbox/demo/images.ts';
import { program } from '../../../src/sandbox/demo/places.ts';
import { freePorts } from '../../../src/sandbox/demo/ports.ts';
import { newAuthority } from './authority.ts';
import { CarriedImages } from './carried-images.ts';
import { dispatcherThrough, DOOR_SCRIPT, HATCH_SCRIPT } from './door.ts';
import { Network } from './network.ts';
import { HOSTS, HOSTS_FILE, NAMES, RESOLVER, type Host } from './places.ts';
import * as settings from './settings.ts';

export const PLACES = ['public', 'boundary', 'zone'] as const;
export type Place = (typeof PLACES)[number];

export abstract class InstallWorld {
  readonly root: string;
  readonly authority = newAuthority();
  readonly children: Children;
  readonly network: Network<Host>;
  readonly #images = new CarriedImages();
  #tokens: Record<string, string> = {};

  constructor(name: string) {
    this.root = mkdtempSync(path.join(realpathSync(tmpdir()), `sallyport-${name}-`));
    mkdirSync(this.at('logs'));
    writeFileSync(this.authorityFile, this.authority.cert, { mode: 0o644 });
    this.children = new Children(this.at('logs'));
    this.network = new Network<Host>({ hosts: HOSTS, names: HOSTS_FILE, resolver: RESOLVER });
    this.network.standsForTheRest('internet');
  }

  at(...names: string[]): string {
    return path.join(this.root, ...names);
  }

  get authorityFile(): string {
    return this.at('authority.pem');
  }

  get github(): string {
    return settings.origin('github');
  }

  /** What actions run in. */
  get image(): DemoImage {
    return this.#images.named('node');
  }

  /** `127.0.0.1:<port>`, in the zone. */
  get registry(): string {
    return this.#images.host;
  }

  token(login: string): string {
    return this.#tokens[login] ?? '';
  }

  person(login: string): Person {
    return new Person(`${this.github}/api/v3`, this.token(login));
  }

  /** GitHub with this organisation, people's browsers, images. */
  protected async startOutside(seed: unknown): Promise<void> {
    await Promise.all([this.#startGitHub(seed), this.#openDoor(), this.#images.make(this.#hatch)]);
  }

  /** The zone's own registry of images answers there; who brings images in is no part of the page. */
  protected async openRegistry(): Promise<void> {
    const words = [String(this.#images.port), this.#hatch];
    const [file, args] = this.network.on('zone', process.execPath, '-e', HATCH_SCRIPT, ...words);
    await this.children.start({ name: 'hatch', file, args, cwd: this.root, ready: /ready/ });
  }

  /** All of it taken back, around what the hosts want before and after the processes of this machine end; one thing that cannot be does not keep the others. */
  protected async takeBack(
    before: readonly (() => Promise<void> | void)[],
    after: readonly (() => Promise<void> | void)[],
  ): Promise<void> {
    const faults: unknown[] = [];
    for (const work of [
      ...before,
      () => this.children.stopAll(),
      ...after,
      () => this.#images.close(),
      () => this.network.close(),
      () => rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
    ])
      await Promise.resolve()
        .then(work)
        .catch((error: unknown) => faults.push(error));
    if (faults.length > 0) throw new AggregateError(faults, faults.map(String).join('\n'));
  }

  get #hatch(): string {
    return this.at('hatch');
  }

  async #startGitHub(seed: unknown): Promise<void> {
    const [port = 0] = await freePorts(1);
    const folder = this.at('github');
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
    const door = this.at('door');
    const [file, args] = this.network.on('researcher', process.execPath, '-e', DOOR_SCRIPT, door);
    await this.children.start({ name: 'door', file, args, cwd: this.root, ready: /ready/ });
    const dispatcher = dispatcherThrough(() => door, this.authority.cert);
    undici.setGlobalDispatcher(dispatcher);
    globalThis.fetch = ((input: string, init: undici.RequestInit) =>
      undici.fetch(input, { ...init, dispatcher })) as unknown as typeof globalThis.fetch;
  }
}
