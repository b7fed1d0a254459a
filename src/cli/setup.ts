/** `sallyport setup <role>`: makes a host, question by question, and again as often as one likes. */
import { Argument, type Command } from 'commander';
import { SETUP_ROLES, type SetupRole } from './setup/role.ts';
import type { SetupFlags } from './setup/work.ts';

const MORE = `
In a terminal it asks one question at a time, shows what it will write, and asks before it does. Enter takes what stands in
brackets, "-" means nothing. Answers are kept in <dir>/setup/, so running it again changes nothing that is right, goes on
with what waited, and lets you change one answer. A file that somebody changed by hand is kept and named.

What hosts must know of each other are cards in <dir>/cards/: public lines, numbers, addresses, never a secret. Copy them.

Without a terminal, or with --yes, nothing is asked: answers come from --config, from last time, from cards, and from the
standards. No secret is an answer, and none is ever printed: a question names the file it stands in.

Exit codes:
  0  everything of this role is there
  1  something waits, was changed by hand, or could not be made; it says what. Run it again afterwards
  2  the command line is wrong`;

const more = (one: string, before: string[]): string[] => [...before, one];

export function registerSetup(root: Command): void {
  root
    .command('setup')
    .description('set up a host: keys, GitHub App, governance repository, database, settings, units')
    .addArgument(
      new Argument('<role>', 'what is set up here; zone is agent and airlock').choices(SETUP_ROLES),
    )
    .option('--dir <folder>', 'where settings and keys are', '/etc/sallyport')
    .option('--config <file>', 'answers: one "id: value" a line')
    .option('--yes', 'ask nothing', false)
    .option('--dry-run', 'show what would be written, and write nothing', false)
    .option(
      '--replace <file>',
      'write this file anew although it was changed by hand; may be given more than once',
      more,
      [],
    )
    .option('--app-code <address>', 'where the browser ended after the App was registered, or the code in it')
    .addHelpText('after', MORE)
    .action(async (role: SetupRole, flags: SetupFlags) => {
      const { runSetup } = await import('./setup/run.ts');
      process.exitCode = await runSetup(role, flags);
    });
}
