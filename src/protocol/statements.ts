/**
 * What the zone states and signs about a released file, one file each: how it was made (SLSA provenance v1)
 * and how it was reviewed. Both are published; nothing unreleased has a field in them.
 *
 * An input that was not released is named by the action that made it, the pattern in project.yaml and a
 * digest keyed by the zone: its name may hold what a wildcard matched, and a small table can be guessed from
 * its hash. Released inputs are named the same way, because they may be recalled later.
 */
import { z } from 'zod';
import { canonicalJson } from '../lib/canonical.ts';
import type { KeyPair } from '../lib/keys.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { releaseName, type Envelope } from './airlock.ts';
import { signEnvelope, verifyEnvelope } from './dsse.ts';
import { id, name, sha } from './messages.ts';
import * as words from './words.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const PROVENANCE_TYPE = 'https://slsa.dev/provenance/v1';

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const address = z
  .string()
  .max(500)
  .regex(/^https?:\/\/[^\s?#@\\]+$/);
const time = z.iso.datetime();
const person = z.int().positive();
const line = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[^\p{Cc}]*$/u);

/** Where what these statements name is described, beneath the deployment's address: pages of the hub. */
export const PREDICATE_PATHS = { action: '/provenance/action/v1', review: '/provenance/review/v1' } as const;
export const BUILDER_MODES = ['docker', 'process'] as const;
export type BuilderMode = (typeof BUILDER_MODES)[number];
export const builderPath = (backend: string, mode: BuilderMode): string => `/builders/${backend}/${mode}`;

const digestOf = 'SHA-256 of its bytes, in hexadecimal.';
const subject = z
  .array(
    z.strictObject({
      name: line.describe('Path of the file in the workspace, as it was released.'),
      digest: z.strictObject({ sha256: hex64.describe(digestOf) }),
    }),
  )
  .length(1)
  .describe('The one file that the statement is about.');

const code = z
  .strictObject({
    uri: z
      .string()
      .regex(/^git\+https?:\/\/[^\s?#\\]+$/)
      .describe('The repository.'),
    digest: z.strictObject({ gitCommit: sha.describe('Its commit.') }),
  })
  .describe('Code: the study, and a reusable action if the job was one.');
const image = z
  .strictObject({
    uri: z
      .string()
      .regex(/^image:[^\s]{1,300}$/)
      .describe('The image, by the name that project.yaml uses.'),
    digest: z.strictObject({ sha256: hex64.describe('What the container engine ran.') }),
  })
  .describe('The container image.');
/** Everything of one action that one pattern matched, together: not even how many there were. */
const input = z
  .strictObject({
    uri: z
      .string()
      .regex(/^action:[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/)
      .describe('The action that made these inputs.'),
    annotations: z.strictObject({
      action: name.describe('The same action, by name.'),
      pattern: line
        .nullable()
        .describe('The pattern of project.yaml that they came under; null when none there matches any more.'),
      /** HMAC-SHA-256 with a key of the zone. */
      keyedDigest: hex64.describe(
        'HMAC-SHA-256 over their names and hashes with a key of the zone: the zone can show later which files these were, and nobody can guess them.',
      ),
    }),
  })
  .describe(
    'Inputs that were not published, those of one action and pattern together: neither their names nor their hashes nor how many there were.',
  );

export const provenance = z.strictObject({
  _type: z.literal(STATEMENT_TYPE).describe('An in-toto statement.'),
  subject,
  predicateType: z.literal(PROVENANCE_TYPE).describe('SLSA provenance, version 1.'),
  predicate: z.strictObject({
    buildDefinition: z.strictObject({
      buildType: address.describe('This page: one action of project.yaml, run once.'),
      externalParameters: z.strictObject({
        repository: address.describe('The study.'),
        commit: sha.describe('The commit that was run.'),
        action: name.describe('The action of project.yaml that wrote the file.'),
        backend: name.describe('The backend whose data it ran beside.'),
      }),
      internalParameters: z.strictObject({
        policyCommit: sha.describe('Commit of the governance repository that was in force at the release.'),
        limits: z.strictObject({
          cpus: z.number().positive().describe('Processors that a job of this backend may use.'),
          memoryBytes: z.int().positive().describe('Memory, in bytes.'),
          timeMs: z.int().positive().describe('Time, in milliseconds.'),
        }),
        jobRequest: id.describe('Id of the request that ran it; the public record has it too.'),
        requestedBy: person.describe('Whoever asked for the run, by GitHub account id.'),
        /** A picture whose metadata was taken out: the job wrote other bytes. */
        rewritten: z
          .boolean()
          .describe('True for a picture whose metadata was taken out: the job itself wrote other bytes.'),
      }),
      resolvedDependencies: z
        .array(z.union([code, image, input]))
        .max(10_000)
        .describe('What went in.'),
    }),
    runDetails: z.strictObject({
      builder: z.strictObject({
        id: address.describe('Where and how it ran: an address of a page like this one.'),
      }),
      metadata: z.strictObject({
        invocationId: id.describe('Id of the job.'),
        startedOn: time.optional().describe('When it began, where that is kept.'),
        finishedOn: time.describe('When it ended.'),
      }),
    }),
  }),
});
export type Provenance = z.infer<typeof provenance>;
export type Dependency = Provenance['predicate']['buildDefinition']['resolvedDependencies'][number];

export const review = z.strictObject({
  _type: z.literal(STATEMENT_TYPE).describe('An in-toto statement.'),
  subject,
  /** `<deployment's address>/provenance/review/v1` */
  predicateType: address.regex(/\/provenance\/review\/v1$/).describe('This page.'),
  predicate: z.strictObject({
    release: releaseName.describe('The release in which the file left the zone.'),
    request: id.describe('The release request behind it.'),
    batch: z.int().min(1).describe('Which release of that request.'),
    backend: name.describe('The backend of the zone.'),
    workspace: name.describe('The workspace whose file it is.'),
    project: name.describe('The project, as governance names it.'),
    /** The study's, by GitHub's numeric id. */
    repository: z.int().positive().describe("The study's repository, by GitHub's number."),
    author: person.describe('Whoever asked for the release, by GitHub account id. Never one of the signers.'),
    policy: z.strictObject({
      commit: sha.describe('Commit of the governance repository that was in force.'),
      trust: z
        .enum(['hub', 'zone'])
        .describe(
          'Where checkers proved who they are: on GitHub (hub), or with a passkey inside the zone (zone).',
        ),
      checkers: z.int().min(2).describe('How many had to agree.'),
      suppressAtOrBelow: z.int().min(0).describe('Counts up to this one are not to be shown.'),
      roundTo: z.int().min(0).describe('Counts are rounded to multiples of this.'),
    }),
    /** `answered`: each hint was answered by named persons. */
    checks: z.strictObject({
      version: line.describe('Version of the automatic disclosure checks.'),
      outcome: z
        .enum(['clean', 'answered'])
        .describe('clean: they had nothing to say; answered: each hint was answered by named persons.'),
    }),
    grade: z.literal('approve').describe('What the signers said of these bytes.'),
    /** Whose approvals let it out, by numeric id, rising. */
    signers: z
      .array(person)
      .min(2)
      .max(10)
      .refine((ids) => ids.every((each, at) => at === 0 || each > ids[at - 1]!))
      .describe('Whose approvals of exactly these bytes let them out, by GitHub account id.'),
    releasedOn: time.describe('When they were released.'),
  }),
});
export type Review = z.infer<typeof review>;

export type Statement = { kind: 'provenance'; statement: Provenance } | { kind: 'review'; statement: Review };

/** Throws a ZodError for a statement that does not hold to its form: a bug of whoever made it. */
export function signFileStatement(of: Statement, key: KeyPair): Envelope {
  const checked = of.kind === 'provenance' ? provenance.parse(of.statement) : review.parse(of.statement);
  return signEnvelope(checked, key);
}

/** What one of these keys signed, in its exact form; an unknown field is a refusal. */
export function verifyFileStatement(
  envelope: unknown,
  keys: readonly string[],
): (Statement & { key: string }) | Refusal {
  const opened = verifyEnvelope(envelope, keys);
  if (isRefusal(opened)) return opened;
  const { key, statement } = opened;
  const made = provenance.safeParse(statement);
  if (made.success) return { kind: 'provenance', statement: made.data, key };
  const reviewed = review.safeParse(statement);
  return reviewed.success ? { kind: 'review', statement: reviewed.data, key } : words.notAStatement();
}

/** The file a statement is about. */
export function subjectOf({ statement }: Statement): { name: string; sha256: string } {
  const [only] = statement.subject;
  return { name: only!.name, sha256: only!.digest.sha256 };
}

/** One envelope a line, as in-toto bundles are written. */
export function statementLines(envelopes: readonly Envelope[]): string {
  return envelopes.map((envelope) => `${canonicalJson(envelope)}\n`).join('');
}
