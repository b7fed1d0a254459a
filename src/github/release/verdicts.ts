/**
 * A verdict label: taken off first, then handed to the airlock as the signature of whoever put it on.
 *
 * Only the event `labeled` counts. A label that was there already makes no event; one that was taken off again by
 * hand before we came to it was taken back. What the label said is never repeated in words, and who may sign is
 * decided in the zone: here only people without any business are left unanswered.
 */
import { record } from '../../db/record.ts';
import { rolesOf } from '../../governance/governance.ts';
import { isoTime } from '../../lib/clock.ts';
import { isRefusal } from '../../lib/refusal.ts';
import { shownRequest } from '../../outputs/outputs.ts';
import type { Delivery } from '../inbox.ts';
import type { Actor } from '../people.ts';
import type { RepoClient } from '../repo.ts';
import type { Room } from '../room.ts';
import { Show } from '../show.ts';
import { verdictOf } from './labels.ts';
import { answerLabel, giveOrder, orderIdOf } from './orders.ts';
import { takeOff } from './show-issue.ts';
import type { OurIssue } from './where.ts';

export interface Labelling {
  label: string;
  actor: Actor & { type: string };
  delivery: Pick<Delivery, 'guid'>;
}

export async function takeVerdict(
  room: Room,
  client: RepoClient,
  issue: OurIssue,
  { label, actor, delivery }: Labelling,
): Promise<void> {
  const put = await lastPut(client, issue.number, label, actor.id);
  await takeOff(new Show(room, client, false), issue.number, label);
  const verdict = verdictOf(label);
  if (issue.kind !== 'review' || actor.type !== 'User' || put?.takenBack || !verdict) return;
  const request = await shownRequest(room.db, issue.request);
  if (!request) return;
  if (!mayKnock(room, actor.id, request.project, request.checkers))
    return refuseQuietly(room, actor, issue.request, delivery.guid);
  const cause = `label:${delivery.guid}`;
  const given = await giveOrder(room, {
    cause,
    origin: { kind: 'label', issue: issue.number },
    repository: client.repo.id,
    actor,
    backend: request.backend,
    deed: { type: 'sign', request: request.id, verdict },
    // An event that GitHub does not list yet has only just happened.
    saidAt: put?.at ?? room.clock.now(),
  });
  if (!isRefusal(given)) return;
  const origin = { actor: actor.id, login: actor.login };
  const said = { id: orderIdOf(cause), repository: client.repo.id, issue: issue.number, origin };
  await answerLabel(room, said, given);
}

/** Whoever holds a place, or is a checker of the project: the zone says no to them in words. */
export function mayKnock(room: Room, person: number, project: string, checkers: readonly number[]): boolean {
  if (checkers.includes(person)) return true;
  const governance = room.governance.current();
  return governance ? rolesOf(governance, person, project, room.clock.now()).has('output_checker') : false;
}

/** Taken back: the newest label of this name by this person was taken off by a person who thought better of it. */
async function lastPut(
  client: RepoClient,
  issue: number,
  label: string,
  actor: number,
): Promise<{ at: number; takenBack: boolean } | undefined> {
  const events = (await client.labelEvents(issue)).filter(
    (each) => each.label.toLowerCase() === label.toLowerCase(),
  );
  const put = events.findLastIndex((each) => each.what === 'labeled' && each.by === actor);
  const next = events[put + 1];
  return put < 0 ? undefined : { at: events[put]!.at, takenBack: next?.what === 'unlabeled' && !next.byUs };
}

async function refuseQuietly(room: Room, actor: Actor, request: string, guid: string): Promise<void> {
  const now = room.clock.now();
  room.logger.warn(
    { code: 'release.not-checker', delivery: guid, person: actor.id, request },
    'A verdict label by somebody who is no checker was taken off',
  );
  await room.db.transaction((tx) =>
    record(tx, {
      time: isoTime(now),
      type: 'refused',
      actor: `person:${actor.id}`,
      subject: `request:${request}`,
      policy_commit: room.governance.current()?.commit ?? null,
      body: { event: 'label', delivery: guid, refusal: 'release.not-checker' },
    }),
  );
}
