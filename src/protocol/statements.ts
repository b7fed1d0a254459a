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

const subject = z.array(z.strictObject({ name: line, digest: z.strictObject({ sha256: hex64 }) })).length(1);

const code = z.strictObject({
  uri: z.string().regex(/^git\+https?:\/\/[^\s?#\\]+$/),
  digest: z.strictObject({ gitCommit: sha }),
});
const image = z.strictObject({
  uri: z.string().regex(/^image:[^\s]{1,300}$/),
  digest: z.strictObject({ sha256: hex64 }),
});
/** Everything of one action that one pattern matched, together: not even how many there were. */
const input = z.strictObject({
  uri: z.string().regex(/^action:[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/),
  annotations: z.strictObject({
    action: name,
    pattern: line.nullable(),
    /** HMAC-SHA-256 with a key of the zone. */
    keyedDigest: hex64,
  }),
});

export const provenance = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject,
  predicateType: z.literal(PROVENANCE_TYPE),
  predicate: z.strictObject({
    buildDefinition: z.strictObject({
      buildType: address,
      externalParameters: z.strictObject({ repository: address, commit: sha, action: name, backend: name }),
      internalParameters: z.strictObject({
        policyCommit: sha,
        limits: z.strictObject({
          cpus: z.number().positive(),
          memoryBytes: z.int().positive(),
          timeMs: z.int().positive(),
        }),
        jobRequest: id,
        requestedBy: person,
        /** A picture whose metadata was taken out: the job wrote other bytes. */
        rewritten: z.boolean(),
      }),
      resolvedDependencies: z.array(z.union([code, image, input])).max(10_000),
    }),
    runDetails: z.strictObject({
      builder: z.strictObject({ id: address }),
      metadata: z.strictObject({ invocationId: id, startedOn: time.optional(), finishedOn: time }),
    }),
  }),
});
export type Provenance = z.infer<typeof provenance>;
export type Dependency = Provenance['predicate']['buildDefinition']['resolvedDependencies'][number];

export const review = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject,
  /** `<deployment's address>/provenance/review/v1` */
  predicateType: address.regex(/\/provenance\/review\/v1$/),
  predicate: z.strictObject({
    release: releaseName,
    request: id,
    batch: z.int().min(1),
    backend: name,
    workspace: name,
    project: name,
    /** The study's, by GitHub's numeric id. */
    repository: z.int().positive(),
    author: person,
    policy: z.strictObject({
      commit: sha,
      trust: z.enum(['hub', 'zone']),
      checkers: z.int().min(2),
      suppressAtOrBelow: z.int().min(0),
      roundTo: z.int().min(0),
    }),
    /** `answered`: each hint was answered by named persons. */
    checks: z.strictObject({ version: line, outcome: z.enum(['clean', 'answered']) }),
    grade: z.literal('approve'),
    /** Whose approvals let it out, by numeric id, rising. */
    signers: z
      .array(person)
      .min(2)
      .max(10)
      .refine((ids) => ids.every((each, at) => at === 0 || each > ids[at - 1]!)),
    releasedOn: time,
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
