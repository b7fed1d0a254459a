import { z } from 'zod';
import { PROJECT_ROLES } from '../types.ts';
import { append, editFile, entryOf, flowList, listAt, listIn, strings } from './document.ts';
import type { EditRule } from './edit.ts';
import { memberSchema, slug } from './values.ts';

/**
 * Who is a member already gets the roles beside those they have, with the new days and the new reason. What ended
 * before the new roles begin does not come back with them.
 */
const schema = z.strictObject({ kind: z.literal('add-member'), project: slug, member: memberSchema });
export type AddMember = z.infer<typeof schema>;

export const addMember: EditRule<AddMember> = {
  schema,
  apply: (read, { project, member }) =>
    editFile(read, `projects/${project}.yml`, (document) => {
      const members = listAt(document, ['members']);
      const held = entryOf(members, 'id', member.id);
      if (!held) {
        append(document, members, member);
        return undefined;
      }
      const ended = member.from !== undefined && String(held.get('until')) < member.from;
      const had = ended ? [] : strings(listIn(document, held, 'roles'));
      const roles = PROJECT_ROLES.filter((role) => had.includes(role) || member.roles.includes(role));
      // Nothing but another reason is no change of what anybody may do.
      if (roles.length === had.length && held.get('until') === member.until) return undefined;
      held.set('roles', flowList(document, roles));
      for (const key of ['from', 'until', 'reason', 'ref'] as const)
        if (member[key] !== undefined) held.set(key, member[key]);
      return undefined;
    }),
};
