import { z } from 'zod';
import { editFile, listAt, strings } from './document.ts';
import type { EditRule } from './edit.ts';
import { slug } from './values.ts';

const schema = z.strictObject({ kind: z.literal('archive-workspace'), project: slug, workspace: slug });
export type ArchiveWorkspace = z.infer<typeof schema>;

export const archiveWorkspace: EditRule<ArchiveWorkspace> = {
  schema,
  apply: (read, { project, workspace }) =>
    editFile(read, `projects/${project}.yml`, (document) => {
      const archived = listAt(document, ['archived']);
      if (!strings(archived).includes(workspace)) archived.items.push(document.createNode(workspace));
      return undefined;
    }),
};
