/** `sallyport dummy-data [table…]`: invented rows of a deployment's tables. */
import { InvalidArgumentError, Option, type Command } from 'commander';

export interface DummyDataFlags {
  rows: number;
  seed: string;
  format: 'csv' | 'csv.gz' | 'sql';
  output?: string;
  from?: string;
  projectDir: string;
  list: boolean;
}

const MOST = 100_000_000;
const MORE = `
Tables, types, categories and ranges are those that your deployment publishes at /schemas; nothing of the rows is
anybody's. --from fetches them once and keeps them in dummy-data/schemas.json: commit it, and no network is needed any
more. The same tables and the same seed give the same rows on every machine, and row 17 stays the same when
you ask for more.

One table that is named has exactly as many rows as you ask for. All tables, or several, have what
their schemas say for so many: three for each pupil, one school for twenty-five. What one refers to is always there.`;

export function registerDummyData(root: Command): void {
  root
    .command('dummy-data')
    .description('make invented rows of the tables that your deployment publishes')
    .argument('[table...]', 'tables; all of them without any')
    .option('--rows <n>', 'how many', rows, 1000)
    .option('--seed <text>', 'another seed gives other rows', '1')
    .addOption(
      new Option('--format <format>', 'csv, csv.gz, or sql for PostgreSQL')
        .choices(['csv', 'csv.gz', 'sql'])
        .default('csv'),
    )
    .option('--output <folder>', 'where the files go; else dummy-data in the study')
    .option('--from <place>', 'address of a deployment, or a file or folder of schemas')
    .option('--project-dir <folder>', 'the study, when it is not this folder', '.')
    .option('--list', 'only say which tables and columns there are', false)
    .addHelpText('after', MORE)
    .action(async (tables: string[], flags: DummyDataFlags) => {
      const { dummyData } = await import('./dummy-data-work.ts');
      await dummyData(tables, flags, (line) => void process.stdout.write(`${line}\n`));
    });
}

function rows(text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (/^[\d_]+$/.test(text) && value >= 1 && value <= MOST) return value;
  throw new InvalidArgumentError(`Write a whole number from 1 to ${MOST}.`);
}
