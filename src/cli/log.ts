/** `sallyport log verify` and `sallyport log mirror`: the public record of a hub, checked by anybody. */
import type { Command } from 'commander';
import type { TrustedKeys, Verified } from '../ledger/ledger.ts';
import type { Earlier } from './log-earlier.ts';
import { isRefusal, refusal, Refused, refusalText, type Refusal } from '../lib/refusal.ts';

/** The log was read, and is not what it says: somebody should be told. */
const EXIT_ALARM = 3;

/** What cannot be blamed on a broken line or a missing file. */
const ALARMS = new Set(
  [
    'bad-signature',
    'fork',
    'shorter',
    'wrong-tile',
    'wrong-root',
    'wrong-entry',
    'not-canonical',
    'not-included',
  ].map((name) => `ledger.${name}`),
);

const CODES = `
Exits with 0 when everything was checked and holds, 1 when it could not be checked (not there, cut short, another
key), 2 when the command was written wrong, 3 when the log was rewritten or is not what it signed.`;

interface KeyWords {
  key?: string[];
  oldKey?: string[];
}

export function registerLog(root: Command): void {
  const log = root.command('log').description('check the public record of a hub, or keep a copy of it');
  withKeys(log.command('verify'))
    .description('check that a log is what it signed, and that it only grew')
    .argument('<url|dir>', "the log's address (https://hub.example.org/log), or the folder of a mirror")
    .option(
      '--since <file|repository>',
      'a checkpoint that you kept, or a clone or the address of a public log repository: the log must begin with it, or with all of them',
    )
    .option('--entries', 'read all entries, too, not only the tree over them')
    .option('--entry <number>', 'prove and print this entry alone, which reads a few files', numberOf)
    .option('--save <file>', 'keep the checkpoint that was checked, for --since next time')
    .option('--json', 'write the answer as JSON')
    .addHelpText('after', CODES)
    .action(verify);
  withKeys(log.command('mirror'))
    .description('copy a log into a folder, only what is new, and check it before it counts')
    .argument('<url>', "the log's address")
    .argument('<dir>', 'where the copy is, or will be')
    .addHelpText('after', CODES)
    .action(mirror);
}

function withKeys(command: Command): Command {
  const several = (text: string, before: string[] = []): string[] => [...before, text];
  return command
    .option(
      '--key <verifier key>',
      "the log's verifier key, name+id+base64, from somebody you trust; may be repeated. Without it the log is asked",
      several,
    )
    .option('--old-key <verifier key>', 'a key that the log no longer uses, for --since', several);
}

type VerifyWords = KeyWords & {
  since?: string;
  entries?: boolean;
  entry?: number;
  save?: string;
  json?: boolean;
};

async function verify(place: string, said: VerifyWords): Promise<void> {
  const { verifyLog } = await import('../ledger/ledger.ts');
  const { sourceAt } = await import('../public-log/source.ts');
  const source = sourceAt(place);
  const { trusted, asked } = await keysOf(said, source);
  const { earlierAt, whyNotBegun } = await import('./log-earlier.ts');
  const earlier = said.since === undefined ? undefined : await earlierAt(said.since);
  const since = earlier?.notes.at(-1)?.bytes;
  const answer = await verifyLog(source, {
    trusted,
    ...(since && { since }),
    ...(said.entry !== undefined && { entry: said.entry }),
    entries: said.entries ?? false,
  });
  if (isRefusal(answer)) return refuse(answer, said.json ?? false);
  const against = earlier && (await whyNotBegun(source, earlier, { trusted, now: answer.checkpoint }));
  if (against) return refuse(against, said.json ?? false);
  if (said.save !== undefined) {
    const { replaceFile } = await import('../lib/replace-file.ts');
    await replaceFile(said.save, answer.checkpoint.note);
  }
  const text = said.json
    ? JSON.stringify(asJson(answer, earlier))
    : asLines(answer, said, earlier).join('\n');
  process.stdout.write(`${text}\n`);
  if (asked) process.stderr.write(`${trustNote(answer)}\n`);
}

