/** `sallyport airlock --zone zone.yml`: release requests in the zone; and backup, restore and verify. */
import type { Command } from 'commander';
import type { BackupParts } from '../../agent/airlock/backup.ts';
import type { SignInEvent } from '../../agent/airlock/sign-in/sign-in.ts';
import { registerFreeze } from './freeze.ts';
import { mayWhy, place, withWhy } from './operator-options.ts';
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
  withWhy(airlock.command('backup'), 'airlock')
    .description('write everything the airlock knows into a new folder')
    .requiredOption('--to <folder>', 'a folder that does not exist yet', place)
    .action(async ({ to, why }: { to: string; why: string }, command: Command) => {
      const { backUp, noteDeed } = await import('../../agent/airlock/backup.ts');
      const { atPlaces } = await import('./file-fault.ts');
      const done = await withAirlock(command, async (parts) => {
        // Said before it is done, so that the backup itself holds it.
        await noteDeed(parts, 'backed-up', why);
        return atPlaces({ reads: parts.dir, writes: to }, () => backUp(parts, to));
      });
      process.stdout.write(
        `backed up ${Object.keys(done.tables).length} tables and ${done.copies.length} copies\n`,
      );
    });
  withWhy(airlock.command('restore'), 'airlock')
    .description('bring a backup into an empty state folder and an empty database, and verify it')
    .requiredOption('--from <folder>', 'a folder written by backup', place)
    .action(async ({ from, why }: { from: string; why: string }, command: Command) => {
      const { noteDeed, restore } = await import('../../agent/airlock/backup.ts');
      const { atPlaces } = await import('./file-fault.ts');
      const faults = await withAirlock(
        command,
        async (parts) => {
          const found = await atPlaces({ reads: from, writes: parts.dir }, () => restore(parts, from));
          await noteDeed(parts, 'restored', why);
          return found;
        },
        'alone',
      );
      tell(faults, 'restored');
    });
  withWhy(airlock.command('passkey'), 'airlock')
    .description(
      'confirm the first passkeys of operators here, on the host; later ones they confirm in the viewer',
    )
    .argument('<mark>', 'as the account page of its person shows it: 1a2b-3c4d-5e6f-7a8b')
    .action(async (mark: string, { why }: { why: string }, command: Command) => {
      const { confirmAtHost } = await import('../../agent/airlock/sign-in/sign-in.ts');
      const { isRefusal, Refused } = await import('../lib/refusal.ts');
      const { logLines } = await import('../../agent/airlock/log.ts');
      const { noteDeed } = await import('../../agent/airlock/backup.ts');
      const done = await withAirlock(command, async (parts) => {
        const { db } = parts.database;
        const clock = { now: () => parts.at };
        const record = ({ type, person, details }: SignInEvent) =>
          logLines({ clock }, db, [{ type, person, details }]);
        const confirmed = await confirmAtHost({ db, record }, mark);
        if (!isRefusal(confirmed)) await noteDeed(parts, 'passkey-confirmed', why);
        return confirmed;
      });
      if (isRefusal(done)) throw new Refused(done);
      process.stdout.write(`confirmed: "${done.label}" of ${done.login}\n`);
    });
  mayWhy(airlock.command('verify'), 'airlock')
    .description(
      'check every chain of the record and every stored copy; print what the public ledger should hold',
    )
    .action(async ({ why }: { why: string }, command: Command) => {
      const { noteDeed, verifyAll } = await import('../../agent/airlock/backup.ts');
      const { toldHeads } = await import('../../agent/airlock/record-heads.ts');
      const { zoneKeyIn } = await import('../../agent/airlock-parts.ts');
      const faults = await withAirlock(command, async (parts) => {
        const heads = await toldHeads(parts.database.db, zoneKeyIn(parts.dir));
        for (const { day, digest } of heads) process.stdout.write(`${day} ${digest}\n`);
        const found = await verifyAll(parts);
        await noteDeed(parts, found.length === 0 ? 'verified' : 'unsound', why);
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
