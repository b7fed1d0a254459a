/**
 * A container engine of a test's own: users renumbered, further runtimes. Nothing of the machine's own engine is touched: it
 * has mounts and a network of its own, since a second engine in the machine's would take the first one's bridge away.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface OwnEngine {
  socketPath: string;
  /** Folder of the test's own, which everybody may walk. */
  root: string;
  /** The words before those of a program that shall run in the engine's network, where a relay's door connects. */
  beside: string[];
  close(): Promise<void>;
}

/** `usersFrom`: first id of the range that containers get, if they are renumbered. `runtimes`: by name. */
export async function ownEngine(given: {
  usersFrom?: number;
  runtimes: Record<string, { path: string; runtimeArgs?: string[] }>;
}): Promise<OwnEngine> {
  const root = mkdtempSync(path.join(tmpdir(), 'sallyport-own-engine-'));
  chmodSync(root, 0o755);
  const state = path.join(root, 'engine');
  mkdirSync(state, { mode: 0o755 });
  const socketPath = path.join(state, 'docker.sock');
  const { usersFrom, runtimes } = given;
  // The ranges are read from files that only the engine sees.
  for (const name of ['subuid', 'subgid'])
    writeFileSync(path.join(state, name), `nobody:${usersFrom ?? 100_000}:65536\n`);
  writeFileSync(path.join(state, 'daemon.json'), JSON.stringify({ runtimes }));
  const words = [
    ...(usersFrom === undefined ? [] : ['--userns-remap', 'nobody:nogroup']),
    ...['--config-file', `${state}/daemon.json`, '-H', `unix://${socketPath}`, '--pidfile', `${state}/pid`],
    ...['--data-root', `${state}/data`, '--exec-root', `${state}/exec`],
    ...['--bridge=none', '--iptables=false', '--ip-forward=false'],
  ];
  const script = [
    'mount --make-rprivate /',
    `mount --bind ${state}/subuid /etc/subuid`,
    `mount --bind ${state}/subgid /etc/subgid`,
    'ip link set lo up',
    'exec dockerd "$@"',
  ].join(' && ');
  const daemon = spawn('unshare', ['-m', '-n', 'sh', '-c', script, 'dockerd', ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await listens(daemon);
  return {
    socketPath,
    root,
    beside: ['nsenter', '-t', String(daemon.pid), '-n'],
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

export interface SpokenTo {
  port: number;
  close(): void;
}

/** A database that says `rows` to whoever connects, on the loopback of the engine's network. */
export async function databaseBeside({ beside }: OwnEngine): Promise<SpokenTo> {
  const program = `require('net').createServer((s) => s.end('rows')).listen(0, '127.0.0.1', function () { console.log(this.address().port) })`;
  const [first = '', ...rest] = [...beside, process.execPath, '-e', program];
  const child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  return { port: Number(String(said)), close: () => void child.kill() };
}
