/**
 * Debian's registry of images on a host outside, over TLS at port 443. It is filled on this machine beforehand: nobody
 * pushes over the wires of the test.
 */
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Children } from '../../../src/sandbox/demo/children.ts';
import type { Folders } from './folders.ts';
import type { Network } from './network.ts';
import { addressOf, NAMES, type Host } from './places.ts';
import { debianRegistry } from './registry.ts';
import { write } from './settings.ts';

/** Kept from run to run: where the images are already, an engine need not pack and send them again. */
const STORE = path.join(tmpdir(), 'sallyport-test-debian-registry');

export class OutsideRegistry {
  readonly #folders: Folders;
  readonly #network: Network<Host>;
  readonly #children: Children;
  /** `127.0.0.1:<port>` under which the images were pushed. Empty before. */
  filledAt = '';

  constructor(folders: Folders, network: Network<Host>, children: Children) {
    this.#folders = folders;
    this.#network = network;
    this.#children = children;
  }

  async fill<T>(push: (registry: string) => Promise<T>): Promise<T> {
    const { host, stop } = await debianRegistry(STORE);
    this.filledAt = host;
    return push(host).finally(stop);
  }

  async start(): Promise<void> {
    this.#folders.certificate('registry', 'tls', NAMES.registry);
    const at = (name: string): string => this.#folders.folder('registry', name);
    const settings = write(this.#folders.folder('registry'), 'registry.yml', {
      version: 0.1,
      log: { level: 'info' },
      storage: { filesystem: { rootdirectory: path.join(STORE, 'files') } },
      http: {
        addr: `${addressOf('registry')}:443`,
        secret: 'of this test',
        tls: { certificate: at('tls.pem'), key: at('tls.key') },
      },
    });
    const [file, args] = this.#network.on('registry', 'docker-registry', 'serve', settings);
    await this.#children.start({
      name: 'registry',
      file,
      args,
      cwd: this.#folders.root,
      ready: /listening on/,
    });
  }

  stop(): Promise<void> {
    return this.#children.stop('registry');
  }
}
