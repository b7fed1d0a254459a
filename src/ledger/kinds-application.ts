/** Applications and requests for permissions: that there is one, sealed, and how it stands. Never who asked, or what. */
import { z } from 'zod';
import { count, sha256, word, type Kind } from './kind.ts';

const kind = z.enum(['project', 'permission']);

export const APPLICATION_KINDS: readonly Kind[] = [
  {
    type: 'application',
    of: 'application',
    event: ['sealed'],
    says: 'An application was handed in; its answers are sealed by a keyed digest. A later turn means that they were changed.',
    body: { kind, turn: count, seal: sha256 },
  },
  {
    type: 'application',
    of: 'application',
    event: ['in_review', 'returned', 'deferred', 'rejected', 'withdrawn'],
    says: 'An application came to another state.',
    body: { kind },
  },
  {
    type: 'application',
    of: 'application',
    event: ['approved', 'approved_with_conditions'],
    says: 'An application was approved: governance in force names the project, and the seal of what was approved.',
    body: { kind, project: word, seal: sha256 },
  },
];
