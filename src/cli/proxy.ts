/** `sallyport proxy --config proxy.yml`: the boundary between the secure zone and GitHub. */
import type { Command } from 'commander';

export function registerProxy(root: Command): void {
  root
    .command('proxy')
    .description('let the secure zone read listed repositories, images and Debian packages, and nothing else')
    .requiredOption(
      '--config <file>',
      'proxy.yml, which "sallyport setup proxy" writes and docs/install/proxy.md describes',
    )
    .action(async ({ config }: { config: string }) => {
      const { startProxy } = await import('../proxy.ts');
      const running = await startProxy(config);
      process.stdout.write(`proxy listening on ${running.address}\n`);
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      await running.close();
    });
}
