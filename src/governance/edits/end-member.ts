import { isMap } from 'yaml';
import { z } from 'zod';
import { editFile, entryOf, listAt } from './document.ts';
import type { EditRule } from './edit.ts';
import { day, githubId, slug } from './values.ts';
import { no } from './words.ts';

/** The entry stays, ended: who was a member is not forgotten. */
const schema = z.strictObject({
  kind: z.literal('end-member'),
  project: slug,
  person: githubId,
  /** The last day of it. */
  until: day,
});
export type EndMember = z.infer<typeof schema>;

export const endMember: EditRule<EndMember> = {
  schema,
  apply: (read, { project, person, until }) =>
    editFile(read, `projects/${project}.yml`, (document) => {
      const members = listAt(document, ['members']);
      const held = entryOf(members, 'id', person);
      if (!held) return no.notThere(`member ${person} in project ${project}`);
      // It ended before: that day stands.
      if (String(held.get('until')) <= until) return undefined;
      const from = held.get('from');
      // One that had not begun never was.
      if (from !== undefined && String(from) >= until) members.items.splice(members.items.indexOf(held), 1);
      else held.set('until', until);
      // Nothing is asked for in the name of somebody who has left.
      const schedules = listAt(document, ['schedules'], 'look');
      for (const each of schedules?.items ?? [])
        if (isMap(each) && each.get('author') === person && String(each.get('until')) > until)
          each.set('until', until);
      return undefined;
    }),
};
