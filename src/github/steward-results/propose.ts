import { and, eq, inArray } from 'drizzle-orm';
import { queueOutbox } from '../../db/outbox.ts';
import { proposals } from '../../db/schema/stewarding.ts';
import { endProposal, PROPOSAL_TOPIC } from '../proposals/propose.ts';
import type { ResultRule } from './results.ts';

export const proposeAnswered: ResultRule<'propose'> = {
  async done(room, tx, { payload: { proposal } }, result) {
    const now = room.clock.now();
    if (result.state !== 'open') {
      const pull = result.pull === null ? {} : { pull: result.pull };
      await endProposal(tx, proposal, { state: result.state, ...pull }, now);
      return;
    }
    const { pull, url, head } = result;
    await tx
      .update(proposals)
      .set({ state: 'opened', pull, url, head, openedAt: now })
      .where(and(eq(proposals.id, proposal), inArray(proposals.state, ['asked', 'opened'])));
    await queueOutbox(tx, [{ topic: PROPOSAL_TOPIC, subject: proposal }], now);
  },
  async refused(room, tx, { payload: { proposal } }, { code, says, next }) {
    const text = [says, next].filter(Boolean).join(' ');
    await endProposal(tx, proposal, { state: 'refused', code, says: text }, room.clock.now());
  },
};
