/** `sallyport run <action…|run_all>`: the pipeline on this machine, on dummy data. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { MOST_ROWS_ASKED, USUAL_ROWS, USUAL_SEED } from '../../agent/images/dummy-rows/usual.ts';
import { DEFAULT_REGISTRY } from '../../agent/runner/compat.ts';

export interface RunFlags {
  forceRunDependencies: boolean;
  refresh: boolean;
  continueOnError: boolean;
  projectDir: string;
  executor: 'docker' | 'process';
  concurrency: number;
  memory: number;
  cpus: number;
  timestamps: boolean;
  formatOutputForGithub: boolean;
  debug: boolean;
  pull?: boolean;
  dummyRows: number;
  dummySeed: string;
  stataLicence?: string;
}

const GIB = 1024 ** 3;
const MORE = `
Examples:
  sallyport run run_all                   everything that has not run yet
  sallyport run run_all --refresh         everything that is out of date or has not run
  sallyport run model -f                  model, and again whatever it needs
  sallyport run run_all --pull            on a new machine: images first
  sallyport run run_all --continue-on-error --timestamps --format-output-for-github

An action that is named runs again; what it needs is kept when its outputs are there. Outputs land at their
places, logs and what is remembered of each result in metadata/. Ctrl-C stops and cleans up.

A database action takes its dummy_data_file. Where that is not there and dummy-data/schemas.json is (sallyport
dummy-data --from <deployment>), its SQL file is run on invented rows of those tables, the same on every machine.

Containers run in Docker, or in Podman by its Docker-compatible socket: DOCKER_HOST and the context of the
docker command are followed, then the usual sockets are tried.

Environment:
  SALLYPORT_IMAGES  where images are looked for before their bare names (default: ${DEFAULT_REGISTRY})
  STATA_LICENSE     the text of a licence: for actions in stata-mp, and no others; else ~/.config/sallyport/stata.lic
  NO_COLOR, CI      plain lines instead of a live picture, as when the output is no terminal

Exit codes:
  0    everything that was asked for is there
  1    an action failed, or nothing could begin
  2    the command line is wrong
  130  stopped by Ctrl-C`;

export function registerRun(root: Command): void {
  const command = root
    .command('run')
    .description('run actions of project.yaml here, in containers, on dummy data')
    .argument('<action...>', 'names of actions, or run_all')
    .option('-f, --force-run-dependencies', 'run dependencies again although their outputs are there', false)
    .addOption(
      new Option('--refresh', 'run only what is out of date or has never run')
        .default(false)
        .conflicts('forceRunDependencies'),
    )
    .option('--continue-on-error', 'after a failure go on with what does not need it', false)
    .option('--pull', 'first fetch the images that are not on this machine', false)
    .option('--project-dir <folder>', 'the study, when it is not this folder', '.');
  for (const option of limitOptions()) command.addOption(option);
  command
    .option('--timestamps', 'the time before each line', false)
    .option('--format-output-for-github', 'groups and annotations for a workflow of GitHub Actions', false)
    .option('--debug', 'say every step, and leave folder and container of what failed', false)
    .addHelpText('after', MORE)
    .action(async (actions: string[], flags: RunFlags) => {
      const { runHere } = await import('./run-work.ts');
      process.exitCode = await runHere(actions, flags);
    });
}

/** How many actions run at a time, where, and with how much: the same for everything that runs a study here. */
export function limitOptions(): Option[] {
  return [
    new Option('--executor <kind>', 'docker, or process (isolates nothing)')
      .argParser(executor)
      .default('docker'),
    new Option('-c, --concurrency <n>', 'actions at a time').argParser(count).default(2),
    new Option('-m, --memory <size>', 'memory per action: 4G, 512M').argParser(memory).default(4 * GIB, '4G'),
    new Option('--cpus <n>', 'processors per action').argParser(processors).default(2),
    new Option('--dummy-rows <n>', 'rows made for a database action without its dummy_data_file')
      .argParser(rows)
      .default(USUAL_ROWS),
    new Option('--dummy-seed <text>', 'another seed gives other rows').default(USUAL_SEED),
    new Option('--stata-licence <file>', 'for actions in stata-mp, when STATA_LICENSE does not hold it'),
  ];
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

function rows(text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (/^[\d_]+$/.test(text) && value >= 1 && value <= MOST_ROWS_ASKED) return value;
  throw new InvalidArgumentError(`Write a whole number from 1 to ${MOST_ROWS_ASKED}.`);
}

export function processors(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1024) return value;
  throw new InvalidArgumentError('Write a number above 0, like 2 or 0.5.');
}

export function memory(text: string): number {
  const found = /^(\d+(?:\.\d+)?)([KMGT]?)i?B?$/i.exec(text);
  const power = ['', 'K', 'M', 'G', 'T'].indexOf((found?.[2] ?? '').toUpperCase());
  const bytes = Math.floor(Number(found?.[1]) * 1024 ** power);
  if (found && bytes >= 6 * 1024 ** 2) return bytes;
  throw new InvalidArgumentError('Write a size of at least 6M, like 4G or 512M.');
}
