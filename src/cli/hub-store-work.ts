/** `sallyport hub backup|restore|verify`: works on the hub's database itself, whether a hub is at work or not. */
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { backUpHub, restoreHub, type HubBackup } from '../db/backup.ts';
import { noSince } from '../db/backup-words.ts';
import { openDatabase, type OpenDatabase } from '../db/open.ts';
import { hubDeed, record } from '../db/record.ts';
import { verifyRecord, type LedgerFault } from '../db/verify.ts';
import { readHubConfig, type HubConfig } from '../hub-config.ts';
import { systemClock } from '../lib/clock.ts';
import { createLogger } from '../lib/logger.ts';
import { parseOrigin } from '../lib/origin.ts';
import { isRefusal, Refused } from '../lib/refusal.ts';
import { atPlaces } from './file-fault.ts';

interface Deed {
  config: string;
  why: string;
}

export const backUp = (options: Deed & { to: string }): Promise<HubBackup> =>
  withDatabase(options, ({ db }, { origin, key, dataDir }) =>
    atPlaces({ reads: dataDir, writes: options.to }, () =>
      backUpHub(db, options.to, { at: systemClock.now(), origin, key, why: options.why }),
    ),
  );

export async function restore(
  options: Deed & { from: string; since?: string; acceptFork?: boolean },
): Promise<HubBackup> {
  const since = options.since === undefined ? undefined : await checkpointAt(options.since);
  const { from, why, acceptFork } = options;
  return withDatabase(options, async ({ db }, { key, dataDir }) => {
    const { backup } = await atPlaces({ reads: from, writes: dataDir }, () =>
      restoreHub(db, from, { at: systemClock.now(), key, why, since, acceptFork }),
    );
    return backup;
  });
}

/** On record, whatever was found. */
export const verify = (options: Deed): Promise<LedgerFault[]> =>
  withDatabase(options, async ({ db }, { ledger }) => {
    const faults = await db.transaction((tx) => verifyRecord(tx, ledger?.signers), {
      isolationLevel: 'repeatable read',
      accessMode: 'read only',
    });
    const entry = hubDeed({ deed: 'hub-verified', why: options.why, at: systemClock.now(), policy: null });
    await db.transaction((tx) => record(tx, entry));
    return faults;
  });

/** A file, or the address of a log or of what it is kept at. Refuses `restore.no-since`: without one no fork is seen. */
async function checkpointAt(place: string): Promise<string> {
  let text = '';
  try {
    text = /^https?:\/\//.test(place) ? await fetched(place) : readFileSync(place, 'utf8');
  } catch (cause) {
    if (cause instanceof Refused) throw cause;
    throw new Refused(noSince(place), { cause });
  }
  if (text.trim() === '') throw new Refused(noSince(place));
  return text;
}

async function fetched(place: string): Promise<string> {
  const { origin } = new URL(place);
  const allowed = parseOrigin(origin);
  if (isRefusal(allowed)) throw new Refused(allowed);
  const { request } = await import('undici');
  const answer = await request(place, { headersTimeout: 30_000, bodyTimeout: 30_000 });
  if (answer.statusCode !== 200) throw new Error(`${place} answers ${answer.statusCode}`);
  return answer.body.text();
}

async function withDatabase<T>(
  { config: file }: Deed,
  work: (database: OpenDatabase, config: HubConfig) => Promise<T>,
): Promise<T> {
  const config = readHubConfig(file);
  const database = await openDatabase({
    logger: createLogger('hub', { level: 'error' }),
    ...(config.databaseUrl ? { url: config.databaseUrl } : { dir: join(config.dataDir, 'database') }),
  });
  try {
    return await work(database, config);
  } finally {
    await database.close();
  }
}
