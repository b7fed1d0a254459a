/** `sallyport hub backup|restore|verify`. */
import type { Command } from 'commander';
import { mayWhy, place, withWhy } from './operator-options.ts';

interface Options {
  config: string;
  why: string;
}

export function registerHubStore(hub: Command): void {
  withWhy(configured(hub.command('backup')))
    .description(
      'write all that the hub knows into a new folder; beside a hub at work where it has PostgreSQL',
    )
    .requiredOption('--to <folder>', 'a folder that does not exist yet', place)
    .action(async ({ to }: { to: string }, command: Command) => {
      const { backUp } = await import('./hub-store-work.ts');
      const made = await backUp({ ...command.optsWithGlobals<Options>(), to });
      process.stdout.write(
        `backed up ${Object.keys(made.tables).length} tables and a log of ${made.entries} entries into ${to}\n` +
          'No key is in it: keep hub.yml and its key files elsewhere.\n',
      );
    });
  withWhy(configured(hub.command('restore')))
    .description('bring a backup into an empty database, and verify it')
    .requiredOption('--from <folder>', 'a folder written by backup', place)
    .option('--since <checkpoint>', 'the newest checkpoint that anybody has seen: a file or an address')
    .option('--accept-fork', 'restore although the log was longer since; then begin a new log')
    .action(async (given: { from: string; since?: string; acceptFork?: boolean }, command: Command) => {
      const { restore } = await import('./hub-store-work.ts');
      // `hub` has an option of the same name, and takes it wherever it stands: the own one is only the default.
      const { entries, at } = await restore({ ...given, ...command.optsWithGlobals<Options>() });
      process.stdout.write(
        `restored: the hub as it was ${new Date(at).toISOString()}, with a log of ${entries} entries; everything holds\n` +
          (given.since && !given.acceptFork
            ? ''
            : 'Before you start it: was a longer log ever seen? Then begin a new one (another ledger.origin and key), and say so in public: docs/ledger.md.\n'),
      );
    });
  mayWhy(configured(hub.command('verify')), 'public')
    .description(
      "check the hub's record: its entries, the tree, every checkpoint, and that state agrees with them",
    )
    .action(async (_given: object, command: Command) => {
      const { verify } = await import('./hub-store-work.ts');
      const faults = await verify(command.optsWithGlobals<Options>());
      for (const { what, where } of faults) process.stdout.write(`${what} ${where} does not hold\n`);
      process.stdout.write(faults.length === 0 ? 'everything holds\n' : `${faults.length} faults\n`);
      if (faults.length > 0) process.exitCode = 1;
    });
}

const configured = (command: Command): Command => command.option('--config <file>', 'hub.yml', 'hub.yml');
