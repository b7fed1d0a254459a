/** `permissions/*.yml`: which project may read what, and who grants it. The name of what is granted is the key. */
import { z } from 'zod';
import type { DatasetPermission } from '../types.ts';
import { address, day, reason, slug, text } from '../values.ts';

/** The same for datasets, for populations and for components. */
export const permissionEntry: z.ZodType<Omit<DatasetPermission, 'dataset'>> = z
  .strictObject({
    steward_team: slug,
    ask: address,
    grants: z.array(z.strictObject({ project: slug, from: day, until: day, reason, ref: text })).default([]),
  })
  .transform((d) => ({ stewardTeam: d.steward_team, ask: d.ask, grants: d.grants }));
