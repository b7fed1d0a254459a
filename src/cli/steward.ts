/** `sallyport steward --config steward-config.yml`: publishes on GitHub what was let out, with an App of its own. */
import type { Command } from 'commander';

export function registerSteward(root: Command): void {
  root
    .command('steward')
    .description('the second App: publish released files, make repositories and teams as governance says')
    .requiredOption(
      '--config <file>',
      'its settings, which "sallyport setup steward" writes and docs/install/steward.md describes',
    )
    .addHelpText(
      'after',
      '\nIts settings are not the file steward.yml of this program: that one describes its GitHub App to GitHub.',
    )
    .action(async ({ config }: { config: string }) => {
      const { startSteward } = await import('../steward.ts');
      const running = await startSteward(config);
      process.stdout.write('steward asking the hub\n');
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      await running.stop();
    });
}
