/** `projects/<id>.yml`: one approved project. */
import { z } from 'zod';
import { scheduleEntry } from '../schedules.ts';
import { PROJECT_ROLES } from '../types.ts';
import type { Project } from '../types.ts';
import { day, githubId, grant, names, reason, sha256Digest, slug, text } from '../values.ts';

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
  status: z.enum([
    'ongoing',
    'postponed',
    'retired',
    'ongoing_linked',
    'completed_linked',
    'completed_awaiting',
  ]),
  status_since: day.optional(),
  until: day,
  backends: names,
  repos: z
    .array(
      z.strictObject({
        id: githubId,
        visibility: z.enum(['private', 'public']),
        extensions: z.array(z.unknown()).max(0, 'empty').default([]),
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
  papers: z.array(z.unknown()).max(0, 'empty').default([]),
  schedules: z.array(scheduleEntry).max(50, 'at most 50 schedules').default([]),
  start: day.optional(),
  conflicts: z.array(githubId).default([]),
  archived: names,
});

export const projectFile: z.ZodType<Project> = projectEntry.transform((project) => ({
  ...project,
  start: project.start ?? project.approval.on,
}));
