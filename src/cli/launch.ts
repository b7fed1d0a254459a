/** `sallyport launch rstudio|jupyter[:TAG]`: a tool in the browser, on the folder of the study. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { memory, processors } from './run.ts';

export interface LaunchFlags {
  directory: string;
  name?: string;
  port: number;
  /** False: no browser is opened. */
  browser: boolean;
  background: boolean;
  force: boolean;
  memory: number;
  cpus: number;
}

export interface StopFlags {
  directory: string;
  all: boolean;
}

const GIB = 1024 ** 3;
const LARGEST_PORT = 65_535;
const MORE = `
JupyterLab runs in the image python, RStudio in the image rstudio, in version v2 unless said otherwise. The folder is at
/workspace. Only this machine reaches the tool, and only with the key in the address; the tool reaches nothing: it has
no network. One that is running already is opened again, and one whose terminal was closed is taken up.

Ctrl-C ends it. Save first.`;

export function registerLaunch(root: Command): void {
  const launch = root
    .command('launch')
    .description('start RStudio or JupyterLab on the folder of the study, in the browser')
    .argument('<tool>', 'rstudio or jupyter, or with a version: rstudio:v2')
    .option('-d, --directory <folder>', 'the study, when it is not this folder', '.')
    .option('--name <name>', 'what the container is called (default: after the folder)')
    .addOption(
      new Option('-p, --port <port>', 'on this port of 127.0.0.1')
        .argParser(portOf)
        .default(0, 'any that is free'),
    )
    .option('-n, --no-browser', 'open no browser, print the address alone')
    .option('-b, --background', 'come back at once when it can be reached, and leave it running', false)
    .option('-f, --force', 'end the one that is running, and start anew', false)
    .addOption(new Option('-m, --memory <size>', 'memory: 4G, 512M').argParser(memory).default(4 * GIB, '4G'))
    .addOption(new Option('--cpus <n>', 'processors').argParser(processors).default(2))
    .addHelpText('after', MORE)
    .action(async (tool: string, flags: LaunchFlags) => {
      const { launchHere } = await import('./launch-work.ts');
      process.exitCode = await launchHere(tool, flags);
    });
  launch
    .command('list')
    .description('the sessions that are running')
    .option('--json', 'print one JSON array', false)
    .action(async ({ json }: { json: boolean }) => {
      const { listSessions } = await import('./launch-work.ts');
      await listSessions(json);
    });
  launch
    .command('stop')
    .description('end sessions of the study in this folder')
    .argument('[name]', 'rstudio, jupyter, or the name of a session of any study; none: those of this study')
    .option('-d, --directory <folder>', 'the study, when it is not this folder', '.')
    .option('--all', 'those of every study', false)
    .action(async (name: string | undefined, flags: StopFlags) => {
      const { stopSessions } = await import('./launch-work.ts');
      await stopSessions(name, flags);
    });
}

function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= LARGEST_PORT) return port;
  throw new InvalidArgumentError('Write a number from 1 to 65535.');
}
