/** `sallyport steward --config steward-config.yml`: publishes on GitHub what was let out, with an App of its own. */
import type { Command } from 'commander';

export function registerSteward(root: Command): void {
  root
    .command('steward')
    .description('publish released files as GitHub Releases, with an App and a key of its own')
    .requiredOption('--config <file>', 'its settings, as docs/install/steward.md describes them')
    .addHelpText(
      'after',
      '\nThe manifest of its GitHub App is steward.yml of this repository, which is no settings file.',
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
