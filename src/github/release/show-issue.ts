/**
 * Makes one issue of ours look as state says, and finds it by its stored number.
 *
 * What stands there is read first and only differences are written, so what people change by hand is put
 * back whenever the subject is shown again. An issue that was deleted or transferred is replaced by a new
 * one, and the ledger says so.
 */
import { eq } from 'drizzle-orm';
import { record } from '../../db/record.ts';
import { githubObjects } from '../../db/schema/github.ts';
import { isoTime } from '../../lib/clock.ts';
import type { Label, SeenIssue } from '../issues.ts';
import type { Show } from '../show.ts';
import { isOurs, isVerdict } from './labels.ts';

export const ISSUE = 'issue';

export interface WantedIssue {
  /** `issue:release:<request>` and the like. */
  key: string;
  /** First line of the body. */
  mark: string;
  title: string;
  /** `replaces`: number of the issue that went. */
  body(made: { replaces: number | undefined }): string;
  labels: readonly string[];
  open: boolean;
  /** Why it is closed. */
  reason: 'completed' | 'not_planned';
  /** Exactly these people; undefined leaves assignees alone. */
  assignees?: readonly number[];
}

export interface ShownIssue {
  number: number;
  /** Who should be assigned and cannot be. */
  unassigned: number[];
}

/** `off`: the repository has no issues. */
export async function showIssue(show: Show, wanted: WantedIssue): Promise<ShownIssue | 'off'> {
  const kept = await show.kept(wanted.key, ISSUE);
  const replaced = replacedBy(kept?.data);
  const body = wanted.body({ replaces: replaced });
  if (!kept?.number || !kept.githubId) return create(show, wanted, body, kept !== undefined, replaced);
  const there = await show.client.issue(kept.number, kept.githubId);
  if (there === 'off') return 'off';
  if (there === 'gone') {
    await forgetLost(show, wanted.key, kept.number);
    return showIssue(show, wanted);
  }
  await correct(show, wanted, body, there);
  return { number: there.number, unassigned: await correctAssignees(show, wanted, there) };
}

/** Our issue with this key, as it was last known. */
export async function knownIssue(
  show: Pick<Show, 'room'>,
  key: string,
): Promise<{ repository: number; number: number } | undefined> {
  const [row] = await show.room.db.select().from(githubObjects).where(eq(githubObjects.key, key));
  return row?.kind === ISSUE && row.number ? { repository: row.repositoryId, number: row.number } : undefined;
}

async function create(
  show: Show,
  wanted: WantedIssue,
  body: string,
  interrupted: boolean,
  replaces: number | undefined,
): Promise<ShownIssue | 'off'> {
  const { client, room } = show;
  const found = interrupted ? await client.ownIssue(wanted.mark) : undefined;
  // The one that was lost is not found again by its old number.
  let there = found?.number === replaces ? undefined : found;
  if (!there) {
    await show.intend(wanted.key, ISSUE);
    const words = { title: wanted.title, body, labels: [...wanted.labels] };
    const made = await show.write('create', () => client.createIssue(words));
    if (made === 'off') return 'off';
    there = { ...made, ...words, open: true, assignees: [] };
  }
  const { id, number } = there;
  await room.db
    .update(githubObjects)
    .set({ githubId: id, number, updatedAt: room.clock.now() })
    .where(eq(githubObjects.key, wanted.key));
  await correct(show, wanted, body, there);
  return { number, unassigned: await correctAssignees(show, wanted, there) };
}

async function correct(show: Show, wanted: WantedIssue, body: string, there: SeenIssue): Promise<void> {
  const theirs = there.labels.filter((label) => !isOurs(label));
  const ours = there.labels.filter(isOurs);
  const labelsDiffer =
    ours.length !== wanted.labels.length || wanted.labels.some((each) => !ours.includes(each));
  const change = {
    ...(there.title !== wanted.title && { title: wanted.title }),
    ...(normal(there.body) !== normal(body) && { body }),
    ...(labelsDiffer && { labels: [...theirs, ...wanted.labels] }),
    ...(there.open !== wanted.open && {
      state: wanted.open ? ('open' as const) : ('closed' as const),
      ...(!wanted.open && { state_reason: wanted.reason }),
    }),
  };
  if (Object.keys(change).length === 0) return;
  await show.write('update', () => show.client.updateIssue(there.number, change));
}

/** GitHub stores line ends as it likes. */
const normal = (text: string): string => text.replace(/\r\n/g, '\n').trimEnd();

async function correctAssignees(show: Show, wanted: WantedIssue, there: SeenIssue): Promise<number[]> {
  if (!wanted.assignees) return [];
  const { client } = show;
  const held = there.assignees.map(({ id }) => id);
  const surplus = there.assignees.filter(({ id }) => !wanted.assignees?.includes(id));
  const lacking = wanted.assignees.filter((id) => !held.includes(id));
  if (surplus.length > 0) {
    const logins = surplus.map(({ login }) => login);
    await show.write('update', () => client.unassign(there.number, logins));
  }
  if (lacking.length === 0) return [];
  const logins = await Promise.all(lacking.map((id) => client.loginOf(id)));
  const known = logins.filter((login) => login !== undefined);
  const assigned =
    known.length > 0 ? await show.write('update', () => client.assign(there.number, known)) : [];
  return lacking.filter((id) => !assigned.includes(id));
}

/** The row stays and remembers the number that went: the next issue is intended, and says what it replaces. */
async function forgetLost(show: Show, key: string, number: number): Promise<void> {
  const { room, client } = show;
  const now = room.clock.now();
  room.logger.warn(
    { code: 'release.issue-lost', key, repository: client.repo.id, number },
    'An issue of ours was deleted or transferred; it is replaced',
  );
  await room.db.transaction(async (tx) => {
    await tx
      .update(githubObjects)
      .set({ githubId: null, number: null, shown: null, data: { replaces: number }, updatedAt: now })
      .where(eq(githubObjects.key, key));
    await record(tx, {
      time: isoTime(now),
      type: 'release',
      actor: 'hub',
      subject: `request:${key.split(':').at(-1) ?? ''}`,
      policy_commit: room.governance.current()?.commit ?? null,
      body: {
        event: 'issue-replaced',
        issue: key.split(':')[1] ?? '',
        repository: { id: client.repo.id },
        number,
      },
    });
  });
}

function replacedBy(data: unknown): number | undefined {
  const number = (data as { replaces?: unknown } | null | undefined)?.replaces;
  return typeof number === 'number' ? number : undefined;
}

/** Labels that the repository lacks are made with their colours; once, until somebody asks by force. */
export async function ensureLabels(show: Show, labels: readonly Label[]): Promise<void> {
  const { client } = show;
  const key = `labels:${client.repo.id}`;
  const kept = await show.kept(key, 'labels');
  const wanted = labels.map((each) => each.name).join('\n');
  if (kept?.shown && includesAll(kept.shown, labels) && !show.force) return;
  const there = new Set((await client.labels()).map((name) => name.toLowerCase()));
  await show.intend(key, 'labels');
  for (const label of labels) {
    if (!there.has(label.name.toLowerCase())) await show.write('update', () => client.createLabel(label));
  }
  await show.made(key, client.repo.id, wanted, null);
}

function includesAll(shown: string, labels: readonly Label[]): boolean {
  const held = shown.split('\n');
  return labels.every((each) => held.includes(each.name));
}

/** Taken off before anything else is done about them. */
export async function takeOff(show: Show, issue: number, label: string): Promise<void> {
  if (!isVerdict(label)) return;
  await show.write('update', () => show.client.removeLabel(issue, label));
}
