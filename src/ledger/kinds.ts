/**
 * The kinds of entry that the hub writes, and every field that one may have: the schema that is published.
 *
 * What is not in a list here does not stand in the log. Of jobs and releases in a zone that is what may leave
 * it: states, times, numbers and ids; no name of a file, no text that somebody wrote there.
 */
import { z } from 'zod';
import { CATEGORIES, RELEASE_STATES, SHOWN_EVENTS } from '../protocol/airlock.ts';
import { LEDGER_TYPES, LedgerEntry } from './entry.ts';
import { APPLICATION_KINDS } from './kinds-application.ts';
import { CODELIST_KINDS } from './kinds-codelists.ts';
import { FREEZE_KINDS } from './kinds-freeze.ts';
import { INCIDENT_KINDS } from './kinds-incident.ts';
import { OPERATOR_KINDS } from './kinds-operators.ts';
import { TOLD_KINDS } from './kinds-told.ts';
import { VISIBILITY_KINDS } from './kinds-visibility.ts';
import { STEWARD_KINDS } from './kinds-steward.ts';
import { code, count, day, id, list, repository, sha, sha256, text, time, word, type Kind } from './kind.ts';

const submitted = {
  outcome: z.enum(['accepted', 'nothing_to_do', 'refused']),
  repository: z.strictObject({ id, owner: word, name: z.string().max(100) }),
  branch: text,
  commit: sha,
  /** As asked for: also what there is not. */
  backend: text,
  workspace: text.nullable(),
  project: word.nullable(),
  force: z.boolean(),
  purpose: z.enum(['run', 'dummy']),
  actions: list,
  jobs: list,
  refusal: code.nullable(),
};
const command = {
  repository,
  comment: text,
  line: count,
  /** Digest of its words; they may be anything. */
  text_sha256: sha256.nullable(),
  command: text.nullable(),
  refusal: code.nullable(),
};
const step = {
  state: z.enum(RELEASE_STATES),
  at: time,
  backend: word,
  workspace: word,
  project: word,
  category: z.enum(CATEGORIES).optional(),
  batch: id.optional(),
};
const right = {
  project: word.nullable(),
  person: z.strictObject({ id, login: word.nullable() }).nullable(),
  name: word.nullable(),
  repository: repository.nullable(),
  scope: z
    .union([
      z.strictObject({ orgs: z.array(word), projects: z.array(word) }),
      z.strictObject({ count, sha256 }),
    ])
    .nullable(),
  from: day.nullable(),
  until: day.nullable(),
  reason: text.nullable(),
  ref: text.nullable(),
  was_until: day.nullable().optional(),
};
const owner = { owner_reference: text.optional(), owner_on: day.optional() };
const releases = z.array(word);

const RIGHTS = ['given', 'ended', 'changed'];
const VERDICTS = ['review-received', 'reviewed'] as const;
const TAKEN_BACK = ['recalled', 'revoked', 'incident-closed'] as const;
const STEPS = SHOWN_EVENTS.filter((each) => ![...VERDICTS, ...TAKEN_BACK].some((other) => other === each));

