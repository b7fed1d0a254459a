import { eq } from 'drizzle-orm';
import { queueOutbox } from '../../db/outbox.ts';
import { onboardings } from '../../db/schema/onboarding.ts';
import { DASHBOARD_TOPIC } from '../onboarding/onboarding.ts';
import type { ResultRule } from './results.ts';

export const onboardAnswered: ResultRule<'onboard'> = {
  async done(room, tx, { payload: { repository } }, result) {
    const now = room.clock.now();
    const own = eq(onboardings.repositoryId, repository);
    if (result.state === 'not-needed') await tx.delete(onboardings).where(own);
    else {
      const { state, pull } = result;
      const offered = 'skeleton' in result ? { skeleton: result.skeleton } : {};
      await tx
        .update(onboardings)
        .set({ state, pull, code: null, updatedAt: now, ...offered })
        .where(own);
    }
    await queueOutbox(tx, [{ topic: DASHBOARD_TOPIC, subject: String(repository) }], now);
  },
  async refused(room, tx, { payload: { repository } }, { code }) {
    const now = room.clock.now();
    await tx
      .update(onboardings)
      .set({ state: 'refused', pull: null, code, updatedAt: now })
      .where(eq(onboardings.repositoryId, repository));
    await queueOutbox(tx, [{ topic: DASHBOARD_TOPIC, subject: String(repository) }], now);
  },
};
