import { z } from 'zod';
import { append, editFile, entryOf, listAt } from './document.ts';
import type { EditRule } from './edit.ts';
import { githubId, slug } from './values.ts';

const schema = z.strictObject({
  kind: z.literal('add-repo'),
  project: slug,
  repo: githubId,
  visibility: z.enum(['private', 'public']),
});
export type AddRepo = z.infer<typeof schema>;

export const addRepo: EditRule<AddRepo> = {
  schema,
  apply: (read, { project, repo, visibility }) =>
    editFile(read, `projects/${project}.yml`, (document) => {
      const repos = listAt(document, ['repos']);
      if (!entryOf(repos, 'id', repo)) append(document, repos, { id: repo, visibility, extensions: [] });
      return undefined;
    }),
};
