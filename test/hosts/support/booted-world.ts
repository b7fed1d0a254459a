/** Three hosts that are booted, in the world that docs/install/README.md begins with. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BootedHost, endLeftOverHosts } from './booted-host.ts';
import { InstallWorld, PLACES, type Place } from './install-world.ts';

export class BootedWorld extends InstallWorld {
  readonly hosts: Readonly<Record<Place, BootedHost>>;

  constructor(base: string) {
    endLeftOverHosts();
    super('booted');
    const host = (name: Place): BootedHost =>
      new BootedHost({ name, base, folder: this.at(name), space: this.network.space(name) });
    this.hosts = { public: host('public'), boundary: host('boundary'), zone: host('zone') };
  }

  /** GitHub, people's browsers, images; then the three hosts are switched on. */
  async start(seed: unknown): Promise<void> {
    await this.startOutside(seed);
    await Promise.all(PLACES.map((place) => this.hosts[place].boot()));
    await this.openRegistry();
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

  stop(): Promise<void> {
    return this.takeBack(
      PLACES.map((place) => () => this.hosts[place].close()),
      [],
    );
  }
}
