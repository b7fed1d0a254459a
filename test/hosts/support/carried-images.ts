/** Images of actions that this machine made, and a registry of them on a host that has no other way to them. */
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { demoImages, forgetImages, type DemoImage } from '../../../src/sandbox/demo/images.ts';
import { startRegistry, type Registry } from '../../../src/sandbox/demo/registry.ts';

/** Where the images are already, an engine need not pack and send their 105 MB again. */
const REGISTRY = path.join(tmpdir(), 'sallyport-test-registry');

/** `make` first; `close` does not mind what was not made. */
export class CarriedImages {
  readonly #docker = new Docker();
  #registry: Registry | undefined;
  #hatch: Server | undefined;
  #images: DemoImage[] = [];

  /** `127.0.0.1:<port>`, here and wherever HATCH_SCRIPT runs with that port and the file of `make`. */
  get host(): string {
    if (!this.#registry) throw new Error('no registry was started');
    return this.#registry.host;
  }

  get port(): number {
    return Number(this.host.split(':')[1]);
  }

  get all(): readonly DemoImage[] {
    return this.#images;
  }

  named(name: DemoImage['name']): DemoImage {
    const found = this.#images.find((one) => one.name === name);
    if (!found) throw new Error(`there is no image ${name}`);
    return found;
  }

  /** `hatch`: a socket's file that leads to the registry. */
  async make(hatch: string): Promise<void> {
    this.#registry = await startRegistry(REGISTRY);
    this.#images = await demoImages({ kind: 'docker', docker: this.#docker }, this.host);
    const { port } = this;
    const server = (this.#hatch = createServer((from) => {
      const to = connect(port, '127.0.0.1');
      for (const [one, other] of [
        [from, to],
        [to, from],
      ] as const)
        one.on('error', () => other.destroy()).pipe(other);
    }));
    await new Promise<void>((resolve) => server.listen(hatch, resolve));
  }

  async close(): Promise<void> {
    if (this.#registry) await forgetImages(this.#docker, this.#registry.host, this.#images);
    await this.#registry?.close();
    this.#hatch?.close();
  }
}
