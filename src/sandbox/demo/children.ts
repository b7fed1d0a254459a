/**
 * The demo's processes: started one by one through the commands an operator types, watched, and stopped in reverse.
 *
 * Each has its own process group, so that Ctrl-C reaches only the demo, which then stops them in
 * order. A child that ends by itself ends the demo: `lost` rejects with its name and last lines.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface ChildOptions {
  name: string;
  file: string;
  args: string[];
  cwd: string;
  /** Beside PATH and what a terminal gives; secrets travel in files. */
  environment?: Record<string, string>;
  /** A line of its output that says it is ready; its groups are returned. */
  ready: RegExp;
}

const READY_MS = 60_000;
const STOP_MS = 15_000;
const TAIL_LINES = 20;

/** A process of the demo ended, or never became ready. */
export class ChildLost extends Error {
  readonly child: string;
  readonly tail: string;

  constructor(child: string, says: string, tail: string) {
    super(`${child} ${says}`);
    this.name = 'ChildLost';
    this.child = child;
    this.tail = tail;
  }
}

interface Running {
  name: string;
  process: ChildProcess;
  closed: Promise<void>;
  stopBy: NodeJS.Signals;
}

export class Children {
  readonly #logs: string;
  readonly #running: Running[] = [];
  #stopping = false;
  #lose: (error: ChildLost) => void = () => undefined;
  /** Rejects when a child ends that nobody stopped. Never resolves. */
  readonly lost: Promise<never>;

  constructor(logs: string) {
    this.#logs = logs;
    mkdirSync(logs, { recursive: true });
    this.lost = new Promise<never>((_resolve, reject) => (this.#lose = reject));
    // Whoever waits for something races against it; with nobody waiting it is not a crash.
    this.lost.catch(() => undefined);
  }

  logFile(name: string): string {
    return path.join(this.#logs, `${name}.log`);
  }

  /** Starts a program of ours or another one; resolves with the ready line's groups. */
  start(options: ChildOptions): Promise<Record<string, string>> {
    if (this.#stopping) return Promise.reject(new ChildLost(options.name, 'is not needed any more', ''));
    const child = spawn(options.file, options.args, {
      cwd: options.cwd,
      // Built once, by whoever started the demo.
      env: { ...inherited(), SALLYPORT_BUILT: '1', ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.adopt(options.name, child);
    return this.#ready(options, child);
  }

  /** Takes a process that was started elsewhere into care. */
  adopt(name: string, child: ChildProcess, stopBy: NodeJS.Signals = 'SIGTERM'): void {
    const log = createWriteStream(this.logFile(name), { flags: 'a' });
    child.stdout?.on('data', (chunk: Buffer) => log.write(chunk));
    child.stderr?.on('data', (chunk: Buffer) => log.write(chunk));
    // A full disk must not end the demo with a stack: whoever lost its log counts as lost.
    log.once('error', (error) => {
      if (!this.#stopping) this.#lose(new ChildLost(name, `has no log any more: ${error.message}`, ''));
    });
    // Over when its last words are in the log, also for a program that could not be started.
    const closed = new Promise<void>((resolve) => {
      const over = (): void => void log.end(() => resolve());
      child.once('error', over);
      child.once('close', over);
    });
    this.#running.push({ name, process: child, closed, stopBy });
    if (this.#stopping) killGroup(child);
    child.once('close', (code, signal) => {
      if (!this.#stopping && this.#running.some((one) => one.process === child))
        void closed.then(() => this.#lose(this.#report(name, `ended (${signal ?? code})`)));
    });
  }

  #ready(options: ChildOptions, child: ChildProcess): Promise<Record<string, string>> {
    return new Promise((resolve, reject) => {
      let text = '';
      const late = setTimeout(() => reject(this.#report(options.name, 'was not ready in time')), READY_MS);
      const look = (chunk: Buffer): void => {
        text += chunk.toString();
        const found = options.ready.exec(text);
        if (!found) return;
        done();
        resolve({ ...found.groups });
      };
      const done = (): void => {
        clearTimeout(late);
        child.stdout?.off('data', look);
        child.stderr?.off('data', look);
      };
      child.stdout?.on('data', look);
      child.stderr?.on('data', look);
      child.once('error', (error) => {
        done();
        reject(new ChildLost(options.name, `could not be started: ${error.message}`, ''));
      });
      void this.#closed(child).then(() => {
        done();
        reject(this.#report(options.name, 'ended before it was ready'));
      });
    });
  }

  #closed(child: ChildProcess): Promise<void> {
    return this.#running.find((one) => one.process === child)?.closed ?? Promise.resolve();
  }

  #report(name: string, says: string): ChildLost {
    return new ChildLost(name, says, this.tail(name));
  }

  /** The last lines it wrote. */
  tail(name: string): string {
    try {
      return readFileSync(this.logFile(name), 'utf8').trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
    } catch {
      // It died before it wrote a line.
      return '';
    }
  }

  get names(): string[] {
    return this.#running.map(({ name }) => name);
  }

  /** The last started first. Whoever does not leave when asked is made to. */
  async stopAll(): Promise<void> {
    this.#stopping = true;
    for (const one of [...this.#running].reverse()) await stopped(one);
  }

  /** One alone, which may be started again. */
  async stop(name: string): Promise<void> {
    const at = this.#running.findIndex((one) => one.name === name);
    const [one] = at < 0 ? [] : this.#running.splice(at, 1);
    if (one) await stopped(one);
  }
}

async function stopped({ process: child, closed, stopBy }: Running): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) child.kill(stopBy);
  const late = setTimeout(() => killGroup(child), STOP_MS);
  await closed;
  clearTimeout(late);
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Gone in between.
  }
}

/** What a child needs of this terminal's environment, and nothing an operator would not have set. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'DOCKER_HOST', 'SALLYPORT_LOG', 'NODE_EXTRA_CA_CERTS'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
