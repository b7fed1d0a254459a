import { z } from 'zod';
import { editList, entryOf } from './document.ts';
import type { EditRule } from './edit.ts';
import { slug, time } from './values.ts';
import { no } from './words.ts';

const schema = z.strictObject({
  kind: z.literal('end-alert'),
  alert: slug,
  /** It is shown no more from then on; a day is meant with all of its hours. */
  at: time,
});
export type EndAlert = z.infer<typeof schema>;

export const endAlert: EditRule<EndAlert> = {
  schema,
  apply: (read, { alert, at }) =>
    editList(read, 'alerts.yml', (_document, alerts) => {
      const held = entryOf(alerts, 'id', alert);
      if (!held) return no.notThere(`alert ${alert}`);
      if (Date.parse(String(held.get('from'))) < Date.parse(at)) held.set('until', at);
      // It was never to be seen.
      else alerts.items.splice(alerts.items.indexOf(held), 1);
      return undefined;
    }),
};
