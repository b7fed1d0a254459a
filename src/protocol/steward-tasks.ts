/**
 * What the hub asks of the steward beside releases, each with what it is given and what it answers.
 *
 * task: something to be done once, known by `do` · round: how often it was asked for anew. The steward looks
 * in merged governance whether it may be done at all: a task says what is wanted, not that it is allowed.
 * A task of yours: its two schemas here, who carries it out in src/steward/tasks, who hears of it in
 * src/github/steward-results.
 */
import { z } from 'zod';
import { editSchema } from '../governance/governance.ts';
import { refusalCode } from './airlock.ts';
import { id, PROTOCOL, sha } from './messages.ts';
import { visibilityTask } from './visibility-task.ts';
import { onboardTask } from './onboard-task.ts';
import { commitLog } from './steward-log.ts';
import { codelistPull, codelistTag } from './steward-codelists.ts';

const person = z.strictObject({
  id: z.int().positive(),
  /** Of managed users with their company's code; of an App, when nobody else asked. */
  login: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}(?:_[A-Za-z0-9]{1,20})?(?:\[bot\])?$/),
});
const line = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[^\p{Cc}]*$/u);

/** A pull request on governance: there with this change, or closed. */
const propose = {
  payload: z.strictObject({
    proposal: id,
    want: z.enum(['open', 'closed']),
    edit: editSchema,
    askedBy: person,
    title: line(200),
    /** Markdown, the body of the pull request. */
    why: z.string().max(20_000),
  }),
  result: z.discriminatedUnion('state', [
    z.strictObject({
      state: z.literal('open'),
      pull: z.int().positive(),
      url: z.string().max(1000),
      head: sha,
    }),
    /** Merged before, or governance says so anyhow. */
    z.strictObject({ state: z.literal('merged'), pull: z.int().positive().nullable() }),
    z.strictObject({ state: z.literal('closed'), pull: z.int().positive().nullable() }),
  ]),
};

export const STEWARD_TASKS = {
  'commit-log': commitLog,
  propose,
  visibility: visibilityTask,
  'codelist-tag': codelistTag,
  'codelist-pull': codelistPull,
  onboard: onboardTask,
} as const;

export type TaskName = keyof typeof STEWARD_TASKS;
export type PayloadOf<K extends TaskName> = z.infer<(typeof STEWARD_TASKS)[K]['payload']>;
export type ResultOf<K extends TaskName> = z.infer<(typeof STEWARD_TASKS)[K]['result']>;

export function isTask(name: string): name is TaskName {
  return Object.hasOwn(STEWARD_TASKS, name);
}

/** As it is sent: whoever gets it reads the payload by the schema of what is to be done. */
export const stewardTask = z.strictObject({
  id,
  do: z.string().regex(/^[a-z][a-z-]{0,40}$/),
  round: z.int().min(1),
  askedAt: z.int().min(0),
  payload: z.unknown(),
});
export type StewardTask = z.infer<typeof stewardTask>;

export const taskOutcome = z.discriminatedUnion('outcome', [
  z.strictObject({ outcome: z.literal('done'), result: z.unknown() }),
  /** It will not do this as things are. */
  z.strictObject({
    outcome: z.literal('refused'),
    code: refusalCode,
    says: z.string().max(2000),
    next: z.string().max(2000),
  }),
  /** It could not: GitHub or the network. It is asked again. */
  z.strictObject({ outcome: z.literal('failed'), code: refusalCode }),
]);
export type TaskOutcome = z.infer<typeof taskOutcome>;

export const taskReport = z.strictObject({
  protocol: z.literal(PROTOCOL),
  id,
  /** An answer to what was asked before says nothing about what is asked now. */
  round: z.int().min(1),
  outcome: taskOutcome,
});
export type TaskReport = z.infer<typeof taskReport>;
export const taskReportAnswer = z.strictObject({ taken: z.literal(true) });
