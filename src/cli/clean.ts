/** `sallyport clean`: away with what `run`, `exec` and `launch` left of this study. */
import type { Command } from 'commander';

export interface CleanFlags {
  projectDir: string;
  images: boolean;
  dryRun: boolean;
  verbose: boolean;
}

const MORE = `
Removed are containers and networks that were left, folders of runs that were broken off or kept by --debug, and logs
of actions that project.yaml no longer has. Outputs are never touched, nor is anything while a run is going on here.
What another study left is its own, unless that study's folder is gone. A session that is still open is named and left.

Exit codes:
  0  nothing is left
  1  something could not be removed, or a run is going on
  2  the command line is wrong`;

export function registerClean(root: Command): void {
  root
    .command('clean')
    .description('remove what "run", "exec" and "launch" left behind of a study; never outputs')
    .option('--images', 'also images whose name a newer one has now', false)
    .option('--dry-run', 'only say what would be removed', false)
    .option('--verbose', 'name each thing', false)
    .option('--project-dir <folder>', 'the study, when it is not this folder', '.')
    .addHelpText('after', MORE)
    .action(async (flags: CleanFlags) => {
      const { clean } = await import('./clean-work.ts');
      process.exitCode = await clean(flags, process.stdout);
    });
}
