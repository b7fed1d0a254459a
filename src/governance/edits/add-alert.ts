import { z } from 'zod';
import { append, editList, entryOf } from './document.ts';
import type { EditRule } from './edit.ts';
import { slug, text, time } from './values.ts';
import { no } from './words.ts';

const list = z.array(slug).max(100, 'at most 100');
const schema = z.strictObject({
  kind: z.literal('add-alert'),
  alert: z.strictObject({
    id: slug,
    level: z.enum(['info', 'warning', 'danger']),
    title: z.string().min(1, 'not empty').max(200, 'at most 200 characters'),
    text,
    scope: z.strictObject({ backends: list, projects: list }).optional(),
    from: time,
    until: time,
  }),
});
export type AddAlert = z.infer<typeof schema>;

export const addAlert: EditRule<AddAlert> = {
  schema,
  apply: (read, { alert }) =>
    editList(read, 'alerts.yml', (document, alerts) => {
      if (entryOf(alerts, 'id', alert.id)) return no.alreadyThere(`the alert ${alert.id}`);
      append(document, alerts, alert, false);
      return undefined;
    }),
};
