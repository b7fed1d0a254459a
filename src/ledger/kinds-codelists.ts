/** Codelists: what was published, by whom it was signed off. */
import { z } from 'zod';
import { count, id, sha, sha256, word, type Kind } from './kind.ts';

export const CODELIST_KINDS: readonly Kind[] = [
  {
    type: 'publication',
    of: 'codelist',
    event: ['codelist-published'],
    says: 'A version of a codelist was published: two people signed off the commit that holds its bytes.',
    body: {
      list: word,
      repository: id,
      pull: id,
      head: sha,
      commit: sha,
      codes: count,
      sha256,
      author: id,
      signers: z.array(id),
    },
  },
];
