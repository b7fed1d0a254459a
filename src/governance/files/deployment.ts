/** `deployment.yml`: every name that is specific to a deployment. */
import { z } from 'zod';
import type { Deployment } from '../types.ts';
import { address, githubId, login, names, pattern, slug, text } from '../values.ts';

const REVIEW_REPO = 'the numeric id of a repository, or owner/name of one that the steward makes';
const reviewRepo = z.union(
  [
    githubId,
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/, REVIEW_REPO),
  ],
  REVIEW_REPO,
);

export const deploymentFile: z.ZodType<Deployment> = z.strictObject({
  id: slug,
  base_url: address,
  subject: z.strictObject({ unit: text, plural: text, id_column: text }),
  contacts: z.record(slug, text).default({}),
  github: z.strictObject({
    app_id: githubId,
    org: z.strictObject({ id: githubId, login }),
    repos: z.record(slug, githubId),
    review_repos: z.record(slug, reviewRepo).default({}),
    code_orgs: z.array(login).min(1, 'at least one organisation'),
    action_orgs: z.array(login).default([]),
  }),
  project_number: pattern,
  population_permissions: names,
  component_permissions: names,
  proxy: z
    .strictObject({
      domain: text,
      registry: z
        .strictObject({
          upstream: text,
          namespaces: z.array(text),
          redirect_hosts: z.array(text).default([]),
        })
        .optional(),
    })
    .optional(),
  codelists: z.strictObject({ base_url: address }).optional(),
  exit_phrases: z.record(z.string().regex(/^\d{1,3}$/, 'an exit code'), text).default({}),
});
