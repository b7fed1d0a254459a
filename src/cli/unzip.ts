/** `sallyport unzip <path…>`: what lies as `.gz` beside a study's code, unpacked. */
import { InvalidArgumentError, Option, type Command } from 'commander';

export interface UnzipFlags {
  verbose: boolean;
  maxSize: number;
}

const GIB = 1024 ** 3;
const MORE = `
Every file called like table.csv.gz gets table.csv beside it, through all folders; the .gz stays. One that was unpacked
already, and is newer than the .gz, is left as it is. Links are not followed, neither to read nor to write, and a file
appears whole or not at all.

Exit codes:
  0  everything is unpacked
  1  something could not be: broken, larger than --max-size, no room
  2  the command line is wrong`;

export function registerUnzip(root: Command): void {
  root
    .command('unzip')
    .description('unpack .gz files, in folders and all folders below; what is unpacked already is skipped')
    .argument('<path...>', 'files or folders')
    .addOption(
      new Option('--max-size <size>', 'nothing may become larger than this: 20G, 500M')
        .argParser(size)
        .default(16 * GIB, '16G'),
    )
    .option('--verbose', 'name each file', false)
    .addHelpText('after', MORE)
    .action(async (paths: string[], flags: UnzipFlags) => {
      const { unzip } = await import('./unzip-work.ts');
      process.exitCode = await unzip(paths, flags, process.stdout);
    });
}

function size(text: string): number {
  const found = /^(\d+(?:\.\d+)?)([KMGT]?)i?B?$/i.exec(text);
  const power = ['', 'K', 'M', 'G', 'T'].indexOf((found?.[2] ?? '').toUpperCase());
  const bytes = Math.floor(Number(found?.[1]) * 1024 ** power);
  if (found && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new InvalidArgumentError('Write a size, like 20G or 500M.');
}
