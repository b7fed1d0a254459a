/** The topic `breach`: one comment that says what to do, reminders before it is late, and who may close it when. */
import { eq } from 'drizzle-orm';
import { queueOutbox } from '../../db/outbox.ts';
import { record } from '../../db/record.ts';
import { breaches } from '../../db/schema/breaches.ts';
import { freezesOn } from '../../freezes/freezes.ts';
import {
  breachRound,
  hasPermission,
  live,
  personById,
  projectById,
  type FreezeScope,
  type Governance,
} from '../../governance/governance.ts';
import { isoDay } from '../../lib/clock.ts';
import { releaseById, shownRequest } from '../../outputs/outputs.ts';
import { intakeIssue, octokitFor, type IntakeIssue } from '../applications/intake.ts';
import { marker } from '../markdown.ts';
import { showFor } from '../reach.ts';
import { knownIssue } from '../release/show-issue.ts';
import { knownRepository, type Room } from '../room.ts';
import type { Show } from '../show.ts';
import { BREACH_TOPIC, leafOf, type Breach } from './breaches.ts';
import { readBreach, type BreachForm } from './form.ts';
import * as words from './words.ts';

export async function showBreach(room: Room, id: string, force: boolean): Promise<void> {
  const [row] = await room.db.select().from(breaches).where(eq(breaches.id, id));
  if (!row) return;
  const show = await showFor(room, row.repositoryId, force);
  const repository = await knownRepository(room.db, row.repositoryId);
  const issue = repository && (await intakeIssue(await octokitFor(room, repository), repository, row.issue));
  if (issue?.id !== row.issueId) {
    room.logger.error({ code: 'breaches.lost', breach: id }, 'The issue of a breach was deleted or moved');
    return;
  }
  const form = readBreach(issue.body);
  const facts = await factsOf(show, row, form);
  const state = await settle(show, row, issue, form, facts);
  const body = words.breachBody({ ...facts, closedAt: state.closedAt });
  await show.comment({
    key: `breach:${id}`,
    issue: row.issue,
    mark: words.breachMark(id),
    body: words.cutBody(body),
    final: true,
  });
  if (state.closedAt === null) await remind(show, row, facts);
}

async function factsOf(show: Show, row: Breach, form: BreachForm): Promise<words.BreachFacts> {
  const { room } = show;
  const g = room.governance.current();
  const releases: words.Named[] = [];
  for (const release of form.releases) {
    const known = await releaseById(room.db, release);
    if (!known) continue;
    const request = await shownRequest(room.db, known.request);
    releases.push({
      release,
      project: known.project,
      review: await addressOf(show, `issue:review:${known.request}`),
      open: (request?.incidents ?? []).filter(({ closedAt }) => closedAt === null),
    });
  }
  const written = g ? form.words.flatMap((word) => projectById(g, word)?.id ?? []) : [];
  const projects = [...new Set([...releases.map(({ project }) => project), ...written])];
  const scopes: FreezeScope[] = [
    ...projects.map((id) => ({ kind: 'project' as const, id })),
    { kind: 'all' },
  ];
  return {
    ...{ id: row.id, openedAt: row.openedAt, dueAt: row.dueAt, closedAt: row.closedAt, scopes, releases },
    frozen: (await freezesOn(room.db)).map(({ scope, at }) => ({ scope, at })),
    governance: g ? governancePeople(g, room.clock.now()) : [],
    contact: g?.deployment.contacts['incidents'],
  };
}

function governancePeople(g: Governance, at: number): string[] {
  const day = isoDay(at);
  const held = g.teams.filter(({ role }) => role === 'governance').flatMap(({ members }) => members);
  const people = held.filter((member) => live(member, day)).flatMap(({ id }) => personById(g, id) ?? []);
  return [...new Set(people.filter((person) => live(person, day)).map(({ login }) => login))];
}

async function addressOf(show: Show, key: string): Promise<string | null> {
  const { room } = show;
  const issue = await knownIssue(show, key);
  const repository = issue && (await knownRepository(room.db, issue.repository));
  if (!issue || !repository) return null;
  return `${room.app.places.web}/${repository.owner}/${repository.name}/issues/${issue.number}`;
}

/** What closing or reopening the issue means: closed is what was done and said, by somebody who may. */
async function settle(
  show: Show,
  row: Breach,
  issue: IntakeIssue,
  form: BreachForm,
  facts: words.BreachFacts,
): Promise<{ closedAt: number | null }> {
  const { room } = show;
  const now = room.clock.now();
  if (issue.open && row.closedAt !== null) {
    await change(room, row.id, { closedAt: null, closedBy: null }, 'hub', 'incident-reopened', now);
    return { closedAt: null };
  }
  if (issue.open || row.closedAt !== null) return row;
  const by = issue.closedBy;
  const g = room.governance.current();
  const may = by !== undefined && g !== undefined && hasPermission(g, 'freeze', { person: by }, now);
  const open = facts.releases.some((each) => each.open.length > 0);
  const why = !may ? 'not-governance' : !form.done ? 'nothing-said' : open ? 'incident-open' : undefined;
  if (why) {
    await show.write('update', () => show.client.updateIssue(row.issue, { state: 'open' }));
    const key = `breach-open:${row.id}:${why}`;
    const mark = marker('breach-open', `${row.id}:${why}`);
    const body = `${mark}\n${words.stillOpen(why)}`;
    await show.comment({ key, issue: row.issue, mark, body, final: true });
    return { closedAt: null };
  }
  await change(room, row.id, { closedAt: now, closedBy: by! }, `person:${by!}`, 'incident-closed', now);
  return { closedAt: now };
}

async function change(
  room: Room,
  id: string,
  to: { closedAt: number | null; closedBy: number | null },
  actor: string,
  event: 'incident-closed' | 'incident-reopened',
  now: number,
): Promise<void> {
  await room.db.transaction(async (tx) => {
    await tx.update(breaches).set(to).where(eq(breaches.id, id));
    await record(tx, leafOf(room, id, actor, event, now));
    await queueOutbox(tx, [{ topic: BREACH_TOPIC, subject: id }], now);
  });
}

/** The last one that is due alone: whoever was away is not reminded three times. */
async function remind(show: Show, row: Breach, facts: words.BreachFacts): Promise<void> {
  const round = breachRound(row, show.room.clock.now());
  if (round === 0) return;
  const key = `breach-late:${row.id}:${round}`;
  const mark = marker('breach-late', `${row.id}:${round}`);
  const body = `${mark}\n${words.reminder(round, facts)}`;
  await show.comment({ key, issue: row.issue, mark, body, final: true });
}
