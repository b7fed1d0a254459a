/** Who hears what the steward answers, by what it was asked to do. One file for each. */
import type { Tx } from '../../db/database.ts';
import type { ResultOf, TaskName } from '../../protocol/steward-tasks.ts';
import type { TaskAnswers, ToldTask, Why } from '../../stewarding/stewarding.ts';
import type { Room } from '../room.ts';
import { codelistProposed, codelistTagged } from './codelist.ts';
import { logCommitted } from './commit-log.ts';
import { onboardAnswered } from './onboard.ts';
import { proposeAnswered } from './propose.ts';
import { visibilityAnswered } from './visibility.ts';

/** Both in the transaction that notes the answer: no call that leaves the database belongs there. */
export interface ResultRule<K extends TaskName> {
  done(room: Room, tx: Tx, task: ToldTask<K>, result: ResultOf<K>): Promise<void>;
  refused(room: Room, tx: Tx, task: ToldTask<K>, why: Why): Promise<void>;
}

const RULES: { [K in TaskName]: ResultRule<K> } = {
  propose: proposeAnswered,
  visibility: visibilityAnswered,
  'commit-log': logCommitted,
  'codelist-tag': codelistTagged,
  'codelist-pull': codelistProposed,
  onboard: onboardAnswered,
};

export function taskAnswers(room: Room): TaskAnswers {
  const bound = <K extends TaskName>(rule: ResultRule<K>) => ({
    done: (tx: Tx, task: ToldTask<K>, result: ResultOf<K>) => rule.done(room, tx, task, result),
    refused: (tx: Tx, task: ToldTask<K>, why: Why) => rule.refused(room, tx, task, why),
  });
  return {
    propose: bound(RULES.propose),
    visibility: bound(RULES.visibility),
    'commit-log': bound(RULES['commit-log']),
    'codelist-tag': bound(RULES['codelist-tag']),
    'codelist-pull': bound(RULES['codelist-pull']),
    onboard: bound(RULES.onboard),
  };
}
