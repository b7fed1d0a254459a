/** Freezes: what stands still, never why. */
import { z } from 'zod';
import { id, word, type Kind } from './kind.ts';

const what = { scope: z.enum(['project', 'backend', 'all']), subject: word.nullable() };

export const FREEZE_KINDS: readonly Kind[] = [
  {
    type: 'freeze',
    of: 'freeze',
    event: ['frozen'],
    says: 'Governance froze a project, a backend or everything; jobs that ran were stopped or left to finish.',
    body: { ...what, running: z.enum(['stop', 'finish']) },
  },
  {
    type: 'freeze',
    of: 'freeze',
    event: ['unfreezing-asked'],
    says: 'The first of two people asked to lift a freeze.',
    body: what,
  },
  {
    type: 'freeze',
    of: 'freeze',
    event: ['lifted'],
    says: 'The second of two people lifted a freeze; the first is named too.',
    body: { ...what, asked_by: id },
  },
];
