/** `launch --background`: the same command again, in a session of its own, which says when it can be reached. */
import { spawn } from 'node:child_process';

const MARK = 'SALLYPORT_LAUNCHED';

/** In the process that stays: tells the one that started it. Undefined: a person started this one. */
export function launchedBy(): { ready(url: string): void } | undefined {
  if (process.env[MARK] !== '1' || !process.send) return undefined;
  return {
    ready(url) {
      // The key goes through a pipe of these two, not through arguments or a file of everybody's.
      process.stderr.on('error', () => undefined);
      process.send?.({ url }, undefined, undefined, () => process.disconnect?.());
    },
  };
}

/** Resolves with an exit code: 0 once it can be reached; what it said itself otherwise. */
export function inBackground(reached: (url: string) => Promise<void>): Promise<number> {
  const [node = process.execPath, ...words] = process.argv;
  const child = spawn(node, [...process.execArgv, ...words], {
    detached: true,
    // What it refuses it says here; once it can be reached nobody reads it any more.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, [MARK]: '1' },
  });
  child.stderr?.on('data', (text: Buffer) => void process.stderr.write(text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
    child.once('message', (message: { url?: unknown }) => {
      child.removeAllListeners('exit');
      child.stderr?.destroy();
      child.unref();
      reached(String(message.url)).then(() => resolve(0), reject);
    });
  });
}
