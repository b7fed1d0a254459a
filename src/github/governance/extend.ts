/** `/extend`: a lead asks governance for more time before the repository becomes public. */
import { eq } from 'drizzle-orm';
import { queueOutbox } from '../../db/outbox.ts';
import { repositoryClocks } from '../../db/schema/visibility.ts';
import { projectOfRepository, rolesOf } from '../../governance/governance.ts';
import { isoDay } from '../../lib/clock.ts';
import { refusal, type Refusal } from '../../lib/refusal.ts';
import { extendedTo, placeOf } from '../../visibility/visibility.ts';
import { code, prose } from '../markdown.ts';
import { mayTakePart } from '../people.ts';
import { propose, proposalIdOf } from '../proposals/propose.ts';
import type { Room } from '../room.ts';
import type { Saying } from '../run-command.ts';
import { clockOf, type Clock } from '../visibility/clock-rows.ts';
import { newsOfClock } from '../visibility/clocks.ts';
import * as general from '../words.ts';
import type { ExtendCommand } from './extend-command.ts';

/** Whether `/help` names it: a lead, where a clock runs. */
export async function extendOpenTo(room: Room, person: number, repository: number): Promise<boolean> {
  const g = room.governance.current();
  const project = g && projectOfRepository(g, repository);
  if (!g || !project || !rolesOf(g, person, project.id, room.clock.now()).has('lead')) return false;
  const clock = await clockOf(room.db, repository);
  return clock !== undefined && why(clock) === undefined;
}

export async function extend(room: Room, say: Saying, { reason }: ExtendCommand): Promise<string | Refusal> {
  const g = room.governance.current();
  if (!g) return general.governanceMissing();
  const repository = say.client.repo.id;
  const place = placeOf(g, repository);
  if (!place) return general.noProject();
  if (!rolesOf(g, say.actor.id, place.project.id, room.clock.now()).has('lead'))
    return notLead(place.project.id);
  const no = await mayTakePart(say.client, say.actor);
  if (no) return no;
  const key = `extend:${say.key}`;
  const id = proposalIdOf(key);
  return room.db.transaction(async (tx): Promise<string | Refusal> => {
    const clock = await clockOf(tx, repository);
    if (!clock) return notRunning();
    // A hub that died after it had asked says the same once more.
    const against =
      clock.proposal === id ? undefined : (why(clock) ?? (clock.proposal === null ? undefined : waiting()));
    if (against) return against;
    const start = isoDay(clock.startedAt ?? 0);
    const today = isoDay(room.clock.now());
    const until = extendedTo(g, place, start);
    const { place: where } = say;
    const number = where.kind === 'issue' ? where.number : null;
    await propose(tx, room, {
      key,
      edit: {
        kind: 'extend-repo',
        project: place.project.id,
        repo: repository,
        extension: { on: today, until, reason, ref: `EXT-${repository}-${today}` },
      },
      askedBy: { id: say.actor.id, login: say.actor.login },
      where: number === null ? null : { repository, number },
      title: `Let repository ${repository} of ${place.project.id} stay private until ${until}`,
      why: `It would become public on ${clock.due ?? until}. The reason that was given: ${prose(reason)}`,
    });
    const now = room.clock.now();
    const change = { proposal: id, askedAt: now, updatedAt: now };
    await tx.update(repositoryClocks).set(change).where(eq(repositoryClocks.repository, repository));
    await queueOutbox(tx, newsOfClock(clock), now);
    return `governance is asked to let this repository stay private until ${code(until)}. Until somebody has decided it is held back, ${g.policies.visibility.pending_days} days at most.`;
  });
}

/** Why there is nothing to extend. */
function why({ state, startedAt }: Clock): Refusal | undefined {
  if (state === 'public') return isPublic();
  return startedAt !== null && ['running', 'due', 'blocked', 'gone'].includes(state)
    ? undefined
    : notRunning();
}

const notLead = (project: string): Refusal =>
  refusal(
    'extend.not-lead',
    `Only a lead of project ${project} may ask for more time.`,
    'Ask one of them; the due-date issue of the repository names them.',
  );
const notRunning = (): Refusal =>
  refusal(
    'extend.no-day',
    'No day is set on which this repository has to become public.',
    'One is set with the first run on real data; there is nothing to ask for before.',
  );
const isPublic = (): Refusal =>
  refusal('extend.public', 'This repository is public already.', 'What has been seen cannot be taken back.');
const waiting = (): Refusal =>
  refusal(
    'extend.waiting',
    'More time was asked for already, and nobody has decided yet.',
    'Wait for the decision, or ask the governance team about it.',
  );
