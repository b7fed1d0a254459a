import { isMap } from 'yaml';
import { z } from 'zod';
import { append, asNode, editFile, listAt } from './document.ts';
import type { EditRule } from './edit.ts';
import { writtenPaper } from '../files/projects.ts';
import { slug } from './values.ts';

/** One with the same DOI, or else the same title, is replaced: a preprint is published later. */
const schema = z.strictObject({ kind: z.literal('add-paper'), project: slug, paper: writtenPaper });
export type AddPaper = z.infer<typeof schema>;

export const addPaper: EditRule<AddPaper> = {
  schema,
  apply: (read, { project, paper }) =>
    editFile(read, `projects/${project}.yml`, (document) => {
      const papers = listAt(document, ['papers']);
      const at = papers.items.findIndex(
        (each) =>
          isMap(each) &&
          (each.get('title') === paper.title || (paper.doi !== undefined && each.get('doi') === paper.doi)),
      );
      if (at < 0) append(document, papers, paper, false);
      else papers.items[at] = asNode(document, paper, false);
      return undefined;
    }),
};
