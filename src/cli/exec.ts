/** `sallyport exec IMAGE[:TAG] [CMD…]`: one program in a container on the study's folder. */
import { Option, type Command } from 'commander';
import { memory, processors } from './run.ts';

export interface ExecFlags {
  entrypoint?: string;
  env: string[];
  user?: string;
  memory: number;
  cpus: number;
  volume: string[];
  projectDir: string;
  stataLicence?: string;
}

const GIB = 1024 ** 3;
const MORE = `
The folder is at /workspace, and the program may change it. As for an action there is no network, no more rights than
yours, and nothing else of this machine; -v adds a folder of it. On a terminal the program has one, otherwise it
reads what is piped in.

Options of the program stand after the image: nothing behind it is read by sallyport.

Exit codes:
  the program's own; 127 and 126 when it is not in the image or cannot be run
  1    nothing could begin
  2    the command line is wrong`;

export function registerExec(root: Command): void {
  // What stands behind the image belongs to the program, also when it looks like an option of ours.
  root.enablePositionalOptions();
  root
    .command('exec')
    .description('run a program in an image, on the folder of the study')
    .argument('<image>', 'python, python:v2, python@sha256:…')
    .argument('[command...]', "words for the image's own program, or a program when it has none")
    .option('--entrypoint <program>', "instead of the image's own program")
    .option('-e, --env <name[=value]>', 'an environment variable; without a value the one you have', many, [])
    .option('-u, --user <user[:group]>', 'run as this user of the image (default: you)')
    .addOption(new Option('-m, --memory <size>', 'memory: 4G, 512M').argParser(memory).default(4 * GIB, '4G'))
    .addOption(new Option('--cpus <n>', 'processors').argParser(processors).default(2))
    .option('-v, --volume <here:there[:ro]>', 'a folder or file of this machine as well', many, [])
    .option('--project-dir <folder>', 'the study, when it is not this folder', '.')
    .option('--stata-licence <file>', 'for stata-mp, when STATA_LICENSE does not hold the licence')
    .addHelpText('after', MORE)
    .passThroughOptions()
    .action(async (image: string, words: string[], flags: ExecFlags) => {
      const { execHere } = await import('./exec-work.ts');
      process.exitCode = await execHere(image, words, flags);
    });
}

const many = (text: string, before: string[]): string[] => [...before, text];
