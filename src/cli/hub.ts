/** `sallyport hub`, `sallyport hub reconcile`, and what its operator says to one at work. */
import type { Command } from 'commander';
import { registerHubDrain } from './drain-hub.ts';
import { withWhy } from './operator-options.ts';
import { registerOperator } from './operator.ts';

export function registerHub(root: Command): void {
  const hub = root
    .command('hub')
    .description('the GitHub App and the controller: checks pushes, takes commands, gives tasks to agents')
    .option('--config <file>', 'hub.yml', 'hub.yml')
    .addHelpText(
      'after',
      '\nPrints {"listening": "<address>"} when it is ready. docs/install/hub.md shows a whole hub.yml.',
    )
    .action(async ({ config }: { config: string }) => {
      const { readHubConfig } = await import('../hub-config.ts');
      const { startHub } = await import('../hub.ts');
      const { drainsBy } = await import('../hub-drain.ts');
      const settings = readHubConfig(config);
      const running = await startHub(settings);
      const drain = drainsBy(settings.dataDir);
      // Heard before it is said to be ready: whoever reads that may ask at once.
      const end = Promise.race([asked().then(() => undefined), drain.asked]);
      process.stdout.write(`${JSON.stringify({ listening: running.url })}\n`);
      const drained = await end;
      await running.stop({ drained });
      drain.close();
    });
  withWhy(hub.command('reconcile'))
    .description('write everything on GitHub again from the database; safe to repeat')
    .option('--config <file>', 'hub.yml', 'hub.yml')
    .action(async (_options: unknown, command: Command) => {
      const { config, why } = command.optsWithGlobals<{ config: string; why: string }>();
      const { readHubConfig } = await import('../hub-config.ts');
      const { reconcile } = await import('../hub.ts');
      const done = await reconcile(readHubConfig(config), why);
      process.stdout.write(`${JSON.stringify(done)}\n`);
    });
  registerHubDrain(hub);
  registerOperator(hub);
}

/** Resolves when the operator or the machine asks the process to end. */
function asked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}
