/**
 * The steward keeps the public log repository: commits a checkpoint once it has checked it, and copies entries.
 *
 * The hub only says "there is a new one". Whether it is signed by a pinned key and continues what was committed
 * last, the steward sees for itself, in the tiles that the hub serves to everybody. Where it stands is read from the
 * repository and from a file of its own, so that a crash anywhere, or a second try, does no harm; what was committed
 * is never taken back. Two checkpoints of the log that contradict each other are committed, too: for everybody to see.
 */
import {
  openCheckpoint,
  openEarlier,
  provenGrowth,
  readEntries,
  verifyLog,
  type LogSource,
  type OpenCheckpoint,
  type TrustedKeys,
} from '../ledger/ledger.ts';
import { isoDay, type Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import {
  alarmFile,
  CHECKPOINT,
  checkpointFiles,
  dayAfter,
  EXPORTED,
  exportFiles,
  introduction,
  parseExported,
  README,
  type Exported,
  type LogFile,
} from '../public-log/public-log.ts';
import type { BranchGitHub, SeenRepository } from './branch-github.ts';
import type { KeptNote } from './kept-note.ts';
import { no } from './log-words.ts';

export interface PublicLogParts {
  github: BranchGitHub;
  /** Number of the repository, as governance names it. */
  repository: number;
  /** The log as the hub serves it. */
  log: LogSource;
  /** Where people find it. */
  address: string;
  trusted: TrustedKeys;
  /** What was committed last, by this steward's own memory. */
  kept: KeptNote;
  clock: Clock;
  logger: Logger;
}

export interface LogTask {
  /** The checkpoint, as it was signed. */
  note: string;
  /** Whether entries are copied, too. */
  entries: boolean;
}

export interface LogCommitted {
  repository: number;
  commit: string;
  /** Of the newest checkpoint that is there now. */
  size: number;
  /** Entries copied. */
  exported: number;
}

/** Of one file, and of one commit. */
const MOST_ENTRIES = 5000;
const MOST_BYTES = 4 * 1024 ** 2;

/** Throws for GitHub and the network: then it is tried again. */
export async function keepPublicLog(parts: PublicLogParts, task: LogTask): Promise<LogCommitted | Refusal> {
  const { github, trusted } = parts;
  const now = openCheckpoint(Buffer.from(task.note), trusted);
  if (isRefusal(now)) return now;
  const repository = await github.repository(parts.repository);
  const against = whyNotThere(repository);
  if (!repository || against) return against ?? no.logRepositoryGone(parts.repository);
  const found = await github.head(repository);
  const head =
    found ?? (await github.begin(repository, README, textOf(introduction(trusted.current, parts.address))));
  const committed = await committedLast(parts, repository, head);
  if (isRefusal(committed)) return committed;
  const { last, there } = committed;
  const proof = await continues(parts, last, now);
  if (isRefusal(proof)) return refused(parts, { repository, head, last, now }, proof);
  const desk = new Desk(parts, repository, head);
  const newest = last && last.size >= now.size ? last : now;
  if (!there || there.size < newest.size) await desk.checkpoint(newest, last, proof);
  parts.kept.keep(newest.note);
  const exported = await desk.exported();
  if (exported && isRefusal(exported)) return exported;
  const copied = task.entries ? await desk.entries(newest, exported) : (exported?.size ?? 0);
  if (isRefusal(copied)) return copied;
  return { repository: repository.id, commit: desk.head, size: newest.size, exported: copied };
}

/** A repository that people cannot read proves nothing to anybody. */
function whyNotThere(repository: SeenRepository | undefined): Refusal | undefined {
  if (!repository) return undefined;
  const open = !repository.private && (repository.visibility ?? 'public') === 'public';
  if (!open) return no.logRepositoryClosed();
  return repository.archived ? no.logRepositoryArchived() : undefined;
}

const textOf = (files: readonly LogFile[]): string => files.find(([path]) => path === README)?.[1] ?? '';

interface CommittedLast {
  /** What the repository says, or what we remember, if that is more. */
  last: OpenCheckpoint | undefined;
  there: OpenCheckpoint | undefined;
}

/** Somebody may have moved the branch back, or written into it by hand. What we remember counts then. */
async function committedLast(
  { github, trusted, kept, logger }: PublicLogParts,
  repository: SeenRepository,
  head: string,
): Promise<CommittedLast | Refusal> {
  const text = await github.text(repository, head, CHECKPOINT);
  const there = text === undefined ? undefined : openEarlier(Buffer.from(text), trusted);
  const remembered = kept.read();
  const ours = remembered === undefined ? undefined : openEarlier(Buffer.from(remembered), trusted);
  if (ours && isRefusal(ours)) return ours;
  if (there && isRefusal(there)) {
    logger.error(
      { code: 'steward.log-foreign', why: there.code },
      'The public log repository was changed by hand',
    );
    return ours ? { last: ours, there: undefined } : there;
  }
  if (!ours || (there && there.size >= ours.size)) return { last: there, there };
  logger.error({ code: 'steward.log-back', size: ours.size }, 'The public log repository went back');
  return { last: ours, there };
}

/** What proves that the longer one continues the other. */
async function continues(
  { log }: PublicLogParts,
  last: OpenCheckpoint | undefined,
  now: OpenCheckpoint,
): Promise<Uint8Array[] | Refusal> {
  if (!last) return [];
  if (last.size <= now.size) return provenGrowth(log, last, now);
  const proof = await provenGrowth(log, now, last);
  // The hub does not serve what it had: it lost entries, or hides them.
  return isRefusal(proof) && proof.code === 'ledger.missing' ? no.logShorter(last.size, now.size) : proof;
}

/** A fork is told to everybody, after a look at the whole tree: a tile that was garbled on its way is none. */
async function refused(
  parts: PublicLogParts,
  seen: { repository: SeenRepository; head: string; last: OpenCheckpoint | undefined; now: OpenCheckpoint },
  why: Refusal,
): Promise<Refusal> {
  const { github, log, trusted, logger } = parts;
  const { repository, head, last, now } = seen;
  if (why.code !== 'ledger.fork' || !last) return why;
  const [earlier, later] = last.size <= now.size ? [last, now] : [now, last];
  const whole: LogSource = (path) =>
    path === CHECKPOINT ? Promise.resolve(Buffer.from(later.note)) : log(path);
  const sure = await verifyLog(whole, { trusted, since: Buffer.from(earlier.note) });
  if (!isRefusal(sure)) return no.logUnsure();
  if (sure.code !== 'ledger.fork') return sure;
  logger.error({ code: 'ledger.fork', earlier: earlier.size, later: later.size }, 'The log was rewritten');
  const alarm = alarmFile(earlier.note, later.note);
  if ((await github.text(repository, head, alarm[0])) === undefined)
    await github.commit(repository, head, 'Alarm: the log was rewritten', [alarm]);
  return sure;
}

/** The branch as it moves on under our own commits. */
class Desk {
  readonly #parts: PublicLogParts;
  readonly #repository: SeenRepository;
  head: string;

  constructor(parts: PublicLogParts, repository: SeenRepository, head: string) {
    this.#parts = parts;
    this.#repository = repository;
    this.head = head;
  }

  async checkpoint(
    newest: OpenCheckpoint,
    last: OpenCheckpoint | undefined,
    proof: Uint8Array[],
  ): Promise<void> {
    const { clock, trusted, address } = this.#parts;
    const before = last && last.size < newest.size ? { size: last.size, proof } : undefined;
    await this.#commit(`Checkpoint of ${newest.size} entries`, [
      ...checkpointFiles(newest, isoDay(clock.now()), before),
      ...(last ? [] : introduction(trusted.current, address)),
    ]);
  }

  async exported(): Promise<Exported | undefined | Refusal> {
    const text = await this.#parts.github.text(this.#repository, this.head, EXPORTED);
    return text === undefined ? undefined : (parseExported(text) ?? no.logByHand(EXPORTED));
  }

  /** From where the copy stands up to this checkpoint; how far it came. */
  async entries(tree: OpenCheckpoint, exported: Exported | undefined): Promise<number | Refusal> {
    const { log, clock } = this.#parts;
    const day = dayAfter(exported?.day, isoDay(clock.now()));
    let from = exported?.size ?? 0;
    while (from < tree.size) {
      const read = await readEntries(log, from, { tree, most: MOST_ENTRIES, bytes: MOST_BYTES });
      if (isRefusal(read)) return read;
      await this.#commit(`Entries ${from} to ${read.next - 1}`, exportFiles(from, read.entries, day));
      from = read.next;
    }
    return from;
  }

  async #commit(message: string, files: readonly LogFile[]): Promise<void> {
    this.head = await this.#parts.github.commit(this.#repository, this.head, message, files);
  }
}
