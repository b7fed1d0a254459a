import { z } from 'zod';
import { editFile } from './document.ts';
import type { EditRule } from './edit.ts';
import { PROJECT_STATUSES } from '../types.ts';
import { day, reason, slug } from './values.ts';

const schema = z
  .strictObject({
    kind: z.literal('project-status'),
    project: slug,
    status: z.enum(PROJECT_STATUSES),
    since: day,
    reason: reason.optional(),
  })
  .refine(({ status, reason: why }) => why !== undefined || !['postponed', 'retired'].includes(status), {
    error: 'given: a project is not postponed or retired without a reason',
    path: ['reason'],
  });
export type ProjectStatus = z.infer<typeof schema>;

export const projectStatus: EditRule<ProjectStatus> = {
  schema,
  apply: (read, { project, status, since, reason: why }) =>
    editFile(read, `projects/${project}.yml`, (document) => {
      // The day on which it became so stands.
      if (document.get('status') === status) return undefined;
      document.set('status', status);
      document.set('status_since', since);
      if (why === undefined) document.delete('status_reason');
      else document.set('status_reason', why);
      return undefined;
    }),
};
