/**
 * The files of the governance repository, one schema each. Strict: an unknown key is a fault, since a
 * misspelt `until` would otherwise grant for ever. Written form on the left, `types.ts` on the right.
 */
import { z } from 'zod';
import { alertEntry } from './files/alerts.ts';
import { backendEntry } from './files/backends.ts';
import { deploymentFile } from './files/deployment.ts';
import { pageEntry } from './files/forms.ts';
import { imageEntry } from './files/images.ts';
import { organisationEntry } from './files/orgs.ts';
import { personEntry } from './files/people.ts';
import { permissionEntry } from './files/permissions.ts';
import { policiesFile } from './files/policies.ts';
import { projectFile } from './files/projects.ts';
import { teamEntry } from './files/teams.ts';
import { slug } from './values.ts';
import { tablesFile } from '../tables/tables.ts';

const permissions = z.record(slug, permissionEntry);

/** By the name a schema is published under: the files it is for, and what stands in them. */
const FILES: Record<string, { files: string; schema: z.ZodType }> = {
  deployment: { files: 'deployment.yml', schema: deploymentFile },
  backends: { files: 'backends.yml', schema: z.array(backendEntry) },
  images: { files: 'images.yml', schema: z.array(imageEntry) },
  people: { files: 'people.yml', schema: z.array(personEntry) },
  orgs: { files: 'orgs.yml', schema: z.array(organisationEntry) },
  teams: { files: 'teams.yml', schema: z.array(teamEntry) },
  policies: { files: 'policies.yml', schema: policiesFile },
  alerts: { files: 'alerts.yml', schema: z.array(alertEntry) },
  project: { files: 'projects/*.yml', schema: projectFile },
  datasets: { files: 'permissions/datasets.yml', schema: permissions },
  populations: { files: 'permissions/populations.yml', schema: permissions },
  components: { files: 'permissions/components.yml', schema: permissions },
  tables: { files: 'schemas/*.yml', schema: tablesFile },
  form: { files: 'forms/*.yml', schema: z.array(pageEntry) },
};

export interface EditorSchema {
  /** It is published as `<name>.json`. */
  name: string;
  /** Which files of the repository it is for, as a glob. */
  files: string;
  /** JSON Schema of the written form. */
  schema: Record<string, unknown>;
}

/** JSON Schemas for editors, made from the schemas that the files are read by. `base` is where they are published. */
export function governanceSchemas(base?: string): EditorSchema[] {
  return Object.entries(FILES).map(([name, { files, schema }]) => ({
    name,
    files,
    schema: {
      ...(base === undefined ? {} : { $id: `${base}/${name}.json` }),
      title: files,
      ...z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }),
    },
  }));
}
