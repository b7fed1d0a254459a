/** `sallyport hub list|inspect|requeue`: jobs, for whoever runs the hub. */
import { InvalidArgumentError, type Command } from 'commander';
import { withHub, withWhy, type HubOptions } from './operator-options.ts';

const STATES = ['open', 'waiting', 'running', 'ended', 'all'] as const;

interface ListOptions extends HubOptions {
  state: (typeof STATES)[number];
  backend?: string;
  workspace?: string;
  limit: number;
  json?: boolean;
}

export function registerOperatorJobs(hub: Command): void {
  withHub(hub.command('list'))
    .description('jobs, newest first: their state, their age, what they wait for')
    .option('--state <state>', `one of ${STATES.join(', ')}`, state, 'open')
    .option('--backend <id>', 'of one backend')
    .option('--workspace <name>', 'of one workspace')
    .option('--limit <number>', 'at most so many', most, 50)
    .option('--json', 'for programs')
    .action(async (_given: object, command: Command) => {
      const { askList } = await import('./operator-call.ts');
      const { showJobs } = await import('./operator-show.ts');
      const options = command.optsWithGlobals<ListOptions>();
      const { state: among, backend, workspace, limit, json } = options;
      const answer = await askList(options, { state: among, backend, workspace, limit });
      process.stdout.write(json ? `${JSON.stringify(answer)}\n` : showJobs(answer));
    });
  withHub(hub.command('inspect <id>'))
    .description(
      'all that is known of a request or a job: attempts, agent, what it waits for, the record, GitHub',
    )
    .option('--json', 'for programs')
    .action(async (id: string, { json }: { json?: boolean }, command: Command) => {
      const { askInspect } = await import('./operator-call.ts');
      const { showInspected } = await import('./operator-show.ts');
      const answer = await askInspect(command.optsWithGlobals<HubOptions>(), id);
      process.stdout.write(json ? `${JSON.stringify(answer)}\n` : showInspected(answer));
    });
  withWhy(withHub(hub.command('requeue <job>')))
    .description('run a job again that hangs or has failed; one that runs is stopped first')
    .action(async (job: string, _given: object, command: Command) => {
      const { askRequeue } = await import('./operator-call.ts');
      const options = command.optsWithGlobals<HubOptions>();
      const { outcome, action, request, job: fresh } = await askRequeue(options, { job, why: options.why });
      const says = {
        stopping: `${action} is being stopped and then waits for another turn (job ${fresh})`,
        waiting: `${action} waits for another turn (job ${fresh})`,
        new: `${action} runs again as job ${fresh} of request ${request}`,
      };
      process.stdout.write(`${says[outcome]}\n`);
    });
}

function state(text: string): (typeof STATES)[number] {
  const found = STATES.find((each) => each === text);
  if (found) return found;
  throw new InvalidArgumentError(`It is one of ${STATES.join(', ')}.`);
}

function most(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 1000) return number;
  throw new InvalidArgumentError('Give a number from 1 to 1000.');
}
