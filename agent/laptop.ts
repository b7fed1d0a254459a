/** The laptop's composition: an executor for one project folder. */
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { sha256 } from '../src/lib/hash.ts';
import { refusal, Refused } from '../src/lib/refusal.ts';
import type { Executor } from './executor/executor.ts';
import { LOCAL_COMMANDS } from './runner/compat.ts';

export { runOnLaptop, type LaptopOptions } from './runner/laptop.ts';
export { WORDS } from './runner/laptop-words.ts';

/** Throws Refused when Docker is asked for and does not answer. */
export async function laptopExecutor(kind: 'docker' | 'process', dir: string): Promise<Executor> {
  const owner = `laptop-${sha256(dir).slice(0, 16)}`;
  const state = process.env['XDG_STATE_HOME'] || path.join(homedir(), '.local', 'state');
  const stateDir = path.join(state, 'sallyport', owner);
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  if (kind === 'process') {
    const { processExecutor } = await import('./executor/process.ts');
    return processExecutor({ stateDir, commands: LOCAL_COMMANDS });
  }
  const { dockerExecutor } = await import('./executor/docker.ts');
  const executor = dockerExecutor({ owner, stateDir });
  if (await executor.healthy()) return executor;
  throw new Refused(
    refusal(
      'run.no-docker',
      'Docker is not running, or you may not use it.',
      'Start Docker, or use --executor process, which isolates nothing.',
    ),
  );
}
