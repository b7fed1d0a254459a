/**
 * The rows of a database action, made in a process of its own: a PostgreSQL in memory takes most of a gigabyte and does not stop until its query is
 * through, and `sallyport run` must stay small and hear Ctrl-C. It gets nothing of this process's environment.
 */
import { spawn } from 'node:child_process';
import { PARENT_VARIABLE } from '../images/dummy-rows/usual.ts';
import type { MadeRows, RowMaker } from '../runner/laptop-dummy.ts';

const MOST_LOG = 1024 * 1024;

/** `program`: the built file, or undefined where there is none. One at a time. */
export function rowsInProcess(program: string | undefined): RowMaker {
  let turn: Promise<unknown> = Promise.resolve();
  return ({ folder, rows, seed, words }, signal) => {
    const mine = turn.then(() =>
      program === undefined
        ? { code: 1, log: `${NO_PROGRAM}\n` }
        : start([program, String(rows), seed, ...words], folder, signal),
    );
    turn = mine.catch(() => undefined);
    return mine;
  };
}

const NO_PROGRAM =
  'This file of the program has no PostgreSQL in it. Install the whole program: npm install --global sallyport.';

function start(words: string[], cwd: string, signal: AbortSignal): Promise<MadeRows> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve({ code: 137, log: '' });
    const env = { [PARENT_VARIABLE]: String(process.pid) };
    const child = spawn(process.execPath, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    let log = '';
    const hear = (text: Buffer): void => {
      if (log.length < MOST_LOG) log += text.toString('utf8');
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', reject);
    child.once('close', (code) => {
      signal.removeEventListener('abort', kill);
      // Killed by the machine, or by Ctrl-C that reached it first.
      resolve({ code: code ?? 137, log });
    });
  });
}
