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
import type { Host } from './places.ts';

/** Where the images are already, an engine need not pack and send their 105 MB again. */
const REGISTRY = path.join(tmpdir(), 'sallyport-test-registry');

export class ZoneEngine {
  readonly #folders: Folders;
  readonly #network: Network<Host>;
  readonly #children: Children;
  readonly #outside = new Docker();
  #registry: Registry | undefined;
  #hatch: Server | undefined;
  #images: DemoImage[] = [];

  constructor(folders: Folders, network: Network<Host>, children: Children) {
    this.#folders = folders;
    this.#network = network;
    this.#children = children;
  }

  get images(): readonly DemoImage[] {
    return this.#images;
  }

  /** `127.0.0.1:<port>`, on the host of dummy runs and in the zone. */
  get registry(): string {
    return this.#registry?.host ?? '';
  }

  get engine(): Docker {
    return new Docker({ socketPath: this.#folders.socket });
  }

  start(): Promise<void> {
    mkdirSync(this.#folders.folder('engine'), { recursive: true });
    return this.#makeImages();
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
    return `${this.#registry?.host}/${found?.image}@${found?.digest}`;
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
    if (this.#registry) await forgetImages(this.#outside, this.#registry.host, this.#images);
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

  /** Without `ip netns exec`, which would hide the machine's control groups from it. */
  async #startEngine(): Promise<void> {
    const own = this.#folders.folder('engine');
    await this.#children.start({
      name: 'engine',
      file: 'nsenter',
      args: [
        `--net=/run/netns/${this.#network.space('zone')}`,
        'dockerd',
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
