/** What edits are made of: the written form, so that a schema takes nothing that it changes. */
import { z } from 'zod';
import { PROJECT_ROLES } from '../types.ts';
import { day, githubId, login, reason as anyReason, sha256Digest, slug, text, workspace } from '../values.ts';

export { day, githubId, login, sha256Digest, slug, text, workspace };

/** One line, and read as it is written. */
export const reason = anyReason.regex(/^[^\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]*$/u, 'one line of text');

/** As alerts are written: a day, or a time in UTC. */
export const time = z.union([day, z.iso.datetime({ precision: -1 }), z.iso.datetime()], 'a day or a time');

const slugs = z.array(slug).max(100, 'at most 100');

export const memberSchema = z.strictObject({
  id: githubId,
  roles: z.array(z.enum(PROJECT_ROLES)).min(1, 'at least one role').max(4, 'each role once'),
  from: day.optional(),
  until: day,
  reason,
  ref: text,
});

export const personSchema = z.strictObject({
  id: githubId,
  login,
  name: text,
  orgs: slugs,
  training: z.strictObject({ course: text, passed: day, expires: day }).optional(),
  agreement: z.strictObject({ ref: text, expires: day }).optional(),
  backends: z.array(z.strictObject({ id: slug, from: day.optional(), until: day })).max(100, 'at most 100'),
  until: day,
});

export const TABLES = ['datasets', 'populations', 'components'] as const;
export const grantSchema = z.strictObject({
  table: z.enum(TABLES),
  /** Of the dataset, population or component. */
  name: slug,
  project: slug,
  from: day,
  until: day,
  reason,
  ref: text,
});

export const conditionSchema = z.strictObject({
  id: slug,
  text,
  met_on: day.nullable(),
  blocks: slugs,
});

/** As in `extensions` of a repository: until when it may stay private, and why. */
export const extensionSchema = z.strictObject({ on: day, until: day, reason, ref: text });

export const newProjectSchema = z.strictObject({
  id: slug,
  number: text,
  title: text,
  /** Shown to the public. */
  summary: text,
  orgs: z.strictObject({ lead: slug, others: slugs }),
  type: slugs,
  approval: z.strictObject({
    state: z.enum(['approved', 'approved_with_conditions']),
    on: day,
    application_hash: sha256Digest.optional(),
    conditions: z.array(conditionSchema).max(50, 'at most 50 conditions'),
  }),
  copilot: z.strictObject({ id: githubId, support_until: day, access_until: day }).optional(),
  until: day,
  backends: slugs,
  members: z.array(memberSchema).min(1, 'at least one member').max(200, 'at most 200 members'),
});
