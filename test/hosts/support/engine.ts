/** The zone's own container engine, in the zone's namespace, and the images of both: made on this machine, had by the zone. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { LABELS } from '../../../agent/executor/container.ts';
import type { Children } from '../../../src/sandbox/demo/children.ts';
import { removeJobs, runningJobsOf } from '../../../src/sandbox/demo/cleanup.ts';
import { demoImages, forgetImages, type DemoImage } from '../../../src/sandbox/demo/images.ts';
import { startRegistry, type Registry } from '../../../src/sandbox/demo/registry.ts';
import { HATCH_SCRIPT } from './door.ts';
import type { Folders } from './folders.ts';
import { saidBy, type Network, type Said } from './network.ts';
import type { OutsideRegistry } from './outside-registry.ts';
import { NAMES, type Host } from './places.ts';

/** Where the images are already, an engine need not pack and send their 105 MB again. */
const REGISTRY = path.join(tmpdir(), 'sallyport-test-registry');

const CERTS = '/etc/docker/certs.d';
/** For `sh -c`: the host's files over those of the machine, then the engine with the rest of the words. */
const AS_ON_ITS_HOST = `mount --bind "$1" /etc/hosts && mount --bind "$2" ${CERTS} && shift 2 && exec dockerd "$@"`;

export class ZoneEngine {
  readonly #folders: Folders;
  readonly #network: Network<Host>;
  readonly #children: Children;
  readonly #outside = new Docker();
  /** Where the zone's images come from through the proxy; else it has them from the start. */
  readonly #pulledFrom: OutsideRegistry | undefined;
  #registry: Registry | undefined;
  #hatch: Server | undefined;
  #images: DemoImage[] = [];

  constructor(
    folders: Folders,
    network: Network<Host>,
    children: Children,
    pulledFrom: OutsideRegistry | undefined,
  ) {
    this.#pulledFrom = pulledFrom;
    this.#folders = folders;
    this.#network = network;
    this.#children = children;
  }

  get images(): readonly DemoImage[] {
    return this.#images;
  }

  /** `127.0.0.1:<port>`, on the host of dummy runs; and in the zone, where nothing is pulled. */
  get registry(): string {
    return this.#pulledFrom?.filledAt ?? this.#registry?.host ?? '';
  }

  get engine(): Docker {
    return new Docker({ socketPath: this.#folders.socket });
  }

  async start(): Promise<void> {
    mkdirSync(this.#folders.trusted, { recursive: true });
    if (!this.#pulledFrom) return this.#makeImages();
    const made = (registry: string) => demoImages({ kind: 'docker', docker: this.#outside }, registry);
    [this.#images] = await Promise.all([this.#pulledFrom.fill(made), this.#startEngine()]);
  }

  /** A command of the engine in the zone. */
  docker(words: string[]): Promise<Said> {
    return saidBy('docker', ['-H', `unix://${this.#folders.socket}`, ...words]);
  }

  /** One that runs at this moment, next to the data. */
  async containerOfAJob(): Promise<string> {
    const label = [`${LABELS.owner}=${this.#folders.ids.zone}`, `${LABELS.kind}=job`];
    const [found] = await this.engine.listContainers({ filters: { label } });
    if (!found) throw new Error('no job runs in the zone');
    return found.Id;
  }

  /** An image of governance as the zone's engine has it. */
  imageInZone(name: DemoImage['name']): string {
    const found = this.#images.find((one) => one.name === name);
    return `${this.#pulledFrom ? NAMES.proxy : this.registry}/${found?.image}@${found?.digest}`;
  }

  runningJobs(): Promise<string[]> {
    const { ids, zoneState } = this.#folders;
    return runningJobsOf({ kind: 'docker', docker: this.engine }, ids.zone, zoneState);
  }

  /** Jobs outlive their agents by design. */
  async removeJobs(): Promise<void> {
    const { ids, zoneState } = this.#folders;
    await removeJobs({ kind: 'docker', docker: this.#outside }, ids.dummy, this.#folders.folder('dummy'));
    await removeJobs({ kind: 'docker', docker: this.engine }, ids.zone, zoneState);
  }

  /** After the engine has ended. */
  async close(): Promise<void> {
    if (this.registry !== '') await forgetImages(this.#outside, this.registry, this.#images);
    await this.#registry?.close();
    this.#hatch?.close();
    const own = this.#folders.folder('engine');
    execFileSync('sh', ['-c', `umount ${own}/exec/netns/* 2>/dev/null || true`]);
  }

  /** Made by the engine of this machine, which runs the dummy jobs; the zone's has them from a hatch. */
  async #makeImages(): Promise<void> {
    const [registry] = await Promise.all([startRegistry(REGISTRY), this.#startEngine()]);
    this.#registry = registry;
    this.#images = await demoImages({ kind: 'docker', docker: this.#outside }, registry.host);
    const port = Number(registry.host.split(':')[1]);
    const file = this.#folders.folder('hatch');
    this.#hatch = createServer((from) => {
      const to = connect(port, '127.0.0.1');
      for (const [one, other] of [
        [from, to],
        [to, from],
      ] as const)
        one.on('error', () => other.destroy()).pipe(other);
    });
    await new Promise<void>((resolve) => this.#hatch?.listen(file, resolve));
    await this.#inZone(HATCH_SCRIPT, [String(port), file]);
    // Not by a call that waits: this very process answers for the registry.
    for (const { name } of this.#images) {
      const { code, said } = await this.docker(['pull', '-q', this.imageInZone(name)]);
      if (code !== 0) throw new Error(said);
    }
  }

  /**
   * With the names of its host and what that trusts, and later mounts of the machine. Without `ip netns exec`, which
   * would hide the machine's control groups from it.
   */
  async #startEngine(): Promise<void> {
    const own = this.#folders.folder('engine');
    mkdirSync(CERTS, { recursive: true });
    await this.#children.start({
      name: 'engine',
      file: 'nsenter',
      args: [
        `--net=/run/netns/${this.#network.space('zone')}`,
        ...['unshare', '--mount', '--propagation', 'slave', 'sh', '-c', AS_ON_ITS_HOST, 'dockerd'],
        ...[this.#network.hostsFile('zone'), this.#folders.trusted],
        ...['--data-root', `${own}/data`, '--exec-root', `${own}/exec`, '--pidfile', `${own}/pid`],
        ...['--host', `unix://${this.#folders.socket}`],
      ],
      cwd: own,
      ready: /API listen on/,
    });
  }

  #inZone(script: string, words: string[]): Promise<unknown> {
    const [file, args] = this.#network.on('zone', process.execPath, '-e', script, ...words);
    return this.#children.start({ name: 'hatch', file, args, cwd: this.#folders.root, ready: /ready/ });
  }
}
