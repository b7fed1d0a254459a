/**
 * A host that runs containers: a network of its own (network.ts), an engine of its own, and folders of its own where
 * every host has them, /etc/sallyport and /var/lib/sallyport. The shipped compose files are used where they lie and as they are.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Children } from '../../../src/sandbox/demo/children.ts';
import { saidBy, type Said } from './network.ts';

const ETC = '/etc/sallyport';
const VAR = '/var/lib/sallyport';
const SOCKET = '/var/run/docker.sock';
/** In a tree of mounts that nobody else sees; the words after it are the engine's. */
const ENTER = `set -e
mount --bind "$PLACE/etc" ${ETC}
mount --bind "$PLACE/var" ${VAR}
mount --bind "/etc/netns/$SPACE/hosts" /etc/hosts
mount --bind "/etc/netns/$SPACE/resolv.conf" /etc/resolv.conf
mkdir -p /var/run && : > "$PLACE/socket"
exec dockerd "$@"`;

export class ComposeHost {
  readonly #name: string;
  readonly #place: string;
  readonly #space: string;
  readonly #children: Children;

  constructor(name: string, folder: string, space: string, children: Children) {
    this.#name = name;
    this.#place = path.join(folder, name);
    this.#space = space;
    this.#children = children;
    for (const each of ['etc/cards', 'var', 'engine'])
      mkdirSync(path.join(this.#place, each), { recursive: true });
    chmodSync(path.join(this.#place, 'var'), 0o755);
  }

  /** A file below /etc/sallyport, or with a leading slash below /var/lib/sallyport, as this machine reaches it. */
  etc(...names: string[]): string {
    return path.join(this.#place, 'etc', ...names);
  }
  var(...names: string[]): string {
    return path.join(this.#place, 'var', ...names);
  }

  read(name: string): string {
    return readFileSync(this.etc(name), 'utf8');
  }
  write(name: string, text: string, mode = 0o644): void {
    writeFileSync(this.etc(name), text, { mode });
  }

  get socket(): string {
    return path.join(this.#place, 'engine/docker.sock');
  }

  async boot(): Promise<void> {
    for (const folder of [ETC, VAR]) if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
    const own = path.join(this.#place, 'engine');
    await this.#children.start({
      name: `engine-${this.#name}`,
      file: 'nsenter',
      args: [
        `--net=/run/netns/${this.#space}`,
        ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c', ENTER, 'sh'],
        ...['--data-root', `${own}/data`, '--exec-root', `${own}/exec`, '--pidfile', `${own}/pid`],
        ...['--host', `unix://${this.socket}`],
      ],
      cwd: own,
      environment: { PLACE: this.#place, SPACE: this.#space },
      ready: /API listen on/,
    });
    // Where agents look for it.
    const { code, said } = await this.run(['mount', '--bind', this.socket, SOCKET]);
    if (code !== 0) throw new Error(said);
  }

  /** A command as somebody types it on this host. */
  run(
    words: readonly string[],
    environment: Record<string, string> = {},
    timeoutMs = 180_000,
  ): Promise<Said> {
    const pid = readFileSync(path.join(this.#place, 'engine/pid'), 'utf8').trim();
    const env = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    return saidBy(
      'nsenter',
      [`--mount=/proc/${pid}/ns/mnt`, `--net=/run/netns/${this.#space}`, '--', 'env', ...env, ...words],
      timeoutMs,
    );
  }

  docker(...words: string[]): Promise<Said> {
    return saidBy('docker', ['--host', `unix://${this.socket}`, ...words]);
  }

  /** Once the engine has ended. */
  clear(): void {
    execFileSync('sh', ['-c', `umount ${this.#place}/engine/exec/netns/* 2>/dev/null || true`]);
  }
}
