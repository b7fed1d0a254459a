/** `sallyport codelists add|update|check`: the codelists of a study, on a laptop. */
import type { Command } from 'commander';
import { Refused } from '../lib/refusal.ts';
import type * as codelistsWork from './codelists-work.ts';

interface Options {
  from?: string;
}

export function registerCodelists(root: Command): void {
  const group = root.command('codelists').description('the codelists that a study uses');
  const from = [
    '--from <address>',
    'address of the registry; else SALLYPORT_CODELISTS, or what codelists.json names',
  ] as const;
  group
    .command('add')
    .description('add a version to codelists.txt and download it')
    .argument('<line>', 'organisation/codelist/version, or the address of its page')
    .argument('[study]', 'folder of the study', '.')
    .option(...from)
    .action(async (line: string, study: string, options: Options) =>
      run(async ({ add, ...work }) => add(work.study(study, options.from), line)),
    );
  group
    .command('update')
    .description('download every codelist of codelists.txt and write codelists.json')
    .argument('[study]', 'folder of the study', '.')
    .option(...from)
    .action(async (study: string, options: Options) =>
      run(async ({ update, ...work }) => update(work.study(study, options.from))),
    );
  group
    .command('check')
    .description('whether the files are as they were downloaded, and right by the registry')
    .argument('[study]', 'folder of the study', '.')
    .option(...from)
    .action(async (study: string, options: Options) =>
      run(async ({ check, ...work }) => check(work.study(study, options.from))),
    );
  group
    .command('check-upstream')
    .description('whether they are right by the registry; in GitHub Actions drift is told and fails nothing')
    .argument('[study]', 'folder of the study', '.')
    .option(...from)
    .action(async (study: string, options: Options) =>
      run(async ({ checkUpstream, ...work }) => checkUpstream(work.study(study, options.from))),
    );
}

type Work = typeof codelistsWork;

/** Each answers lines to print and whether all is well. */
async function run(how: (work: Work) => Promise<{ lines: string[]; ok: boolean }>): Promise<void> {
  const { lines, ok } = await how(await import('./codelists-work.ts')).catch(orRefusal);
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  process.exitCode = ok ? 0 : 1;
}

async function orRefusal(error: unknown): Promise<never> {
  const { fileRefusal } = await import('./codelists-faults.ts');
  const no = fileRefusal(error);
  throw no ? new Refused(no, { cause: error }) : error;
}
