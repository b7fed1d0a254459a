/** `projects/<id>.yml`: one approved project. */
import { z } from 'zod';
import { scheduleEntry } from '../schedules.ts';
import { PROJECT_ROLES, PROJECT_STATUSES } from '../types.ts';
import type { Project } from '../types.ts';
import {
  address,
  day,
  githubId,
  grant,
  names,
  reason,
  sha256Digest,
  slug,
  text,
  workspace,
} from '../values.ts';

/** Until when a repository may stay private. */
const extension = z
  .strictObject({ on: day, until: day, reason, ref: text })
  .refine(({ on, until }) => on < until, { path: ['until'], message: 'a day after "on"' });
const gitObject = z.string().regex(/^[0-9a-f]{40}$/, 'the object of a file, 40 hexadecimal digits');

const title = z.string().min(1, 'not empty').max(500, 'at most 500 characters');
const author = z.string().min(1, 'not empty').max(200, 'at most 200 characters');
const doi = z
  .string()
  .max(200, 'at most 200 characters')
  .regex(/^10\.\d{4,9}\/\S+$/, 'a DOI like 10.1234/abc');

/** As it is written, every key of it. */
export const writtenPaper = z.strictObject({
  title,
  authors: z.array(author).min(1, 'at least one author').max(500, 'at most 500'),
  on: day,
  state: z.enum(['preprint', 'published']),
  doi: doi.optional(),
  preprint: address.optional(),
  citation: text.optional(),
  description: text.optional(),
  /** Repositories of the project whose work it reports: numeric ids. */
  repos: z.array(githubId).max(50, 'at most 50'),
});
const paper = writtenPaper.extend({ repos: writtenPaper.shape.repos.default([]) });

const projectEntry = z.strictObject({
  id: slug,
  number: text,
  aliases: names,
  title: text,
  summary: text,
  orgs: z.strictObject({ lead: slug, others: names }),
  type: names,
  approval: z.strictObject({
    state: z.enum(['approved', 'approved_with_conditions']),
    on: day,
    application_hash: sha256Digest.optional(),
    conditions: z
      .array(
        z.strictObject({
          id: slug,
          text,
          met_on: day.nullable().default(null),
          blocks: z.array(slug).default([]),
        }),
      )
      .default([]),
  }),
  copilot: z.strictObject({ id: githubId, support_until: day, access_until: day }).optional(),
  status: z.enum(PROJECT_STATUSES),
  status_since: day.optional(),
  /** Why it was postponed or retired. */
  status_reason: reason.optional(),
  until: day,
  backends: names,
  repos: z
    .array(
      z.strictObject({
        id: githubId,
        visibility: z.enum(['private', 'public']),
        extensions: z.array(extension).max(20, 'at most 20 extensions').default([]),
        exempt: z.strictObject({ reason, ref: text }).optional(),
        cleared: z
          .array(z.strictObject({ object: gitObject, reason, ref: text }))
          .max(1000, 'at most 1000 files')
          .default([]),
      }),
    )
    .default([]),
  members: z
    .array(
      z.strictObject({
        id: githubId,
        roles: z.array(z.enum(PROJECT_ROLES)).min(1, 'at least one role'),
        ...grant,
        reason,
        ref: text,
      }),
    )
    .default([]),
  papers: z.array(paper).max(200, 'at most 200 papers').default([]),
  schedules: z.array(scheduleEntry).max(50, 'at most 50 schedules').default([]),
  start: day.optional(),
  conflicts: z.array(githubId).default([]),
  archived: z.array(workspace).default([]),
});

export const projectFile: z.ZodType<Project> = projectEntry.transform((project) => ({
  ...project,
  start: project.start ?? project.approval.on,
}));
