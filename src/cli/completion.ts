/** `sallyport completion <shell>`: what a shell completes, from the commands as they are registered. */
import { Argument, type Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

export function registerCompletion(root: Command): void {
  root
    .command('completion')
    .description('print a script that completes commands, options and names of actions in a shell')
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action(async (shell: Shell) => {
      const { completionScript } = await import('./completion-script.ts');
      process.stdout.write(completionScript(root, shell));
    });
  root
    .command('complete-actions', { hidden: true })
    .description('names of the actions in this folder, for completion')
    .action(async () => {
      const { actionNames } = await import('./completion-script.ts');
      process.stdout.write(
        actionNames('.')
          .map((name) => `${name}\n`)
          .join(''),
      );
    });
  root
    .command('reference', { hidden: true })
    .description('docs/cli.md')
    .action(async () => {
      const { reference } = await import('./reference.ts');
      process.stdout.write(reference(root));
    });
}
