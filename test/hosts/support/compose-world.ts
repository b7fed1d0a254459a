/** Three hosts with an engine and folders each, and the images of the roles carried in to them. */
import { execFileSync } from 'node:child_process';
import { program } from '../../../src/sandbox/demo/places.ts';
import { ComposeHost } from './compose-host.ts';
import { postgresImage, webImage } from './compose-images.ts';
import { InstallWorld, PLACES, type Place } from './install-world.ts';
import type { Said } from './network.ts';
import { bareImage, nodeAndGit, roleImage } from './role-image.ts';
import * as settings from './settings.ts';

const AUTHORITY = '/etc/ssl/certs/ca-certificates.crt';

export class ComposeWorld extends InstallWorld {
  readonly hosts: Readonly<Record<Place, ComposeHost>>;
  readonly #made: string[] = [];

  constructor() {
    super('compose');
    const host = (name: Place): ComposeHost =>
      new ComposeHost(name, this.root, this.network.space(name), this.children);
    this.hosts = { public: host('public'), boundary: host('boundary'), zone: host('zone') };
  }

  /** As the compose files are told them. */
  tag(name: 'base' | 'role' | 'postgres' | 'web'): string {
    return `sallyport-compose-${name}:${process.pid}`;
  }

  async start(seed: unknown): Promise<void> {
    await Promise.all([this.startOutside(seed), ...PLACES.map((each) => this.hosts[each].boot())]);
    await this.openRegistry();
    this.#makeImages();
    await this.#carryIn('public', 'role', 'postgres', 'web');
    await this.#carryIn('boundary', 'role');
    await this.#carryIn('zone', 'role', 'postgres');
    const { image, digest } = this.image;
    this.#must(await this.hosts.zone.docker('pull', '-q', `${this.registry}/${image}@${digest}`));
  }

  /** `sallyport setup` on that host. A refusal is an answer. */
  async setup(place: Place, role: string, answers?: object, ...more: string[]): Promise<Said> {
    const file = this.at(`${role}.yml`);
    if (answers) settings.write(this.root, `${role}.yml`, answers);
    const config = answers ? ['--config', file] : [];
    return this.hosts[place].run(
      [process.execPath, program, 'setup', role, '--dir', '/etc/sallyport', '--yes', ...config, ...more],
      { SALLYPORT_BUILT: '1', NO_COLOR: '1', NODE_EXTRA_CA_CERTS: this.authorityFile },
    );
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

  stop(): Promise<void> {
    return this.takeBack(
      [],
      [
        () => PLACES.forEach((place) => this.hosts[place].clear()),
        () =>
          this.#made.forEach((tag) => execFileSync('docker', ['rmi', '--force', tag], { stdio: 'ignore' })),
      ],
    );
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
      this.#made.push(this.tag(name));
      return bareImage({ ...of, folder: this.at('bare', name), tag: this.tag(name) });
    };
    const base = make('base', nodeAndGit(own));
    make('postgres', postgresImage());
    make('web', webImage());
    this.#made.unshift(this.tag('role'));
    roleImage(this.tag('role'), base, this.at('context'));
  }

  async #carryIn(place: Place, ...names: ('role' | 'postgres' | 'web')[]): Promise<void> {
    const images = names.map((name) => this.tag(name)).join(' ');
    const into = `docker --host unix://${this.hosts[place].socket} load`;
    execFileSync('sh', ['-c', `docker save ${images} | ${into}`], { stdio: 'ignore' });
  }
}
