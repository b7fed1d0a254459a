import { z } from 'zod';
import { editFile, entryOf, listAt } from './document.ts';
import type { EditRule } from './edit.ts';
import { githubId, slug } from './values.ts';
import { no } from './words.ts';

const schema = z.strictObject({
  kind: z.literal('repo-visibility'),
  project: slug,
  repo: githubId,
  visibility: z.enum(['private', 'public']),
});
export type RepoVisibility = z.infer<typeof schema>;

export const repoVisibility: EditRule<RepoVisibility> = {
  schema,
  apply: (read, { project, repo, visibility }) =>
    editFile(read, `projects/${project}.yml`, (document) => {
      const held = entryOf(listAt(document, ['repos']), 'id', repo);
      if (!held) return no.notThere(`repository ${repo} in project ${project}`);
      if (held.get('visibility') !== visibility) held.set('visibility', visibility);
      return undefined;
    }),
};
