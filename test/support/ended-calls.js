/**
 * A limit for calls that stop the whole process until another program has ended: jest's own limit is a timer, which
 * does not run meanwhile, so that one program that never ends would hold a worker for ever.
 */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

/** Beyond what any of them takes on a busy machine, a Debian made of packages included. */
const LIMIT_MS = 600_000;
let isOn = false;

/** For this process, from now on; a call that names its own limit keeps it. */
export function endCalls(limitMs = LIMIT_MS) {
  if (isOn) return;
  isOn = true;
  const limit = { timeout: limitMs, killSignal: 'SIGKILL' };
  for (const name of ['spawnSync', 'execFileSync']) {
    const call = childProcess[name];
    childProcess[name] = (file, args, options) => {
      const [words, own] = Array.isArray(args) ? [args, options] : [[], options ?? args];
      const done = call(file, words, { ...limit, ...own });
      if (done?.error?.code === 'ETIMEDOUT' && own?.timeout === undefined)
        throw new Error(`did not end: ${[file, ...words].join(' ')}`);
      return done;
    };
  }
  const shell = childProcess.execSync;
  childProcess.execSync = (command, options) => shell(command, { ...limit, ...options });
  syncBuiltinESMExports();
}
