/** Why the steward does not commit what the hub says of the log. Codes go back to the hub; the sentences are for people. */
import { refusal, type Refusal } from '../lib/refusal.ts';

const refuse = (code: string, says: string, next: string): Refusal => refusal(`steward.${code}`, says, next);

export const no = {
  logRepositoryGone: (id: number) =>
    refuse(
      'log-repository-gone',
      `The public log repository ${id} is not there, or out of the steward's reach.`,
      'Install the steward App on it, or name another as github.repos.log in deployment.yml.',
    ),
  logRepositoryClosed: () =>
    refuse(
      'log-repository-closed',
      'The public log repository is not public: what stands there proves nothing to anybody.',
      'Make it public.',
    ),
  logRepositoryArchived: () =>
    refuse('log-repository-archived', 'The public log repository is archived.', 'Unarchive it.'),
  logByHand: (path: string) =>
    refuse(
      'log-by-hand',
      `${path} in the public log repository is not as the steward writes it.`,
      'Take the change back there, and let nobody else write to that repository.',
    ),
  logShorter: (committed: number, served: number) =>
    refuse(
      'log-shorter',
      `The log was committed with ${committed} entries, and the hub, now with ${served}, does not serve those any more.`,
      'If its database was restored from a backup, that has to be told in public; docs/ledger.md says how to go on.',
    ),
  logUnsure: () =>
    refuse(
      'log-unsure',
      'The log looked as if it had been rewritten, and did not at the second look.',
      'It is looked at again with the next checkpoint.',
    ),
  noLogKey: () =>
    refuse(
      'no-log-key',
      'The steward was not told with which key the log is signed.',
      'Put the verifier key into its settings: public_log.keys.',
    ),
  noLogRepository: () =>
    refuse(
      'no-log-repository',
      'Governance names no public log repository.',
      'Name it as github.repos.log in deployment.yml.',
    ),
};
