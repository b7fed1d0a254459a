import { z } from 'zod';
import { editFile, entryOf, listAt } from './document.ts';
import type { EditRule } from './edit.ts';
import { day, slug } from './values.ts';
import { no } from './words.ts';

const schema = z.strictObject({
  kind: z.literal('meet-condition'),
  project: slug,
  condition: slug,
  on: day,
});
export type MeetCondition = z.infer<typeof schema>;

export const meetCondition: EditRule<MeetCondition> = {
  schema,
  apply: (read, { project, condition, on }) =>
    editFile(read, `projects/${project}.yml`, (document) => {
      const conditions = listAt(document, ['approval', 'conditions'], 'look');
      const held = conditions && entryOf(conditions, 'id', condition);
      if (!held) return no.notThere(`condition ${condition} of project ${project}`);
      // The day on which it was met stands.
      if (typeof held.get('met_on') !== 'string') held.set('met_on', on);
      return undefined;
    }),
};
