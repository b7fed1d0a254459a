/** `permissions/datasets.yml`: which project may read what, and who grants it. */
import { z } from 'zod';
import type { DatasetPermission } from '../types.ts';
import { address, day, reason, slug, text } from '../values.ts';

const datasetPermission = z
  .strictObject({
    steward_team: slug,
    ask: address,
    grants: z.array(z.strictObject({ project: slug, from: day, until: day, reason, ref: text })).default([]),
  })
  .transform((d) => ({ stewardTeam: d.steward_team, ask: d.ask, grants: d.grants }));

/** `permissions/datasets.yml`, one entry. The dataset's name is the key. */
export const datasetEntry: z.ZodType<Omit<DatasetPermission, 'dataset'>> = datasetPermission;
