/**
 * The files of the governance repository, one schema each. Strict: an unknown key is a fault, since a
 * misspelt `until` would otherwise grant for ever. Written form on the left, `types.ts` on the right.
 */
import { z } from 'zod';
import { backendEntry } from './files/backends.ts';
import { deploymentFile } from './files/deployment.ts';
import { imageEntry } from './files/images.ts';
import { personEntry } from './files/people.ts';
import { datasetEntry } from './files/permissions.ts';
import { policiesFile } from './files/policies.ts';
import { projectFile } from './files/projects.ts';
import { teamEntry } from './files/teams.ts';
import { slug } from './values.ts';

/** JSON Schemas of the written form, for editors; by file. */
export function governanceSchemas(): Record<string, unknown> {
  const written = (schema: z.ZodType): unknown =>
    z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return {
    'deployment.yml': written(deploymentFile),
    'backends.yml': written(z.array(backendEntry)),
    'images.yml': written(z.array(imageEntry)),
    'people.yml': written(z.array(personEntry)),
    'teams.yml': written(z.array(teamEntry)),
    'policies.yml': written(policiesFile),
    'projects/*.yml': written(projectFile),
    'permissions/datasets.yml': written(z.record(slug, datasetEntry)),
  };
}
