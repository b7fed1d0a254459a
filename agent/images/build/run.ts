/** A program of the host, run to its end. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Refusal } from '../../../src/lib/refusal.ts';
import { noProgram } from './words.ts';

export interface Done {
  code: number;
  out: string;
  err: string;
}

/** Enough for what apt prints of a thousand packages. */
const MOST = 8 * 1024 * 1024;
const TAIL = 64 * 1024;

interface Options {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  signal: AbortSignal;
  /** Takes standard output instead; the program waits for it. */
  output?: (out: Readable) => Promise<void>;
  /** Each line of standard error as it comes. */
  line?: (text: string) => void;
}

/** Refuses 'images.no-program'. Rejects when the signal fires. */
export async function run(
  program: string,
  args: readonly string[],
  options: Options,
): Promise<Done | Refusal> {
  options.signal.throwIfAborted();
  const child = spawn(program, args, {
    ...(options.env ? { env: options.env } : {}),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
    // TERM, so that mmdebstrap takes away what it has mounted.
    ...{ signal: options.signal, killSignal: 'SIGTERM' },
  });
  let out = '';
  let err = '';
  let open = '';
  child.stderr.setEncoding('utf8').on('data', (more: string) => {
    err = (err + more).slice(-TAIL);
    if (!options.line) return;
    const lines = (open + more).split('\n');
    open = lines.pop()!.slice(-TAIL);
    lines.forEach(options.line);
  });
  const ended = new Promise<number | NodeJS.ErrnoException>((resolve) => {
    child.on('error', resolve);
    child.on('close', (code) => resolve(code ?? 1));
  });
  const taken = options.output
    ? options.output(child.stdout)
    : Promise.resolve(
        void child.stdout.setEncoding('utf8').on('data', (more: string) => {
          if (out.length < MOST) out += more;
        }),
      );
  const [code, fault] = await Promise.all([
    ended,
    taken.then(
      () => undefined,
      (error: unknown) => {
        child.kill('SIGTERM');
        return error as Error;
      },
    ),
  ]);
  options.signal.throwIfAborted();
  if (typeof code !== 'number') {
    if (code.code === 'ENOENT') return noProgram(program);
    throw code;
  }
  // A program that failed explains more than the stream that broke off with it.
  if (fault && code === 0) throw fault;
  return { code, out, err };
}
