/** `sallyport agent drain`: ends the agent of this host without interrupting a job. */
import type { Command } from 'commander';
import { withWhy } from './operator-options.ts';

interface Options {
  zone: string;
  cancel?: boolean;
  wait: boolean;
  why: string;
}

const LOOK_MS = 250;

export function registerAgentDrain(agent: Command): void {
  withWhy(agent.command('drain'), 'host')
    .description('take no new job, finish those that run, then end the agent; before an upgrade or a restart')
    .option('--cancel', 'take it back: the agent goes on')
    .option('--no-wait', 'do not wait until it has ended')
    .action(async (_given: object, command: Command) => {
      const { zone: file, cancel, wait, why } = command.optsWithGlobals<Options>();
      const { readZoneFile } = await import('../../agent/zone-file.ts');
      const { askToDrain, askToGoOn } = await import('../../agent/drain.ts');
      const { isRefusal, Refused } = await import('../lib/refusal.ts');
      const { noteDeed } = await import('../../agent/keep/deeds.ts');
      const { systemClock } = await import('../lib/clock.ts');
      const { randomIds } = await import('../lib/ids.ts');
      const zone = readZoneFile(file);
      if (isRefusal(zone)) throw new Refused(zone);
      const { id, state_dir: dir } = zone.agent;
      if (cancel) {
        const was = askToGoOn(dir);
        if (isRefusal(was)) throw new Refused(was);
        if (was) noteDeed(dir, { deed: 'agent-goes-on', why }, { clock: systemClock, ids: randomIds });
        process.stdout.write(was ? `agent ${id} goes on\n` : `agent ${id} was not being drained\n`);
        return;
      }
      const draining = askToDrain(dir);
      if (isRefusal(draining)) throw new Refused(draining);
      noteDeed(dir, { deed: 'agent-drained', why }, { clock: systemClock, ids: randomIds });
      let shown = -1;
      while (wait && !draining.ended()) {
        const left = draining.left();
        if (left !== shown) process.stdout.write(`agent ${id} takes no new job; ${jobs(left)}\n`);
        shown = left;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      process.stdout.write(wait ? `agent ${id} has ended\n` : `agent ${id} is being drained\n`);
    });
}

const jobs = (n: number): string => (n === 0 ? 'none runs' : n === 1 ? '1 runs' : `${n} run`);
