/** `sallyport hub maintenance|prepare-for-reboot`: sparing a database, emptying a machine. */
import { InvalidArgumentError, type Command } from 'commander';
import { moment, withHub, withWhy, type HubOptions } from './operator-options.ts';

interface MaintenanceOptions extends HubOptions {
  from?: number;
  until?: number;
}

interface RebootOptions extends HubOptions {
  status?: boolean;
  yes?: boolean;
}

export function registerOperatorBackend(hub: Command): void {
  const maintenance = hub
    .command('maintenance')
    .argument('<backend>', 'as backends.yml names it')
    .argument('<on|off>', 'whether its database is being maintained', onOff);
  withWhy(withHub(maintenance))
    .description("spare a backend's database: its jobs wait, those that run are put back into the queue")
    .option('--from <time>', 'begin then, not now: 2027-03-01T22:00Z', moment)
    .option('--until <time>', 'end by itself then', moment)
    .action(async (backend: string, on: boolean, _given: object, command: Command) => {
      const { askMaintenance } = await import('./operator-call.ts');
      const { showMaintenance } = await import('./operator-show.ts');
      const options = command.optsWithGlobals<MaintenanceOptions>();
      const { from, until, why } = options;
      const answer = await askMaintenance(options, { backend, on, why, ...(on ? { from, until } : {}) });
      process.stdout.write(showMaintenance(backend, on, answer));
    });
  const looks = (options: Record<string, unknown>): boolean => options['status'] === true;
  withWhy(withHub(hub.command('prepare-for-reboot <backend>')), 'public', looks)
    .description(
      "before a backend's machine is started anew: pause it, stop what runs and put it back into the queue",
    )
    .option('--status', 'change nothing: is it safe yet?')
    .option('--yes', 'do not ask')
    .action(async (backend: string, _given: object, command: Command) => {
      const { prepareReboot } = await import('./operator-reboot.ts');
      const { text, safe } = await prepareReboot(backend, command.optsWithGlobals<RebootOptions>());
      process.stdout.write(text);
      if (command.opts<RebootOptions>().status && !safe) process.exitCode = 1;
    });
}

function onOff(word: string): boolean {
  if (word === 'on' || word === 'off') return word === 'on';
  throw new InvalidArgumentError('Write on or off.');
}
