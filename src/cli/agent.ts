/** `sallyport agent --zone zone.yml`: runs jobs next to the data, for one backend. */
import type { Command } from 'commander';
import { registerAgentDrain } from './drain-agent.ts';
import { registerAgentKeep } from './agent-keep.ts';
import { registerFreeze } from './freeze.ts';
import { version } from './version.ts';

export function registerAgent(root: Command): void {
  const agent = root
    .command('agent')
    .description('run jobs next to the data: polls the hub, checks each job itself, runs containers')
    .requiredOption('--zone <file>', 'what this host believes without asking anyone: zone.yml')
    .addHelpText(
      'after',
      '\nThere is no setting for a GitHub credential: the agent reaches GitHub through the proxy only.',
    )
    .action(async ({ zone: file }: { zone: string }) => {
      const { startAgent, readZoneFile } = await import('../../agent/agent.ts');
      const { createLogger } = await import('../lib/logger.ts');
      const { isRefusal, Refused } = await import('../lib/refusal.ts');
      const zone = readZoneFile(file);
      if (isRefusal(zone)) throw new Refused(zone);
      const running = await startAgent({
        zone,
        logger: createLogger('agent', { traces: zone.traces !== undefined }),
        version,
      });
      process.stdout.write(`agent ${zone.agent.id} is ready for backend ${zone.backend}\n`);
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void running.stop());
      await running.done;
    });
  registerFreeze(agent);
  registerAgentKeep(agent);
  registerAgentDrain(agent);
}
