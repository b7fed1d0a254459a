/** `sallyport run <action…|run_all>`: the pipeline on this machine, on dummy data. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { DEFAULT_REGISTRY } from '../../agent/runner/compat.ts';

interface RunFlags {
  forceRunDependencies: boolean;
  projectDir: string;
  executor: 'docker' | 'process';
  concurrency: number;
  memory: number;
  cpus: number;
}

const GIB = 1024 ** 3;
const HOUR_MS = 3_600_000;
const ENVIRONMENT = `
Environment:
  SALLYPORT_IMAGES  where images are looked for before their bare names (default: ${DEFAULT_REGISTRY})`;

export function registerRun(root: Command): void {
  root
    .command('run')
    .description('run actions of project.yaml here, in containers, on dummy data')
    .argument('<action...>', 'names of actions, or run_all')
    .option('-f, --force-run-dependencies', 'run dependencies again although their outputs are there', false)
    .option('--project-dir <folder>', 'the study, when it is not this folder', '.')
    .option('--executor <kind>', 'docker, or process (isolates nothing)', executor, 'docker')
    .option('-c, --concurrency <n>', 'actions at a time', count, 2)
    .addOption(
      new Option('-m, --memory <size>', 'memory per action: 4G, 512M')
        .argParser(memory)
        .default(4 * GIB, '4G'),
    )
    .option('--cpus <n>', 'processors per action', processors, 2)
    .addHelpText('after', ENVIRONMENT)
    .action(async (actions: string[], flags: RunFlags) => {
      process.exitCode = (await run(actions, flags)) ? 0 : 1;
    });
}

async function run(actions: string[], flags: RunFlags): Promise<boolean> {
  const { realpathSync } = await import('node:fs');
  const { randomIds } = await import('../lib/ids.ts');
  const { refusal, Refused } = await import('../lib/refusal.ts');
  const { runOnLaptop, laptopExecutor, WORDS } = await import('../../agent/laptop.ts');
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  let dir: string;
  try {
    dir = realpathSync(flags.projectDir);
  } catch {
    throw new Refused(
      refusal(
        'run.no-folder',
        `There is no folder ${flags.projectDir}.`,
        'Name your study with --project-dir.',
      ),
    );
  }
  if (flags.executor === 'process') process.stderr.write(`${WORDS.processWarning}\n`);
  const executor = await laptopExecutor(flags.executor, dir);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  try {
    return await runOnLaptop({
      dir,
      actions,
      force: flags.forceRunDependencies,
      concurrency: flags.concurrency,
      limits: {
        cpus: flags.cpus,
        memoryBytes: flags.memory,
        pids: 4096,
        diskBytes: 100 * GIB,
        timeMs: 24 * HOUR_MS,
        logBytes: GIB / 8,
      },
      executor,
      ids: randomIds,
      registry: process.env['SALLYPORT_IMAGES'],
      print,
      signal: stopping.signal,
    });
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    print(WORDS.stopped);
    return false;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  }
}

function executor(text: string): 'docker' | 'process' {
  if (text === 'docker' || text === 'process') return text;
  throw new InvalidArgumentError('Write docker or process.');
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 64) return value;
  throw new InvalidArgumentError('Write a number from 1 to 64.');
}

function processors(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1024) return value;
  throw new InvalidArgumentError('Write a number above 0, like 2 or 0.5.');
}

function memory(text: string): number {
  const found = /^(\d+(?:\.\d+)?)([KMGT]?)i?B?$/i.exec(text);
  const power = ['', 'K', 'M', 'G', 'T'].indexOf((found?.[2] ?? '').toUpperCase());
  const bytes = Math.floor(Number(found?.[1]) * 1024 ** power);
  if (found && bytes >= 6 * 1024 ** 2) return bytes;
  throw new InvalidArgumentError('Write a size of at least 6M, like 4G or 512M.');
}
