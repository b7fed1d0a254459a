/**
 * Comments about what happened, each step told once: a row remembers how far was told, and which comment is
 * being written, so that an interrupted one is finished and not begun anew.
 */
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { githubObjects } from '../../db/schema/github.ts';
import type { StepView } from '../../outputs/outputs.ts';
import { marker } from '../markdown.ts';
import type { Show } from '../show.ts';

const Told = z.object({
  /** First and last step of each comment that was written. */
  groups: z.array(z.tuple([z.number(), z.number()])),
  /** Up to here everything is told. */
  upTo: z.number(),
  telling: z.number().nullable(),
});
type Told = z.infer<typeof Told>;

const KIND = 'told';

export interface Telling {
  /** `release:<request>` or `review:<request>` */
  key: string;
  issue: number;
  steps: readonly StepView[];
  /** Undefined: nothing to say about these. */
  write(fresh: readonly StepView[]): string | undefined;
}

export async function tell(show: Show, telling: Telling): Promise<void> {
  const key = `told:${telling.key}`;
  const kept = await show.kept(key, KIND);
  let told = Told.safeParse(kept?.data).data ?? { groups: [], upTo: 0, telling: null };
  if (!kept) await show.intend(key, KIND);
  if (show.force) for (const [from, to] of told.groups) await say(show, telling, from, to);
  for (;;) {
    const upTo = told.telling ?? telling.steps.at(-1)?.seq ?? 0;
    const from = told.upTo + 1;
    if (upTo < from) return;
    if (told.telling === null) await keep(show, key, (told = { ...told, telling: upTo }));
    const said = await say(show, telling, from, upTo);
    const groups: Told['groups'] = said ? [...told.groups, [from, upTo]] : told.groups;
    await keep(show, key, (told = { groups, upTo, telling: null }));
  }
}

async function say(
  show: Show,
  { key, issue, steps, write }: Telling,
  from: number,
  to: number,
): Promise<boolean> {
  const text = write(steps.filter((step) => step.seq >= from && step.seq <= to));
  if (text === undefined) return false;
  const mark = marker('notice', `${key}:${to}`);
  await show.comment({ key: `notice:${key}:${to}`, issue, mark, body: `${mark}\n${text}`, final: true });
  return true;
}

async function keep({ room }: Show, key: string, told: Told): Promise<void> {
  await room.db
    .update(githubObjects)
    .set({ data: told, updatedAt: room.clock.now() })
    .where(eq(githubObjects.key, key));
}
