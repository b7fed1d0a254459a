/**
 * A connection to a port of a container that has no network: a shell in it opens the port and passes bytes between it
 * and its own input and output, which the engine brings here. Nothing of the container is published.
 */
import { Duplex } from 'node:stream';
import type { Container, Exec } from 'dockerode';
import { ask, type Engine } from '../executor/engine.ts';
import { kindFrames } from './streams.ts';

const STDOUT = 1;
/** As a shell says that a program cannot be run, or is not there. */
const NO_PROGRAM = [126, 127];
const NOT_THERE = /bash\W.*(?:not found|no such file)/i;
const SAID_MOST = 2000;
/** Opening a port takes no rights. */
const USER = '65534:65534';

/** Ends with either side: two copiers in the background, and whichever is done first ends the other. */
const CONNECT = `exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 7
exec 4<&0
cat <&3 &
cat <&4 >&3 &
wait -n
kill $(jobs -p) 2>/dev/null`;

/**
 * No engine and no kernel says when a port is opened, so the container itself tries, ten times a second; it gives up when
 * nobody listens to it any more.
 */
const UNTIL_OPEN = `until (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; do
  read -r -t 0.1; [ $? -gt 128 ] || exit 8
done`;

/** Rejects when the container is gone, or has no `bash`. */
export async function openTunnel(engine: Engine, container: string, port: number): Promise<Duplex> {
  const { stream } = await shell(engine.getContainer(container), CONNECT, port);
  return new Tunnel(stream);
}

/** Resolves when the shell has ended, with why. Rejects when the signal fires. */
export async function portOpened(
  engine: Engine,
  container: string,
  port: number,
  signal: AbortSignal,
): Promise<'open' | 'no shell' | 'stopped'> {
  const { exec, stream } = await shell(engine.getContainer(container), UNTIL_OPEN, port);
  let said = '';
  const leave = (): void => void stream.destroy();
  signal.addEventListener('abort', leave);
  // Patience may have ended while the engine made the shell: nothing more would tell of it.
  if (signal.aborted) leave();
  try {
    for await (const more of stream) said = `${said}${String(more)}`.slice(0, SAID_MOST);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', leave);
  }
  signal.throwIfAborted();
  const { ExitCode: code } = await ask('looking at a shell', exec.inspect());
  if (code === 0) return 'open';
  // The same codes come from a container that ends at this moment: then the engine says something else.
  const absent = code !== null && NO_PROGRAM.includes(code) && NOT_THERE.test(said);
  return absent ? 'no shell' : 'stopped';
}

async function shell(
  container: Container,
  script: string,
  port: number,
): Promise<{ exec: Exec; stream: Duplex }> {
  const exec = await ask(
    'making a shell',
    container.exec({
      Cmd: ['bash', '-c', script, 'sallyport', String(port)],
      User: USER,
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    }),
  );
  const stream = await ask('starting a shell', exec.start({ hijack: true, stdin: true }));
  return { exec, stream };
}

/** As a socket, for Node's HTTP; what the shell says to standard error is nobody's. */
class Tunnel extends Duplex {
  readonly #raw: Duplex;
  readonly #frames: AsyncIterator<{ kind: number; bytes: Buffer }>;
  #reading = false;

  constructor(raw: Duplex) {
    super({ allowHalfOpen: false });
    this.#raw = raw;
    this.#frames = kindFrames(raw)[Symbol.asyncIterator]();
    raw.on('error', (error) => this.destroy(error));
  }

  override _read(): void {
    if (this.#reading) return;
    this.#reading = true;
    this.#pump().then(
      () => (this.#reading = false),
      (error: unknown) => this.destroy(error as Error),
    );
  }

  async #pump(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#frames.next();
      if (done) {
        this.push(null);
        return;
      }
      if (value.kind === STDOUT && !this.push(value.bytes)) return;
    }
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#raw.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#raw.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#raw.destroy();
    done(error);
  }

  // What HTTP asks of sockets, and a tunnel need not do.
  setKeepAlive(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setTimeout(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}
