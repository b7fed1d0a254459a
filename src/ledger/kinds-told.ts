/** Keys that speak for a zone, alerts, and workspaces that are archived: told by versions of the governance repository. */
import { z } from 'zod';
import { day, sha256, text, time, word, type Kind } from './kind.ts';

const event = ['given', 'ended', 'changed'];

export const TOLD_KINDS: readonly Kind[] = [
  {
    type: 'key',
    of: 'backend',
    event,
    says: 'Governance listed the public key of an agent or a viewer, which speaks for its backend from then on; took it out, or changed its days.',
    body: {
      what: z.enum(['agent', 'viewer']),
      holder: word,
      key: z.string().regex(/^ed25519:[A-Za-z0-9+/=_-]{1,100}$/),
      from: day.nullable(),
      until: day.nullable(),
    },
  },
  {
    type: 'key',
    of: 'log',
    event: ['given', 'ended'],
    says: 'This log is signed with a key from then on, or not any more.',
    body: { key: z.string().regex(/^[^\s+]{1,200}\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{1,100}$/) },
  },
  {
    type: 'alert',
    of: 'alert',
    event,
    says: 'Governance tells everybody something for a while: its title, its days, and the digest of its text. Or does so no more, or otherwise.',
    body: {
      level: z.enum(['info', 'warning', 'danger']),
      title: text,
      text_sha256: sha256,
      backends: z.array(word),
      projects: z.array(word),
      from: time,
      until: time,
    },
  },
  {
    type: 'workspace',
    of: 'workspace',
    event: ['archived', 'reopened'],
    says: 'Governance closed a workspace of a project: nothing runs in it or is asked for from then on, what it holds stays readable. Or opened it again.',
    body: { project: word },
  },
];
