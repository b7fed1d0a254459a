import { isMap } from 'yaml';
import { z } from 'zod';
import { append, editFile, entryOf, listAt, listIn } from './document.ts';
import type { EditRule } from './edit.ts';
import { extensionSchema, githubId, slug } from './values.ts';
import { no } from './words.ts';

const schema = z.strictObject({
  kind: z.literal('extend-repo'),
  project: slug,
  repo: githubId,
  extension: extensionSchema,
});
export type ExtendRepo = z.infer<typeof schema>;

export const extendRepo: EditRule<ExtendRepo> = {
  schema,
  apply: (read, { project, repo, extension }) =>
    editFile(read, `projects/${project}.yml`, (document) => {
      const held = entryOf(listAt(document, ['repos']), 'id', repo);
      if (!held) return no.notThere(`repository ${repo} in project ${project}`);
      const extensions = listIn(document, held, 'extensions');
      const given = extensions.items.some(
        (each) => isMap(each) && String(each.get('until')) >= extension.until,
      );
      if (!given) append(document, extensions, extension);
      return undefined;
    }),
};