async function mirror(place: string, dir: string, said: KeyWords): Promise<void> {
  const { mirrorLog } = await import('./log-mirror.ts');
  const { sourceAt } = await import('../public-log/source.ts');
  const source = sourceAt(place);
  const { trusted, asked } = await keysOf(said, source, dir);
  const answer = await mirrorLog(source, dir, trusted);
  if (isRefusal(answer)) return refuse(answer, false);
  process.stdout.write(`${answer.checkpoint.size} entries in ${dir}, ${answer.fetched} files fetched\n`);
  if (asked) process.stderr.write(`${trustNote(answer)}\n`);
}

/** Those that were given; else what the log itself says, which is worth as much as the log. */
async function keysOf(
  { key = [], oldKey = [] }: KeyWords,
  source: (path: string) => Promise<Uint8Array | undefined>,
  dir?: string,
): Promise<{ trusted: TrustedKeys; asked: boolean }> {
  const { parseVerifierKey } = await import('../ledger/ledger.ts');
  const { sourceAt } = await import('../public-log/source.ts');
  const read = (text: string) => {
    const found = parseVerifierKey(text.trim());
    if (isRefusal(found)) throw new Refused(found);
    return found;
  };
  const old = oldKey.map(read);
  if (key.length > 0) return { trusted: { current: key.map(read), old }, asked: false };
  // A mirror goes on with the key it began with.
  const served = (dir === undefined ? undefined : await sourceAt(dir)('key')) ?? (await source('key'));
  const lines = Buffer.from(served ?? '')
    .toString('utf8')
    .split('\n');
  const current = lines.filter((line) => line.trim() !== '').map(read);
  if (current.length === 0) {
    throw new Refused(
      refusal(
        'ledger.no-key',
        'No key was given, and the log names none.',
        'Give its verifier key with --key.',
      ),
    );
  }
  return { trusted: { current, old }, asked: true };
}

function refuse(no: Refusal, json: boolean): void {
  if (!ALARMS.has(no.code)) throw new Refused(no);
  if (json) process.stdout.write(`${JSON.stringify({ ok: false, code: no.code, says: no.says })}\n`);
  process.stderr.write(`sallyport: ${refusalText(no)}\n`);
  process.exitCode = EXIT_ALARM;
}

function asJson({ checkpoint, since, entry }: Verified, earlier: Earlier | undefined) {
  return {
    ok: true,
    origin: checkpoint.origin,
    size: checkpoint.size,
    root: Buffer.from(checkpoint.root).toString('base64'),
    signed_by: checkpoint.signedBy.map(({ id }) => id),
    since: since?.size ?? null,
    ...(earlier && { checkpoints: earlier.notes.length, alarms: earlier.alarms }),
    ...(entry && { entry: Buffer.from(entry).toString('utf8') }),
  };
}

function asLines(
  { checkpoint, since, entry }: Verified,
  said: VerifyWords,
  earlier: Earlier | undefined,
): string[] {
  const { origin, size, root, signedBy } = checkpoint;
  const what = said.entries ? 'every entry and every tile' : 'every tile';
  return [
    `ok  ${origin}: ${size} entries, root ${Buffer.from(root).toString('base64')}, signed by ${signedBy.map(({ id }) => id).join(', ')}`,
    entry
      ? `ok  entry ${said.entry} is in it: ${Buffer.from(entry).toString('utf8')}`
      : `ok  ${what} is what was signed`,
    ...(since ? [`ok  the first ${since.size} of them are what the earlier checkpoint signed`] : []),
    ...(earlier && earlier.notes.length > 1
      ? [`ok  so are all ${earlier.notes.length} checkpoints that are kept there`]
      : []),
    ...(earlier?.alarms ?? []).map(
      (name) => `!!  ${name} says that the log contradicted itself once: look at it`,
    ),
  ];
}

const trustNote = ({ checkpoint }: Pick<Verified, 'checkpoint'>): string =>
  `The key is the log's own word for itself. To be sure that you see the same log as others, give the key with --key:\n${checkpoint.signedBy.map(({ text }) => `  ${text}`).join('\n')}`;

function numberOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Refused(
    refusal('ledger.no-entry', `"${text}" is no number of an entry.`, 'Entries are counted from 0.'),
  );
}
