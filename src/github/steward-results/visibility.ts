/** What became of making a repository public. */
import { eq } from 'drizzle-orm';
import { queueOutbox } from '../../db/outbox.ts';
import { record } from '../../db/record.ts';
import type { Tx } from '../../db/database.ts';
import { repositories } from '../../db/schema/github.ts';
import { repositoryClocks } from '../../db/schema/visibility.ts';
import { isoDay } from '../../lib/clock.ts';
import type { Room } from '../room.ts';
import { clockOf, heldOf, leaf, type Clock, type Held } from '../visibility/clock-rows.ts';
import { newsOfClock } from '../visibility/clocks.ts';
import type { ResultRule } from './results.ts';

export const visibilityAnswered: ResultRule<'visibility'> = {
  async done(room, tx, { payload: { repository } }, result) {
    const clock = await clockOf(tx, repository);
    if (!clock) return;
    if (result.state === 'found') {
      const { count, files } = result;
      return hold(room, tx, clock, { ...when(room), count, files, refusal: null });
    }
    await isPublicNow(room, tx, clock);
  },
  async refused(room, tx, { payload: { repository } }, { code, says, next }) {
    const clock = await clockOf(tx, repository);
    // Clocks of hub and steward that are a day apart agree tomorrow.
    if (!clock || code === 'visibility.not-due') return;
    await hold(room, tx, clock, {
      ...{ ...when(room), count: 0, files: [] },
      refusal: { code, says, next },
    });
  },
};

const when = (room: Room): Pick<Held, 'on' | 'policy'> => ({
  on: isoDay(room.clock.now()),
  policy: room.governance.current()?.commit ?? null,
});

async function isPublicNow(room: Room, tx: Tx, clock: Clock): Promise<void> {
  const { repository, project, due, why, publicSince } = clock;
  const now = room.clock.now();
  const change = { state: 'public' as const, publicSince: publicSince ?? now, blocked: null, updatedAt: now };
  await tx.update(repositoryClocks).set(change).where(eq(repositoryClocks.repository, repository));
  await tx.update(repositories).set({ private: false }).where(eq(repositories.id, repository));
  if (publicSince === null)
    await record(tx, leaf(room, repository, { event: 'made-public', project, by: 'steward', due, why }));
  // Told of before: its issue is closed.
  await queueOutbox(tx, newsOfClock(clock), now);
}

/** Said in the ledger once for each thing that is found, not each day. */
async function hold(room: Room, tx: Tx, clock: Clock, held: Held): Promise<void> {
  const { repository, project, due } = clock;
  const now = room.clock.now();
  const before = heldOf(clock);
  const next: Clock = { ...clock, state: 'blocked', blocked: held };
  await tx
    .update(repositoryClocks)
    .set({ state: 'blocked', blocked: held, publicSince: null, updatedAt: now })
    .where(eq(repositoryClocks.repository, repository));
  const same = before?.count === held.count && before.refusal?.code === held.refusal?.code;
  if (!same)
    await record(
      tx,
      leaf(room, repository, {
        ...{ event: 'held', project, due },
        // How many there are, and where, is nobody's business outside.
        refusal: held.refusal?.code ?? 'visibility.found',
      }),
    );
  await queueOutbox(tx, newsOfClock(next), now);
}
