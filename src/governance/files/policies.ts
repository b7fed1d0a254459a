/** `policies.yml`: numbers of the rules. */
import { z } from 'zod';
import { PACKS } from '../../disclosure/disclosure.ts';
import type { Policies } from '../types.ts';
import { driftPolicy } from './drift.ts';
import { day, githubId, slug, text, weekday } from '../values.ts';

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

/** Files that data and results come in, whatever folder they lie in. */
const OUTPUT_LIKE = [
  'csv tsv csv.gz xls xlsx ods feather arrow parquet orc avro dta dta.gz sas7bdat xpt sav por rds rda rdata',
  'pkl pickle npy npz mat h5 hdf5 db sqlite sqlite3 duckdb mdb accdb dump zip gz bz2 xz 7z tar rar',
  'pdf png jpg jpeg svg docx pptx log',
].flatMap((types) => types.split(' '));

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

const folder = z
  .string()
  .regex(/^(?!\/)(?!.*\/\/)(?!(.*\/)?\.\.?(\/|$))[^\\]{1,200}$/, 'a folder like output or code/results');
const scan = z.strictObject({
  folders: z.array(folder).default(['output', 'outputs', 'released_outputs', 'release', 'results']),
  types: z
    .array(z.string().regex(/^[a-z0-9]{1,10}(\.[a-z0-9]{1,10})?$/, 'an extension like csv or csv.gz'))
    .default(OUTPUT_LIKE),
  max_file: z.int('a whole number').min(1, 'at least one').default(1_000_000),
  allow: z.array(folder).default(['codelists', 'local_codelists']),
});

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
      pending_days: count.max(14, 'at most 14').default(14),
      exempt_topic: slug.default('non-research'),
      scan: scan.prefault({}),
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
  images: z
    .strictObject({
      warn_days: z.int('a whole number').min(1, 'at least one').max(730, 'at most 730').default(60),
    })
    .prefault({}),
  drift: driftPolicy,
  closing_days: count.default(14),
});
