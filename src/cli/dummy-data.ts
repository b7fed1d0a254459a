/** `sallyport dummy-data [table…]`: invented rows of a deployment's tables. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { USUAL_ROWS, USUAL_SEED } from '../../agent/images/dummy-rows/usual.ts';
import { refusal, Refused } from '../lib/refusal.ts';

export interface DummyDataFlags {
  rows: number;
  seed: string;
  format: 'csv' | 'csv.gz' | 'sql';
  output?: string;
  from?: string;
  projectDir: string;
  list: boolean;
  action?: string;
  check: boolean;
}

const MOST = 100_000_000;
const MORE = `
Tables, types, categories and ranges are those that your deployment publishes at /schemas; nothing of the rows is
anybody's. --from fetches them once and keeps them in dummy-data/schemas.json: commit it, and no network is needed any
more. The same tables and the same seed give the same rows on every machine, and row 17 stays the same when
you ask for more.

One table that is named has exactly as many rows as you ask for. All tables, or several, have what
their schemas say for so many: three for each pupil, one school for twenty-five. What one refers to is always there.

With --action all tables are put into a PostgreSQL in this program's memory, the SQL file of the action (sqlrunner)
is run on them as next to the data, and what it returns becomes the action's dummy_data_file.`;

export function registerDummyData(root: Command): void {
  root
    .command('dummy-data')
    .description('make invented rows of the tables that your deployment publishes')
    .argument('[table...]', 'tables; all of them without any')
    .option('--rows <n>', 'how many', rows, USUAL_ROWS)
    .option('--seed <text>', 'another seed gives other rows', USUAL_SEED)
    .addOption(
      new Option('--format <format>', 'csv, csv.gz, or sql for PostgreSQL')
        .choices(['csv', 'csv.gz', 'sql'])
        .default('csv'),
    )
    .option('--output <folder>', 'where the files go; else dummy-data in the study')
    .option('--from <place>', 'address of a deployment, or a file or folder of schemas')
    .option('--project-dir <folder>', 'the study, when it is not this folder', '.')
    .option('--list', 'only say which tables and columns there are', false)
    .addOption(
      new Option(
        '--action <name>',
        "run a database action's query on the rows, and write its dummy_data_file",
      ).conflicts(['format', 'output', 'list']),
    )
    .option('--check', 'with --action: only compare its dummy_data_file with what the query returns', false)
    .addHelpText('after', MORE)
    .action(async (tables: string[], flags: DummyDataFlags) => {
      if (flags.action !== undefined) {
        const { ofAction } = await import('./dummy-data-action.ts');
        process.exitCode = (await ofAction(tables, flags, say)) ? 0 : 1;
        return;
      }
      if (flags.check) throw new Refused(refusal('dummy.usage', ...CHECK_WHAT));
      const { dummyData } = await import('./dummy-data-work.ts');
      await dummyData(tables, flags, say);
    });
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const CHECK_WHAT = ['--check is of an action.', 'Name it: --action <name>.'] as const;

function rows(text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (/^[\d_]+$/.test(text) && value >= 1 && value <= MOST) return value;
  throw new InvalidArgumentError(`Write a whole number from 1 to ${MOST}.`);
}