export const KINDS: readonly Kind[] = [
  {
    type: 'policy',
    of: 'policy',
    event: ['in-force'],
    says: 'A version of the governance repository came into force: its commit, the one before, its tree, its files, and how many rights it gave, ended and changed. An entry for each of those follows.',
    body: {
      old: sha.nullable(),
      new: sha,
      tree: sha,
      files: count,
      rights: z.strictObject({ given: count, ended: count, changed: count }),
    },
  },
  {
    type: 'policy',
    of: 'backend',
    event: ['paused', 'unpaused'],
    says: 'The operator held a backend, or let it go on.',
    body: { why: text },
  },
  ...(['project', 'person'] as const).map(
    (of): Kind => ({
      type: 'membership',
      of,
      event: RIGHTS,
      says: 'Governance registered somebody, or gave them a place in a team or project; ended or changed it.',
      body: { what: z.enum(['person', 'team', 'member', 'copilot']), ...right },
    }),
  ),
  ...(['project', 'person'] as const).map(
    (of): Kind => ({
      type: 'grant',
      of,
      event: RIGHTS,
      says: 'Governance granted the use of a backend, a dataset, a population, a component or a repository; ended or changed it.',
      body: {
        what: z.enum([
          'backend',
          'project',
          'project-backend',
          'repository',
          'dataset',
          'population',
          'component',
        ]),
        ...right,
      },
    }),
  ),
  {
    type: 'request',
    of: 'request',
    event: ['submitted'],
    says: 'Somebody asked for a run of these actions at this commit.',
    body: submitted,
  },
  {
    type: 'refused',
    of: 'request',
    event: ['submitted'],
    says: 'Somebody asked for a run, and was refused.',
    body: submitted,
  },
  {
    type: 'request',
    of: 'request',
    event: ['cancelled', 'killed'],
    says: 'A run was ended by who asked for it, or by the operator.',
    body: { actions: list, why: text.optional() },
  },
  { type: 'request', of: 'command', event: ['command'], says: 'A command was carried out.', body: command },
  { type: 'refused', of: 'command', event: ['command'], says: 'A command was refused.', body: command },
  {
    type: 'refused',
    of: 'request',
    event: ['label'],
    says: 'A label of a verdict, by somebody who is no checker of the request, was taken off.',
    body: { delivery: text, refusal: code },
  },
  {
    type: 'job',
    of: 'job',
    event: ['started'],
    says: 'A job was given to an agent.',
    body: { request: word, agent: word },
  },
  {
    type: 'job',
    of: 'job',
    event: ['requeued'],
    says: 'A job was begun again.',
    body: { request: word, attempts: count },
  },
  {
    type: 'job',
    of: 'job',
    event: ['ended'],
    says: 'A job ended.',
    body: {
      request: word,
      workspace: text,
      action: text,
      state: z.enum(['succeeded', 'failed']),
      code,
      reason: text.nullable(),
      started: time.nullable(),
    },
  },
  { type: 'release', of: 'release', event: STEPS, says: 'A step of a release request.', body: step },
  {
    type: 'verdict',
    of: 'release',
    event: VERDICTS,
    says: 'A review of a release request came in, or all have.',
    body: step,
  },
  {
    type: 'withdrawal',
    of: 'release',
    event: TAKEN_BACK,
    says: 'Something released was taken back.',
    body: step,
  },
  {
    type: 'release',
    of: 'release',
    event: ['received'],
    says: 'All files of a release have arrived.',
    body: { batch: id, backend: word, workspace: word, project: word },
  },
  {
    type: 'release',
    of: 'release',
    event: ['downloaded'],
    says: 'A member took a released file, told by its number.',
    body: { backend: word, batch: id, file: id },
  },
  {
    type: 'release',
    of: 'record',
    event: ['zone-record'],
    says: 'A keyed digest over all that a zone has on record until then.',
    body: { backend: word, until: time, digest: sha256 },
  },
  {
    type: 'release',
    of: 'record',
    event: ['zone-restored'],
    says: 'A zone was restored from a backup, and went back to what it was then.',
    body: { backend: word, at: time, until: time },
  },
  {
    type: 'release',
    of: 'request',
    event: ['issue-replaced'],
    says: 'The issue of a release request was deleted or transferred, and replaced.',
    body: { issue: word, repository, number: id },
  },
  {
    type: 'publication',
    of: 'publication',
    event: ['requested'],
    says: 'Somebody asked for files of releases to be published.',
    body: { releases, project: word, workspace: word, repository: id, ...owner },
  },
  {
    type: 'publication',
    of: 'publication',
    event: ['approved'],
    says: 'A publication was approved.',
    body: { releases, approvals: count, ...owner },
  },
  {
    type: 'publication',
    of: 'publication',
    event: ['rejected'],
    says: 'A publication was rejected.',
    body: {},
  },
  {
    type: 'publication',
    of: 'publication',
    event: ['owner-told'],
    says: 'Where the approval of the data owner is written.',
    body: owner,
  },
  {
    type: 'publication',
    of: 'publication',
    event: ['published'],
    says: 'An edition of a publication is on GitHub.',
    body: { edition: id, repository: id, tag: text, commit: sha, url: z.url() },
  },
  {
    type: 'withdrawal',
    of: 'publication',
    event: ['withdrawn'],
    says: 'A publication was withdrawn.',
    body: { project: word, repository: id, category: code },
  },
  {
    type: 'withdrawal',
    of: 'publication',
    event: ['recalled'],
    says: 'Files of a publication were recalled; of the rest a further edition is made, or not.',
    body: { releases, repository: id, reissued: z.boolean() },
  },
  {
    type: 'withdrawal',
    of: 'publication',
    event: ['gone'],
    says: 'An edition of a publication was taken off GitHub.',
    body: { edition: id, repository: id, tag: text },
  },
  {
    type: 'login',
    of: 'browser',
    event: ['new-browser'],
    says: 'Somebody signed in to a viewer from a browser that was not seen before.',
    body: { backend: word, at: time },
  },
  ...LEDGER_TYPES.map(
    (type): Kind => ({
      type,
      of: 'entry',
      event: ['withheld'],
      says: 'Something happened for which this hub had no kind of entry. What, is held back, and sealed here by a salted digest.',
      body: { commitment: sha256 },
    }),
  ),
  ...TOLD_KINDS,
  ...FREEZE_KINDS,
  ...INCIDENT_KINDS,
  ...OPERATOR_KINDS,
  ...VISIBILITY_KINDS,
  ...CODELIST_KINDS,
  ...APPLICATION_KINDS,
  ...STEWARD_KINDS,
];

