/** `sallyport disclose <file…>`: the automatic checks on any file, as the author and both checkers see them. */
import { InvalidArgumentError, type Command } from 'commander';

export interface DiscloseOptions {
  json: boolean;
  threshold?: number;
  base?: number;
  group?: string;
  color: boolean;
  out: { write(text: string): unknown };
}

export function registerDisclose(root: Command): void {
  root
    .command('disclose')
    .description('check output files for what could disclose people')
    .argument('[file...]', 'files to check')
    .option('--json', 'print one JSON object per file and line', false)
    .option('--threshold <n>', 'counts from 1 to this are too small', wholeNumber)
    .option('--base <n>', 'counts are rounded to multiples of this', wholeNumber)
    .option('--group <folder>', 'check the files of a folder together, as one group of a request')
    .action(async (files: string[], options: Omit<DiscloseOptions, 'color' | 'out'>, command: Command) => {
      if (files.length === 0 && options.group === undefined)
        command.error('error: name at least one file, or a folder with --group', { exitCode: 2 });
      const { mayColor } = await import('./colors.ts');
      const color = await mayColor();
      process.exitCode = await runDisclose(files, { ...options, color, out: process.stdout });
    });
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text) || Number(text) < 1)
    throw new InvalidArgumentError('Write a whole number from 1.');
  return Number(text);
}

/** Prints every file's findings; answers 1 when a file could not be read. Findings are hints, no failure. */
export async function runDisclose(files: readonly string[], options: DiscloseOptions): Promise<number> {
  const { isMuch, startWorkers } = await import('./disclose-workers.ts');
  const workers = options.group === undefined && isMuch(files) ? startWorkers() : undefined;
  const { discloseFiles } = await import('./disclose-files.ts');
  const { showJson, showText } = await import('./disclose-show.ts');
  let code = 0;
  for await (const report of discloseFiles(files, options, workers)) {
    if (report.unread) code = 1;
    options.out.write(options.json ? showJson(report) : await showText(report, options.color));
  }
  return code;
}
