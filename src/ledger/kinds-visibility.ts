/** By when repositories have to be public, and what became of it; workspaces that people made. */
import { z } from 'zod';
import { code, day, repository, text, time, word, type Kind } from './kind.ts';

const why = z.enum(['due', 'paper', 'governance', 'publication']);
const ofRepository = (event: string, says: string, body: Kind['body']): Kind => ({
  type: 'visibility',
  of: 'repository',
  event: [event],
  says,
  body: { project: word, ...body },
});

export const VISIBILITY_KINDS: readonly Kind[] = [
  ofRepository(
    'clock-started',
    'A repository was run on real data for the first time: by when it has to be public.',
    {
      job: word,
      started: time,
      due: day,
    },
  ),
  ofRepository('due-changed', 'The day on which a repository has to be public is another one.', {
    due: day,
    was: day,
    why,
  }),
  ofRepository(
    'signed-off',
    'Somebody confirmed something about a repository before it becomes public, or took that back.',
    {
      item: z.enum(['purpose', 'branches', 'readme', 'outputs']),
      confirmed: z.boolean(),
    },
  ),
  ofRepository(
    'held',
    'A repository is due and was not made public: something in its history stands against it, or something else does.',
    { due: day.nullable(), refusal: code },
  ),
  ofRepository('made-public', 'A repository became public: by the steward, or by hand.', {
    by: z.enum(['steward', 'hand']),
    due: day.nullable(),
    why: why.nullable(),
  }),
  ofRepository('private-again', 'A repository that was public is private again.', { due: day.nullable() }),
  {
    type: 'workspace',
    of: 'workspace',
    event: ['created'],
    says: 'Somebody gave a branch of a repository a workspace with a name and a purpose.',
    body: { project: word, repository, branch: text, purpose: text },
  },
];
