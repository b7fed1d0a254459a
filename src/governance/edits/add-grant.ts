import { isMap } from 'yaml';
import { z } from 'zod';
import { append, editFile, listAt } from './document.ts';
import type { EditRule } from './edit.ts';
import { grantSchema } from './values.ts';
import { no } from './words.ts';

const schema = z.strictObject({ kind: z.literal('add-grant'), grant: grantSchema });
export type AddGrant = z.infer<typeof schema>;

export const addGrant: EditRule<AddGrant> = {
  schema,
  apply: (read, { grant: { table, name, ...grant } }) =>
    editFile(read, `permissions/${table}.yml`, (document) => {
      // Who may be asked for it stands there before anybody can be granted it.
      if (!isMap(document.get(name, true))) return no.notThere(`entry ${name} in permissions/${table}.yml`);
      const grants = listAt(document, [name, 'grants']);
      const held = grants.items.some(
        (each) =>
          isMap(each) &&
          each.get('project') === grant.project &&
          String(each.get('from')) <= grant.from &&
          String(each.get('until')) >= grant.until,
      );
      if (!held) append(document, grants, grant);
      return undefined;
    }),
};
