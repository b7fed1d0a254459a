/** `teams.yml`: roles in the whole deployment. */
import { z } from 'zod';
import { GLOBAL_ROLES } from '../types.ts';
import type { Team } from '../types.ts';
import { day, githubId, grant, reason, slug, text, weekday } from '../values.ts';

const limitedTo = z.array(slug).min(1, 'at least one');

const teamMember = z
  .strictObject({
    id: githubId,
    scope: z
      .strictObject({ orgs: limitedTo.optional(), projects: limitedTo.optional() })
      .refine(
        ({ orgs, projects }) => orgs ?? projects,
        'limited to an organisation or a project, or left out',
      )
      .optional(),
    ...grant,
    reason,
    ref: text,
    working_days: z.array(weekday).min(1, 'at least one day').optional(),
    away: z.array(z.strictObject({ from: day, until: day })).default([]),
  })
  .transform(({ working_days, ...member }) => ({
    ...member,
    ...(working_days ? { workingDays: working_days } : {}),
  }));

export const teamEntry: z.ZodType<Team> = z
  .strictObject({ role: z.enum(GLOBAL_ROLES), team: slug, members: z.array(teamMember).default([]) })
  .superRefine(({ role, members }, context) => {
    members.forEach(({ workingDays, away }, index) => {
      if (role !== 'output_checker' && (workingDays !== undefined || away.length > 0))
        context.addIssue({
          code: 'custom',
          path: ['members', index],
          message: 'without working_days and away: only output checkers are assigned by them',
        });
    });
  });
