/** `sallyport agent list|inspect|disk|verify|backup|restore|archive-workspace|restore-workspace|retention`: on the agent's own host. */
import { InvalidArgumentError, type Command } from 'commander';
import { mayWhy, oneLine, place, withWhy } from './operator-options.ts';

interface Zoned {
  zone: string;
  why: string;
}

export function registerAgentKeep(agent: Command): void {
  registerLooks(agent);
  withWhy(agent.command('backup'), 'host')
    .description(
      'add a backup of all that this agent keeps to a folder on another disk; beside an agent at work',
    )
    .requiredOption('--to <folder>', 'backups of this agent gather there; bytes are kept once', place)
    .action(async ({ to }: { to: string }, command: Command) => {
      const { backUp } = await import('./agent-keep-work.ts');
      tell(await backUp({ ...command.optsWithGlobals<Zoned>(), to }));
    });
  withWhy(agent.command('restore'), 'host')
    .description('bring a backup into an empty state folder, and verify it; while the agent is stopped')
    .requiredOption('--from <folder>', 'a folder written by backup', place)
    .option('--backup <name>', 'one of several; the newest otherwise')
    .action(async (given: { from: string; backup?: string }, command: Command) => {
      const { restore } = await import('./agent-keep-work.ts');
      tell(await restore({ ...command.optsWithGlobals<Zoned>(), ...given }));
    });
  withWhy(agent.command('archive-workspace <name>'), 'host')
    .description(
      'put a workspace into one signed file and take it off this host; no job begins in it until it is back',
    )
    .requiredOption('--to <file>', 'a file that does not exist yet, on another disk', place)
    .action(async (name: string, { to }: { to: string }, command: Command) => {
      const { archive } = await import('./agent-keep-work.ts');
      tell(await archive({ ...command.optsWithGlobals<Zoned>(), name, to }));
    });
  agent
    .command('retention')
    .description(
      'list high-privacy outputs of workspaces that have been idle for long; with --why, remove them',
    )
    .requiredOption('--days <n>', 'idle for so many days', wholeDays)
    .option(
      '--why <text>',
      'removes, while the agent is stopped; stays on this host, the public record says that it was done and when',
      oneLine,
    )
    .action(async (_given: object, command: Command) => {
      const { retention } = await import('./agent-keep-work.ts');
      tell(retention(command.optsWithGlobals<Zoned & { days: number }>()));
    });
  withWhy(agent.command('restore-workspace <name>'), 'host')
    .description('bring an archived workspace back, and verify it')
    .requiredOption('--from <file>', 'written by archive-workspace', place)
    .action(async (name: string, { from }: { from: string }, command: Command) => {
      const { unarchive } = await import('./agent-keep-work.ts');
      tell(await unarchive({ ...command.optsWithGlobals<Zoned>(), name, from }));
    });
}

const MOST_DAYS = 36_500;

function wholeDays(text: string): number {
  const count = Number(text);
  if (/^\d{1,5}$/.test(text) && count >= 1 && count <= MOST_DAYS) return count;
  throw new InvalidArgumentError('Give a whole number of days, 1 or more.');
}

function registerLooks(agent: Command): void {
  agent
    .command('list')
    .description('jobs at work here, workspaces, and what was done here')
    .action(async (_given: object, command: Command) => {
      const { list } = await import('./agent-keep-work.ts');
      process.stdout.write(list(command.optsWithGlobals<Zoned>()));
    });
  agent
    .command('inspect <workspace>')
    .description(
      'the outputs of a workspace and the runs that made them; names of files are for this host alone',
    )
    .action(async (name: string, _given: object, command: Command) => {
      const { inspect } = await import('./agent-keep-work.ts');
      process.stdout.write(inspect(command.optsWithGlobals<Zoned>(), name));
    });
  agent
    .command('disk')
    .description('how full the disk is, and what takes how much of it')
    .action(async (_given: object, command: Command) => {
      const { disk } = await import('./agent-keep-work.ts');
      process.stdout.write(await disk(command.optsWithGlobals<Zoned>()));
    });
  mayWhy(agent.command('verify'), 'host')
    .description('check every stored object, manifest, history and view')
    .option('--quick', 'names, sizes and signatures only: no file is read through')
    .action(async ({ quick = false }: { quick?: boolean }, command: Command) => {
      const { verify } = await import('./agent-keep-work.ts');
      tell(await verify(command.optsWithGlobals<Zoned>(), quick));
    });
}

function tell({ text, sound }: { text: string; sound: boolean }): void {
  process.stdout.write(text);
  if (!sound) process.exitCode = 1;
}
