/** `sallyport airlock --zone zone.yml`: release requests in the zone; and backup, restore and verify. */
import type { Command } from 'commander';
import type { BackupParts } from '../../agent/airlock/backup.ts';
import type { SignInEvent } from '../../agent/airlock/sign-in/sign-in.ts';
import { registerFreeze } from './freeze.ts';
import { version } from './version.ts';

interface Zoned {
  zone: string;
}

export function registerAirlock(root: Command): void {
  const airlock = root
    .command('airlock')
    .description('review outputs next to the data: the viewer, release requests, two checkers, the way out')
    .requiredOption('--zone <file>', 'what this host believes without asking anyone: zone.yml')
    .action(async ({ zone: file }: Zoned) => {
      const { startAirlock } = await import('../../agent/airlock.ts');
      const { createLogger } = await import('../lib/logger.ts');
      const running = await startAirlock({
        zone: await readZone(file),
        logger: createLogger('airlock'),
        version,
      });
      process.stdout.write(`airlock is ready on port ${running.ports.app}\n`);
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void running.stop());
      await running.done;
    });
  registerFreeze(airlock);
  airlock
    .command('backup')
    .description('write everything the airlock knows into a new folder')
    .requiredOption('--to <folder>', 'a folder that does not exist yet')
    .option('--why <text>', "for the airlock's record", '')
    .action(async ({ to, why }: { to: string; why: string }, command: Command) => {
      const { backUp, noteDeed } = await import('../../agent/airlock/backup.ts');
      const done = await withAirlock(command, async (parts) => {
        // Said before it is done, so that the backup itself holds it.
        await noteDeed(parts, 'backed-up', why);
        return backUp(parts, to);
      });
      process.stdout.write(
        `backed up ${Object.keys(done.tables).length} tables and ${done.copies.length} copies\n`,
      );
    });
  airlock
    .command('restore')
    .description('bring a backup into an empty state folder and an empty database, and verify it')
    .requiredOption('--from <folder>', 'a folder written by backup')
    .action(async ({ from }: { from: string }, command: Command) => {
      const { restore } = await import('../../agent/airlock/backup.ts');
      tell(await withAirlock(command, (parts) => restore(parts, from), 'alone'), 'restored');
    });
  airlock
    .command('passkey')
    .description(
      'confirm the first passkeys of operators here, on the host; later ones they confirm in the viewer',
    )
    .argument('<mark>', 'as the account page of its person shows it: 1a2b-3c4d-5e6f-7a8b')
    .action(async (mark: string, _options: object, command: Command) => {
      const { confirmAtHost } = await import('../../agent/airlock/sign-in/sign-in.ts');
      const { isRefusal, Refused } = await import('../lib/refusal.ts');
      const { logLines } = await import('../../agent/airlock/log.ts');
      const done = await withAirlock(command, ({ database: { db }, at }) => {
        const clock = { now: () => at };
        const record = ({ type, person, details }: SignInEvent) =>
          logLines({ clock }, db, [{ type, person, details }]);
        return confirmAtHost({ db, record }, mark);
      });
      if (isRefusal(done)) throw new Refused(done);
      process.stdout.write(`confirmed: "${done.label}" of ${done.login}\n`);
    });
  airlock
    .command('verify')
    .description(
      'check every chain of the record and every stored copy; print what the public ledger should hold',
    )
    .action(async (_options: object, command: Command) => {
      const { noteDeed, verifyAll } = await import('../../agent/airlock/backup.ts');
      const { toldHeads } = await import('../../agent/airlock/record-heads.ts');
      const { zoneKeyIn } = await import('../../agent/airlock-parts.ts');
      const faults = await withAirlock(command, async (parts) => {
        const heads = await toldHeads(parts.database.db, zoneKeyIn(parts.dir));
        for (const { day, digest } of heads) process.stdout.write(`${day} ${digest}\n`);
        const found = await verifyAll(parts);
        await noteDeed(parts, found.length === 0 ? 'verified' : 'unsound', '');
        return found;
      });
      tell(faults, 'verified');
    });
}

function tell(faults: readonly { what: string; where: string }[], done: string): void {
  for (const { what, where } of faults) process.stdout.write(`${what} ${where} does not hold\n`);
  process.stdout.write(faults.length === 0 ? `${done}: everything holds\n` : `${faults.length} faults\n`);
  if (faults.length > 0) process.exitCode = 1;
}

async function readZone(file: string) {
  const { readZoneFile } = await import('../../agent/zone-file.ts');
  const { isRefusal, Refused } = await import('../lib/refusal.ts');
  const zone = readZoneFile(file);
  if (isRefusal(zone)) throw new Refused(zone);
  return zone;
}

/** The airlock's database and folder; beside a running one unless `alone`, but never on an embedded database. */
async function withAirlock<T>(
  command: Command,
  work: (parts: BackupParts) => Promise<T>,
  alone?: 'alone',
): Promise<T> {
  const { airlockDatabase, airlockZone, ownFolder } = await import('../../agent/airlock-parts.ts');
  const { createLogger } = await import('../lib/logger.ts');
  const { systemClock } = await import('../lib/clock.ts');
  const { readPrivateKey } = await import('../lib/keys.ts');
  const { zone: file } = command.optsWithGlobals<Zoned>();
  const zone = airlockZone(await readZone(file));
  const dir = ownFolder(zone.airlock.state_dir);
  const logger = createLogger('airlock', { level: 'error' });
  // What is under way ends by itself: a restore is one transaction.
  const database = await airlockDatabase(zone, logger, alone && (() => undefined));
  try {
    const key = readPrivateKey(zone.airlock.key_file);
    return await work({ database, dir, at: systemClock.now(), key });
  } finally {
    await database.close();
  }
}
