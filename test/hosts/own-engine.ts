/** A container engine of a test's own: users renumbered, a further runtime; nothing of the machine's own engine is touched. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface OwnEngine {
  socketPath: string;
  /** Folder of the test's own, which everybody may walk. */
  root: string;
  close(): Promise<void>;
}

/**
 * `usersFrom`: first id of the range that containers get. `runtimes`: name → program. The ranges are read from
 * files that only the engine sees, in a mount namespace of its own: it makes its mounts there, too.
 */
export async function ownEngine(given: {
  usersFrom: number;
  runtimes: Record<string, string>;
}): Promise<OwnEngine> {
  const root = mkdtempSync(path.join(tmpdir(), 'sallyport-own-engine-'));
  chmodSync(root, 0o755);
  const state = path.join(root, 'engine');
  mkdirSync(state, { mode: 0o755 });
  const socketPath = path.join(state, 'docker.sock');
  for (const name of ['subuid', 'subgid'])
    writeFileSync(path.join(state, name), `nobody:${given.usersFrom}:65536\n`);
  const words = [
    ...['--userns-remap', 'nobody:nogroup', '-H', `unix://${socketPath}`, '--pidfile', `${state}/pid`],
    ...['--data-root', `${state}/data`, '--exec-root', `${state}/exec`],
    ...['--bridge=none', '--iptables=false', '--ip-forward=false'],
    ...Object.entries(given.runtimes).flatMap(([name, program]) => ['--add-runtime', `${name}=${program}`]),
  ];
  const script = `mount --make-rprivate / && mount --bind ${state}/subuid /etc/subuid && mount --bind ${state}/subgid /etc/subgid && exec dockerd "$@"`;
  const daemon = spawn('unshare', ['-m', 'sh', '-c', script, 'dockerd', ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await listens(daemon);
  return {
    socketPath,
    root,
    async close() {
      const gone = once(daemon, 'exit');
      daemon.kill('SIGTERM');
      await gone;
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Its log is read to the end: a daemon whose log nobody takes dies of it. */
function listens(daemon: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    daemon.stderr?.on('data', (chunk) => {
      said = `${said}${String(chunk)}`.slice(-20_000);
      if (said.includes('API listen on')) resolve();
    });
    daemon.once('exit', () => reject(new Error(`the engine ended: ${said}`)));
  });
}
