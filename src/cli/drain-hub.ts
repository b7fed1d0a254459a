/** `sallyport hub drain`: ends the hub of this machine; other hubs on its database go on. */
import type { Command } from 'commander';
import { withWhy } from './operator-options.ts';

interface Options {
  config: string;
  why: string;
  wait: boolean;
}

const LOOK_MS = 100;

export function registerHubDrain(hub: Command): void {
  withWhy(hub.command('drain'))
    .description(
      'answer open polls, finish what is in hand, then end this hub; before an upgrade or a restart',
    )
    .option('--config <file>', 'hub.yml', 'hub.yml')
    .option('--no-wait', 'do not wait until it has ended')
    .action(async (_given: object, command: Command) => {
      const { config: file, wait, why } = command.optsWithGlobals<Options>();
      const { readHubConfig } = await import('../hub-config.ts');
      const { askHubToEnd } = await import('../hub-drain.ts');
      const { isRefusal, Refused } = await import('../lib/refusal.ts');
      const draining = askHubToEnd(readHubConfig(file).dataDir, why);
      if (isRefusal(draining)) throw new Refused(draining);
      while (wait && !draining.ended()) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      process.stdout.write(wait ? 'the hub has ended\n' : 'the hub is being drained\n');
    });
}
