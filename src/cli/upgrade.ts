/** `sallyport upgrade [version]`: a newer one, by the way this one came. */
import type { Command } from 'commander';

export interface UpgradeFlags {
  dryRun: boolean;
}

const MORE = `
Installed by npm for every folder, it is npm that brings the newer one, from the registry that npm is configured for;
installed in another way, this says what to do. A notice that there is a newer version comes at most every four hours,
after a command, from what a look in the background found: on a terminal only, never in CI.

Environment:
  SALLYPORT_NO_NOTICE  set to anything: no look, no notice
  SALLYPORT_RELEASES   address of the repository whose releases a single file came from: https://github.com/o/r

Exit codes:
  0  done, or said what to do
  1  nobody could say which version is the newest, or npm failed
  2  the command line is wrong`;

export function registerUpgrade(root: Command): void {
  root
    .command('upgrade')
    .description('bring another version of sallyport, the newest unless one is named')
    .argument('[version]', 'like 1.4.0')
    .option('--dry-run', 'only say what would be done', false)
    .addHelpText('after', MORE)
    .action(async (version: string | undefined, flags: UpgradeFlags) => {
      const { upgrade } = await import('./upgrade-work.ts');
      process.exitCode = await upgrade(version, flags, process.stdout);
    });
  root
    .command('look-for-newer', { hidden: true })
    .description('write down which version is the newest, for the notice')
    .action(async () => {
      const { lookForNewer } = await import('./upgrade-newest.ts');
      await lookForNewer();
    });
}
