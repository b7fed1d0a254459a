/** `sallyport satre`: the evaluation sheet of SATRE 2.0, with the test that shows each statement of the software's. */
import { Option, type Command } from 'commander';

export interface SatreOptions {
  json?: boolean;
  csv?: boolean;
  markdown?: boolean;
}

export function registerSatre(root: Command): void {
  root
    .command('satre')
    .description(
      'print the evaluation sheet of SATRE 2.0: which statement which test shows, and what is missing',
    )
    .addOption(new Option('--json', 'one JSON object').conflicts(['csv', 'markdown']))
    .addOption(new Option('--csv', 'one line per statement and test').conflicts(['json', 'markdown']))
    .addOption(new Option('--markdown', 'as docs/satre.md').conflicts(['json', 'csv']))
    .action(async (options: SatreOptions) => {
      const { sheetAs } = await import('./satre-show.ts');
      process.stdout.write(sheetAs(options));
    });
}