const SCHEMAS = KINDS.map(({ type, of, event, says, body }) =>
  LedgerEntry.extend({
    type: z.literal(type),
    subject: z.string().regex(new RegExp(`^${of}:[A-Za-z0-9_][A-Za-z0-9._/@-]{0,149}$`)),
    body: z.strictObject({ event: z.enum([...event]), ...body }),
  }).describe(says),
);

/** No two kinds have a type, a thing and an event in common: an entry is looked for in one place. */
const PLACES: ReadonlyMap<string, number> = new Map(
  KINDS.flatMap(({ type, of, event }, at) => event.map((each) => [placeOf(type, of, each), at] as const)),
);

function placeOf(type: string, of: string, event: string): string {
  return `${type} ${of} ${event}`;
}

/** JSON Schema of an entry; `id` is where it is published. */
export const ledgerSchema = (id: string): Record<string, unknown> => ({
  $id: id,
  title: 'An entry of the public log',
  ...z.toJSONSchema(z.union(SCHEMAS)),
});

const indexOf = ({ type, subject, body }: LedgerEntry): number | undefined =>
  PLACES.get(placeOf(type, subject.slice(0, subject.indexOf(':')), String(body['event'])));

/** Undefined when the entry is of a kind of ours, with the fields of that kind and no others; else why it is not. */
export function faultOfKind(entry: LedgerEntry): string | undefined {
  const at = indexOf(entry);
  if (at === undefined) return `there is no such kind of entry: ${entry.type} ${entry.subject}`;
  const { error } = SCHEMAS[at]!.safeParse(entry);
  return error && z.prettifyError(error);
}

/** What an entry tells, in a sentence; undefined for one of a kind that is not ours. */
export function saysOf(entry: unknown): string | undefined {
  const read = LedgerEntry.safeParse(entry);
  if (!read.success || faultOfKind(read.data) !== undefined) return undefined;
  return KINDS[indexOf(read.data)!]!.says;
}
