import { z } from 'zod';
import { editFile, listAt, strings } from './document.ts';
import type { EditRule } from './edit.ts';
import { slug, workspace as name } from './values.ts';

const schema = z.strictObject({
  kind: z.literal('archive-workspace'),
  project: slug,
  /** One, or all that a project still has. */
  workspace: z.union([name, z.array(name).min(1, 'at least one').max(500, 'at most 500')]),
});
export type ArchiveWorkspace = z.infer<typeof schema>;

export const archiveWorkspace: EditRule<ArchiveWorkspace> = {
  schema,
  apply: (read, { project, workspace }) =>
    editFile(read, `projects/${project}.yml`, (document) => {
      const archived = listAt(document, ['archived']);
      const had = strings(archived);
      for (const each of new Set([workspace].flat()))
        if (!had.includes(each)) archived.items.push(document.createNode(each));
      return undefined;
    }),
};
