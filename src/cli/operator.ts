/** `sallyport hub backends|pause|unpause|kill`: what whoever runs the hub tells the one that is at work. */
import { InvalidArgumentError, type Command } from 'commander';

interface Options {
  config: string;
  at?: string;
  why: string;
}

const LONGEST_WHY = 300;

export function registerOperator(hub: Command): void {
  withHub(hub.command('backends'))
    .description('the backends: who calls, what runs, what waits')
    .option('--json', 'for programs')
    .action(async (given: { json?: boolean }, command: Command) => {
      const { askBackends, showBackends } = await import('./operator-call.ts');
      const answer = await askBackends(command.optsWithGlobals<Options>());
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
      const options = command.optsWithGlobals<Options>();
      const { request, action, outcome } = await askKill(options, { job, why: options.why });
      const done = outcome === 'ended' ? 'has ended' : 'is being stopped';
      process.stdout.write(`${action} of request ${request} ${done}\n`);
    });
}

async function hold(command: Command, backend: string, paused: boolean): Promise<void> {
  const { askPause } = await import('./operator-call.ts');
  const options = command.optsWithGlobals<Options>();
  const { changed } = await askPause(options, paused, { backend, why: options.why });
  const how = paused ? 'paused' : 'running';
  process.stdout.write(changed ? `${backend} is ${how}\n` : `${backend} was ${how} already\n`);
}

function withHub(command: Command): Command {
  return command
    .option('--config <file>', 'hub.yml', 'hub.yml')
    .option('--at <address>', 'where the hub listens, if not as hub.yml says');
}

function withWhy(command: Command): Command {
  return command.option('--why <text>', 'for the public record', oneLine, '');
}

function oneLine(text: string): string {
  if (text.length <= LONGEST_WHY && /^[^\p{Cc}\p{Cf}]*$/u.test(text)) return text;
  throw new InvalidArgumentError(`Give one line of at most ${LONGEST_WHY} characters.`);
}
