/** `sallyport hub backends|pause|unpause|kill` and more: what whoever runs the hub tells the one that is at work. */
import type { Command } from 'commander';
import { registerHubStore } from './hub-store.ts';
import { registerOperatorBackend } from './operator-backend.ts';
import { registerOperatorJobs } from './operator-jobs.ts';
import { withHub, withWhy, type HubOptions } from './operator-options.ts';

export function registerOperator(hub: Command): void {
  withHub(hub.command('backends'))
    .description('the backends: who calls, what runs, what waits')
    .option('--json', 'for programs')
    .action(async (given: { json?: boolean }, command: Command) => {
      const { askBackends, showBackends } = await import('./operator-call.ts');
      const answer = await askBackends(command.optsWithGlobals<HubOptions>());
      process.stdout.write(given.json ? `${JSON.stringify(answer)}\n` : showBackends(answer));
    });
  withWhy(withHub(hub.command('pause <backend>')))
    .description('start no more jobs there; those that run go on')
    .action((backend: string, _given: unknown, command: Command) => hold(command, backend, true));
  withWhy(withHub(hub.command('unpause <backend>')))
    .description('start jobs there again')
    .action((backend: string, _given: unknown, command: Command) => hold(command, backend, false));
  withWhy(withHub(hub.command('kill <job>')))
    .description('stop a job; "backends" lists the ids of those that run')
    .action(async (job: string, _given: unknown, command: Command) => {
      const { askKill } = await import('./operator-call.ts');
      const options = command.optsWithGlobals<HubOptions>();
      const { request, action, outcome } = await askKill(options, { job, why: options.why });
      const done = outcome === 'ended' ? 'has ended' : 'is being stopped';
      process.stdout.write(`${action} of request ${request} ${done}\n`);
    });
  registerHubStore(hub);
  registerOperatorJobs(hub);
  registerOperatorBackend(hub);
}

async function hold(command: Command, backend: string, paused: boolean): Promise<void> {
  const { askPause } = await import('./operator-call.ts');
  const options = command.optsWithGlobals<HubOptions>();
  const { changed } = await askPause(options, paused, { backend, why: options.why });
  const how = paused ? 'paused' : 'running';
  process.stdout.write(changed ? `${backend} is ${how}\n` : `${backend} was ${how} already\n`);
}
