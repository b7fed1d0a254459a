import { keepStanding } from '../../db/public-log.ts';
import type { ResultRule } from './results.ts';

export const logCommitted: ResultRule<'commit-log'> = {
  async done(room, tx, _task, result) {
    const at = room.clock.now();
    await keepStanding(tx, { committed: { ...result, at }, refused: null }, at);
  },
  async refused(room, tx, _task, { code, says, next }) {
    const at = room.clock.now();
    room.logger.error({ code, next }, 'The steward does not commit the log');
    await keepStanding(tx, { refused: { code, says, next, at } }, at);
  },
};
