/**
 * Which commit a reusable action stood for when the first job of a request asked. A tag can be moved, and all jobs
 * of one request run the same code: the answer is kept beside the request's workspace.
 */
import path from 'node:path';
import { z } from 'zod';
import { ID_PATTERN } from '../../src/lib/ids.ts';
import type { RunTask } from '../../src/protocol/messages.ts';
import { readJson, writeWhole } from '../store/durable.ts';
import type { Layout } from './layout.ts';
import { inTurn } from './workspace.ts';

const pin = z.object({
  /** `name:tag` as project.yaml writes it. */
  action: z.string(),
  owner: z.string(),
  name: z.string(),
  commit: z.string(),
});
export type Pin = z.infer<typeof pin>;

export class Pins {
  readonly #layout: Pick<Layout, 'workspace'>;

  constructor(layout: Pick<Layout, 'workspace'>) {
    this.#layout = layout;
  }

  /** What was found first for this request; `find` is asked when nothing was. */
  of(
    task: Pick<RunTask, 'workspace' | 'request'>,
    action: string,
    find: () => Promise<Omit<Pin, 'action'> | undefined>,
  ): Promise<Omit<Pin, 'action'> | undefined> {
    if (!ID_PATTERN.test(task.request)) throw new TypeError('not an id');
    const file = path.join(this.#layout.workspace(task.workspace).dir, 'requests', `${task.request}.json`);
    return inTurn(file, async () => {
      const known = z.array(pin).parse(readJson(file) ?? []);
      const mine = known.find((one) => one.action === action);
      if (mine) return mine;
      const found = await find();
      if (found) writeWhole(file, JSON.stringify([...known, { action, ...found }]));
      return found;
    });
  }
}
