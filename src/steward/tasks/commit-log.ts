/** A checkpoint of the public log, and its entries, into the repository that governance names for them. */
import { isRefusal } from '../../lib/refusal.ts';
import { BranchGitHub } from '../branch-github.ts';
import { no } from '../log-words.ts';
import { keepPublicLog } from '../public-log.ts';
import { no as words } from '../words.ts';
import { NotNow } from './not-now.ts';
import type { TaskRule } from './tasks.ts';

/** Something was cut short, garbled or away: asked again it may be well, and nobody need be told yet. */
const PASSING: ReadonlySet<string> = new Set(
  ['unreachable', 'missing', 'truncated', 'wrong-width', 'wrong-tile', 'wrong-root', 'wrong-entry'].map(
    (name) => `ledger.${name}`,
  ),
);

export const commitLog: TaskRule<'commit-log'> = {
  async carryOut(parts, payload) {
    const { publicLog, github, clock, logger, mirror } = parts;
    const g = await parts.governance();
    if (!g) throw new NotNow(words.governance());
    const repository = g.deployment.github.repos['log'];
    if (repository === undefined) return no.noLogRepository();
    if (publicLog.trusted.current.length === 0) return no.noLogKey();
    const done = await keepPublicLog(
      {
        ...{ ...publicLog, repository, clock, logger },
        github: new BranchGitHub(github, mirror.repository.owner, 'log'),
        address: `${g.deployment.base_url.replace(/\/+$/, '')}/log`,
      },
      payload,
    );
    if (isRefusal(done) && PASSING.has(done.code)) throw new NotNow(done);
    return done;
  },
};
