/**
 * A terminal for the tests: the command runs on a pseudo-terminal (Python's, because Node has none), and what it writes
 * is drawn as a terminal would, so that a test sees what a person sees. Whoever wants to wait waits for what the
 * screen says.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Undefined when there is a Python that has pseudo-terminals, else why not. */
export function noTerminal(): string | undefined {
  const asked = spawnSync('python3', ['-c', 'import pty, fcntl, termios'], { stdio: 'ignore' });
  return asked.status === 0 ? undefined : 'Python 3 with pseudo-terminals is not installed';
}

const ROWS = 24;
const COLUMNS = 100;

/** Standard input becomes keys; the answer is the child's exit code. `-1`: as whoever runs the tests. */
const PROGRAM = `
import fcntl, os, pty, select, struct, sys, termios
uid, words = int(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', ${ROWS}, ${COLUMNS}, 0, 0))
    if uid >= 0:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
    os.execvp(words[0], words)
watched = [0, terminal]
while True:
    ready, _, _ = select.select(watched, [], [])
    if 0 in ready:
        keys = os.read(0, 1024)
        if keys: os.write(terminal, keys)
        else: watched.remove(0)
    if terminal in ready:
        try: text = os.read(terminal, 65536)
        except OSError: break
        if not text: break
        os.write(1, text)
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 255)
`;

export interface TerminalOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Only root may choose. */
  uid?: number;
}

export interface Terminal {
  /** Everything that was written, as it stands on the screen; without empty lines at its end. */
  screen(): string;
  /** Everything that was written, byte by byte. */
  written(): string;
  /** Resolves with the screen once it shows this; rejects when the command ends without. */
  until(expected: RegExp): Promise<string>;
  press(keys: string): void;
  ended: Promise<number>;
}

export function terminal(words: readonly string[], { cwd, env, uid = -1 }: TerminalOptions): Terminal {
  const child = spawn('python3', ['-c', PROGRAM, String(uid), ...words], {
    cwd,
    env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let written = '';
  let over = false;
  const waiting = new Set<() => void>();
  const tell = (): void => [...waiting].forEach((look) => look());
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (text: string) => {
    written += text;
    tell();
  });
  const ended = exitOf(child).finally(() => {
    over = true;
    tell();
  });
  return {
    screen: () => draw(written),
    written: () => written,
    until: (expected) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const screen = draw(written);
          if (!expected.test(screen) && !over) return;
          waiting.delete(look);
          if (expected.test(screen)) resolve(screen);
          else
            reject(
              new Error(`the command ended, and the screen never showed ${String(expected)}:\n${screen}`),
            );
        };
        waiting.add(look);
        look();
      }),
    press: (keys) => void child.stdin.write(keys),
    ended,
  };
}

async function exitOf(child: ChildProcess): Promise<number> {
  const [code] = (await once(child, 'close')) as [number];
  return code;
}

/** The few controls that the command uses; another one is a mistake. Lines are as long as they were written. */
export function draw(text: string): string {
  const lines: string[] = [''];
  let row = 0;
  let column = 0;
  const controls = /\u001b\[(\??)(\d*)([A-Za-z])|\r|\n|[^\u001b\r\n]+|\u001b/g;
  for (const [all, _private, count, letter] of text.matchAll(controls)) {
    if (all === '\n') {
      row += 1;
      lines[row] ??= '';
    } else if (all === '\r') column = 0;
    else if (letter === undefined && all !== '\u001b') {
      const line = (lines[row] ?? '').padEnd(column);
      lines[row] = line.slice(0, column) + all + line.slice(column + all.length);
      column += all.length;
    } else if (letter === 'A') row = Math.max(0, row - Number(count || 1));
    else if (letter === 'J') {
      lines.length = row + 1;
      lines[row] = (lines[row] ?? '').slice(0, column);
    } else if (letter === undefined || !'mhl'.includes(letter)) {
      // Half of a control may have come; what is written later completes it.
      if (all !== '\u001b') throw new Error(`not drawn by this terminal: ${JSON.stringify(all)}`);
    }
  }
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd();
}
