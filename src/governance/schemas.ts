/**
 * The files of the governance repository. Strict: an unknown key is a fault, since a misspelt
 * `until` would otherwise grant for ever. Written form on the left, `types.ts` on the right.
 */
import { z } from 'zod';
import { PACKS } from '../disclosure/disclosure.ts';
import { scheduleEntry } from './schedules.ts';
import { GLOBAL_ROLES, PROJECT_ROLES } from './types.ts';
import type {
  AgentKey,
  Backend,
  DatasetPermission,
  Deployment,
  Image,
  Person,
  Policies,
  Project,
  Team,
} from './types.ts';
import {
  address,
  bytes,
  day,
  duration,
  githubId,
  login,
  pattern,
  publicKey,
  reason,
  slug,
  text,
  weekday,
} from './values.ts';

const until = day;
const grant = { from: day.optional(), until };
const names = z.array(slug).default([]);

export const deploymentFile: z.ZodType<Deployment> = z.strictObject({
  id: slug,
  base_url: address,
  subject: z.strictObject({ unit: text, plural: text, id_column: text }),
  contacts: z.record(slug, text).default({}),
  github: z.strictObject({
    app_id: githubId,
    org: z.strictObject({ id: githubId, login }),
    repos: z.record(slug, githubId),
    review_repos: z.record(slug, githubId).default({}),
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

const keyWithHolder = z.strictObject({
  id: slug,
  key: publicKey,
  from: day.optional(),
  until: day.optional(),
});
const keys = z.union(
  [publicKey, z.array(keyWithHolder).min(1, 'at least one key')],
  'a key, or a list of {id, key, from, until}',
);
const weights = z
  .array(z.strictObject({ match: pattern, weight: z.number().positive('above zero') }))
  .default([]);
const slots = z.int('a whole number').min(0, 'zero or more').max(1000, 'at most 1000');

/** Shown on GitHub as it stands: an origin and no more. Inside the zone it may be plain http. */
const viewerAddress = z
  .string()
  .regex(/^https?:\/\/[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$/, 'an http or https address without a path');

const LIMITS = { cpus: 2, memory: '4G', pids: 512, disk: '10G', time: 'PT24H', log: '20M' };
const POOLS = { general: 10, database: 10 };

export const backendEntry: z.ZodType<Backend> = z
  .strictObject({
    id: slug,
    name: text,
    active: z.boolean().default(true),
    data: z.enum(['real', 'dummy']).default('real'),
    alert_after: duration.prefault('PT30M'),
    maintenance_reporting: z.boolean().default(false),
    datasets: names,
    viewer: viewerAddress.optional(),
    keys: z.strictObject({ agent: keys.optional(), viewer: keys.optional() }).default({}),
    pools: z
      .strictObject({ general: slots.default(POOLS.general), database: slots.default(POOLS.database) })
      .prefault({}),
    limits: z
      .strictObject({
        cpus: z.number().positive('above zero').max(1024, 'at most 1024').default(LIMITS.cpus),
        memory: bytes.prefault(LIMITS.memory),
        pids: z.int().min(16, 'at least 16').max(1_000_000, 'at most 1000000').default(LIMITS.pids),
        disk: bytes.prefault(LIMITS.disk),
        time: duration.prefault(LIMITS.time),
        log: bytes.prefault(LIMITS.log),
      })
      .prefault({}),
    weights: z
      .strictObject({
        default: weights,
        workspaces: z.record(z.string().min(1).max(100), weights).default({}),
      })
      .prefault({}),
  })
  .transform((b) => ({
    id: b.id,
    name: b.name,
    active: b.active,
    data: b.data,
    alertAfterMs: b.alert_after,
    maintenanceReporting: b.maintenance_reporting,
    datasets: b.datasets,
    ...(b.viewer && { viewer: b.viewer }),
    keys: { agent: keyList(b.keys.agent, b.id), viewer: keyList(b.keys.viewer, b.id) },
    pools: b.pools,
    limits: {
      cpus: b.limits.cpus,
      memoryBytes: b.limits.memory,
      pids: b.limits.pids,
      diskBytes: b.limits.disk,
      timeMs: b.limits.time,
      logBytes: b.limits.log,
    },
    weights: b.weights,
  }));

/** One string is the key of one holder, named like the backend. */
function keyList(written: z.output<typeof keys> | undefined, backend: string): AgentKey[] {
  if (written === undefined) return [];
  return typeof written === 'string' ? [{ id: backend, key: written }] : written;
}

const sha256Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hexadecimal digits');

export const imageEntry: z.ZodType<Image> = z
  .strictObject({
    name: slug,
    version: z.string().regex(/^v[0-9][0-9A-Za-z.-]{0,40}$/, 'a version like v2'),
    image: z
      .string()
      .max(200, 'at most 200 characters')
      .regex(/^[a-z0-9]+(?:[._/:-]+[a-z0-9]+)*$/, 'an image name without tag or digest'),
    digest: sha256Digest.optional(),
    image_id: sha256Digest.optional(),
    database: z.boolean().default(false),
    exit_codes: z.enum(['hidden', 'trusted']).default('hidden'),
    retire_on: day.nullable().default(null),
  })
  .refine((i) => (i.digest === undefined) !== (i.image_id === undefined), {
    error: 'given alone, without an image_id',
    path: ['digest'],
  })
  .transform((i) => ({
    name: i.name,
    version: i.version,
    image: i.image,
    digest: i.digest,
    imageId: i.image_id,
    database: i.database,
    exitCodes: i.exit_codes,
    retireOn: i.retire_on,
  }));

export const personEntry: z.ZodType<Person> = z
  .strictObject({
    id: githubId,
    login,
    name: text,
    orgs: names,
    training: z.strictObject({ course: text, passed: day, expires: day }).optional(),
    agreement: z.strictObject({ ref: text, expires: day }).optional(),
    backends: z.array(z.strictObject({ id: slug, ...grant })).default([]),
    commit_emails: z.array(z.email('an e-mail address')).default([]),
    until,
  })
  .transform(({ commit_emails, ...person }) => ({ ...person, commitEmails: commit_emails }));

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
    away: z.array(z.strictObject({ from: day, until })).default([]),
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
  until,
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

const datasetPermission = z
  .strictObject({
    steward_team: slug,
    ask: address,
    grants: z.array(z.strictObject({ project: slug, from: day, until, reason, ref: text })).default([]),
  })
  .transform((d) => ({ stewardTeam: d.steward_team, ask: d.ask, grants: d.grants }));

/** `permissions/datasets.yml`, one entry. The dataset's name is the key. */
export const datasetEntry: z.ZodType<Omit<DatasetPermission, 'dataset'>> = datasetPermission;

const count = z.int('a whole number').min(0, 'zero or more');
const approvals = {
  application: 2,
  permissions: 2,
  membership: 1,
  release: 2,
  publish: 1,
  withdraw: 2,
  unfreeze: 2,
};
const remind = z.array(z.string().regex(/^P\d{1,4}D$/, 'a number of days like P30D'));

const email = z.email('an e-mail address');
const POLICY_TEXT =
  'I ask only for what the purpose of my project needs, and I have applied the disclosure rules to all of it.';

const review = z
  .strictObject({
    blind: z.enum(['open', 'strict']).default('open'),
    confirm: z.boolean().default(false),
    signing_code: z.enum(['optional', 'required']).default('optional'),
    same_organisation: z.boolean().default(true),
    training: z.enum(['required', 'not_required']).default('required'),
    policy_text: z
      .strictObject({ version: z.string().regex(/^[A-Za-z0-9.-]{1,40}$/, 'a version like 2026-11'), text })
      .default({ version: '1', text: POLICY_TEXT }),
    types: z.array(slug).min(1, 'at least one type').optional(),
    bots: z
      .array(z.strictObject({ id: githubId, commit_emails: z.array(email).default([]) }))
      .default([])
      .transform((bots) => bots.map(({ id, commit_emails }) => ({ id, commitEmails: commit_emails }))),
    commit_emails_of_nobody: z.array(email).default([]),
  })
  .transform((r) => ({
    blind: r.blind,
    confirm: r.confirm,
    signingCode: r.signing_code,
    sameOrganisation: r.same_organisation,
    training: r.training,
    policyText: r.policy_text,
    ...(r.types ? { types: r.types } : {}),
    bots: r.bots,
    commitEmailsOfNobody: r.commit_emails_of_nobody,
  }));

const publish = z
  .strictObject({ data_owner_reference: z.enum(['required', 'optional']).default('required') })
  .transform((p) => ({ dataOwnerReference: p.data_owner_reference }));

const packs = z
  .array(z.string().refine((name) => Object.hasOwn(PACKS, name), `one of ${Object.keys(PACKS).join(', ')}`))
  .min(1, 'at least one pack');

export const policiesFile: z.ZodType<Policies> = z.strictObject({
  approvals: z
    .record(slug, z.int('a whole number').min(1, 'at least one'))
    .default({})
    .transform((given) => ({ ...approvals, ...given })),
  visibility: z
    .strictObject({
      months: count.default(12),
      extension_months: count.default(12),
      remind: remind.default(['P60D', 'P30D', 'P7D', 'P0D']),
    })
    .prefault({}),
  outputs: z
    .strictObject({
      max_file: count.default(16_777_216),
      types: z.array(slug).default(['csv', 'jpeg', 'png', 'svg', 'txt', 'json']),
      csv_rows: count.default(5000),
      suppress_at_or_below: count.default(7),
      round_to: count.default(5),
      working_days: count.default(5),
      incident_hours: z.int('a whole number').min(1, 'at least one').default(72),
      packs: packs.default(['people', 'england-health']),
      malware_scan: z.enum(['required', 'optional']).default('optional'),
    })
    .prefault({}),
  review: review.prefault({}),
  publish: publish.prefault({}),
  calendar: z
    .strictObject({
      weekend: z.array(weekday).max(6, 'at most six days').default([6, 0]),
      holidays: z.array(day).default([]),
    })
    .prefault({}),
  copilot: z.strictObject({ weeks: count.default(4), remind_days: count.default(5) }).prefault({}),
  closing_days: count.default(14),
});

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
