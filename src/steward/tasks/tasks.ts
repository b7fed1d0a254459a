/** Who carries out what the hub asks for, by what it is. One file for each; see src/protocol/steward-tasks.ts. */
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import {
  isTask,
  STEWARD_TASKS,
  type PayloadOf,
  type ResultOf,
  type StewardTask,
  type TaskName,
  type TaskOutcome,
} from '../../protocol/steward-tasks.ts';
import { GitHubTrouble } from '../github.ts';
import type { StewardParts } from '../handle.ts';
import { HubTrouble } from '../hub.ts';
import { no } from '../words.ts';
import { commitLog } from './commit-log.ts';
import { NotNow } from './not-now.ts';
import { proposeCodelist } from './codelist-pull.ts';
import { tagCodelist } from './codelist-tag.ts';
import { onboard } from './onboard.ts';
import { proposeChange } from './propose.ts';
import { makeRepositoryPublic } from './visibility.ts';

/**
 * Looks first whether merged governance allows it, and refuses what it does not. Done again it finds what is
 * there already: a steward that was killed in between is asked once more. Throws what GitHub and the network do.
 */
export interface TaskRule<K extends TaskName> {
  carryOut(
    parts: StewardParts,
    payload: PayloadOf<K>,
    task: Pick<StewardTask, 'id' | 'askedAt'>,
  ): Promise<ResultOf<K> | Refusal>;
}

const RULES: { [K in TaskName]: TaskRule<K> } = {
  propose: proposeChange,
  visibility: makeRepositoryPublic,
  'commit-log': commitLog,
  'codelist-tag': tagCodelist,
  'codelist-pull': proposeCodelist,
  onboard,
};

/** Throws only HubTrouble and bugs of the loop: whoever called tries the whole task again. */
export async function carryOut(parts: StewardParts, task: StewardTask): Promise<TaskOutcome> {
  const { id, do: what } = task;
  if (!isTask(what)) return refused(parts, task, no.unknownTask(what));
  try {
    const result = await carry(parts, what, task);
    return isRefusal(result) ? refused(parts, task, result) : { outcome: 'done', result };
  } catch (error) {
    if (error instanceof HubTrouble) throw error;
    if (error instanceof NotNow) return { outcome: 'failed', code: error.why.code };
    parts.logger.error(
      { err: error, id, do: what, code: 'steward.failed' },
      'A task could not be carried out',
    );
    const status = error instanceof GitHubTrouble ? error.status : 0;
    return { outcome: 'failed', code: no.github(status).code };
  }
}

async function carry<K extends TaskName>(
  parts: StewardParts,
  what: K,
  task: StewardTask,
): Promise<ResultOf<K> | Refusal> {
  const payload = STEWARD_TASKS[what].payload.safeParse(task.payload);
  if (!payload.success) return no.malformedTask();
  return RULES[what].carryOut(parts, payload.data as PayloadOf<K>, task);
}

function refused({ logger }: StewardParts, { id, do: what }: StewardTask, why: Refusal): TaskOutcome {
  const { code, says, next } = why;
  logger.warn({ code, id, do: what, says }, 'A task was refused');
  return { outcome: 'refused', code, says: says.slice(0, 2000), next: next.slice(0, 2000) };
}
