/**
 * `sallyport agent freeze` and `sallyport airlock freeze`: the zone's own switch. Both set the same file, which agent
 * and airlock of this host watch; no hub is asked, and no hub lifts it.
 */
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { withWhy } from './operator-options.ts';

interface Zoned {
  zone: string;
}

export function registerFreeze(role: Command): void {
  const where = role.name() === 'airlock' ? 'airlock' : 'host';
  const byOldName = (options: Record<string, unknown>): boolean => options['reason'] !== undefined;
  withWhy(role.command('freeze'), where, byOldName)
    .description(
      'stop everything in this zone at once, also without the hub: nothing runs, is shown or leaves',
    )
    .addOption(new Option('--reason <text>', 'what --why was called').hideHelp())
    .option('--running <stop|finish>', 'what becomes of jobs that run', 'stop')
    .action(async (given: { why?: string; reason?: string; running: string }, command: Command) => {
      const { running } = given;
      const reason = given.why ?? given.reason ?? '';
      const { Refused } = await import('../lib/refusal.ts');
      if (running !== 'stop' && running !== 'finish') throw new Refused(badRunning(running));
      const { writeWhole } = await import('../../agent/store/durable.ts');
      const file = await switchOf(command);
      // Read by agent and airlock, which are other users than whoever writes it; nothing in it is secret to them.
      writeWhole(file, `running: ${running}\nreason: ${JSON.stringify(reason)}\n`, { mode: 0o644 });
      await noteSwitch(command, 'zone-frozen', reason);
      process.stdout.write(`frozen: agent and airlock of this host stand still within seconds (${file})\n`);
    });
  withWhy(role.command('unfreeze'), where)
    .description('lift what was frozen here; where zone.yml wants it, also confirm what governance lifted')
    .action(async ({ why }: { why: string }, command: Command) => {
      const { rmSync } = await import('node:fs');
      const { switchAt } = await import('../../agent/freezes.ts');
      const file = await switchOf(command);
      const was = switchAt(file);
      rmSync(file, { force: true });
      if (was) await noteSwitch(command, 'zone-unfrozen', why);
      process.stdout.write(was ? 'lifted: this zone goes on\n' : 'this zone was not frozen here\n');
      await confirm(command, file);
    });
}

/** What two people lifted by the hub's word, and this zone wants to hear from its operator too. */
async function confirm(command: Command, file: string): Promise<void> {
  const { confirmFile, mustConfirm, readHeld } = await import('../../agent/freezes.ts');
  const { inForce, scopeText } = await import('../governance/governance.ts');
  const { writeWhole } = await import('../../agent/store/durable.ts');
  const zone = await zoneOf(command);
  const dirs = [zone.agent.state_dir, ...(zone.airlock ? [zone.airlock.state_dir] : [])];
  const held = dirs.flatMap((dir) => inForce(readHeld(join(dir, 'freezes.json'))));
  const lifted = mustConfirm(zone) ? held.filter(({ lift }) => lift !== null) : [];
  if (lifted.length > 0) {
    const ids = [...new Set(lifted.map(({ id }) => id))];
    writeWhole(confirmFile(file), `${ids.join('\n')}\n`, { mode: 0o644 });
    const what = new Set(lifted.map(({ scope }) => scopeText(scope)));
    process.stdout.write(`confirmed what governance lifted: ${[...what].join(', ')}\n`);
  }
  const left = held.filter(({ id }) => !lifted.some((each) => each.id === id));
  for (const scope of new Set(left.map((each) => scopeText(each.scope))))
    process.stdout.write(`still frozen by governance: ${scope}; two of them lift it with /unfreeze\n`);
}

/** For the record; where this user may not write, agent and airlock see it and note it. */
async function noteSwitch(
  command: Command,
  deed: 'zone-frozen' | 'zone-unfrozen',
  why: string,
): Promise<void> {
  const { noteSwitched } = await import('../../agent/keep/switched.ts');
  const { systemClock } = await import('../lib/clock.ts');
  const { randomIds } = await import('../lib/ids.ts');
  const { agent, airlock } = await zoneOf(command);
  // Each tells of itself: a host may have one of them, and which of the two was asked makes no difference.
  for (const dir of [agent.state_dir, ...(airlock ? [airlock.state_dir] : [])])
    noteSwitched(dir, { deed, why }, { clock: systemClock, ids: randomIds });
}

async function switchOf(command: Command): Promise<string> {
  const { freeze_file: file } = await zoneOf(command);
  return file;
}

async function zoneOf(command: Command) {
  const { readZoneFile } = await import('../../agent/zone-file.ts');
  const { isRefusal, Refused } = await import('../lib/refusal.ts');
  const zone = readZoneFile(command.optsWithGlobals<Zoned>().zone);
  if (isRefusal(zone)) throw new Refused(zone);
  return { ...zone, freeze_file: zone.freeze_file ?? '' };
}

const badRunning = (written: string) => ({
  refused: true as const,
  code: 'freeze.running',
  says: `--running is stop or finish, not "${written.slice(0, 40)}".`,
  next: 'Write --running finish to let jobs that run end by themselves.',
});
