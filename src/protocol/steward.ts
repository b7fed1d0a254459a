/**
 * What passes between the steward and the hub. The steward asks, always: nothing can be sent to it.
 *
 * order: a GitHub Release that should be there, or gone · still: whether that is so at this moment ·
 * report: what became of it · task: whatever else it does, see steward-tasks.ts · done: what became of that.
 * What the hub says is a wish; the steward looks for itself at what the zone signed, at governance and at
 * GitHub before it acts on it.
 */
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../lib/clock.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { envelope, refusalCode, releaseName } from './airlock.ts';
import { id, PROTOCOL, repository, sha } from './messages.ts';
import { stewardTask } from './steward-tasks.ts';
import {
  bearer,
  boundClaims,
  faultOf,
  isFresh,
  signBoundRequest,
  type BoundRequest,
  type Sent,
} from './requests.ts';
import { signedByAny, unverifiedClaims } from './tokens.ts';
import * as words from './words.ts';

/** A type of its own: no token of an agent, an airlock or an operator can pass for one. */
const STEWARD_TYP = 'sallyport-steward+jwt';

/** All POST. `file` answers with raw bytes. */
export const STEWARD_PATHS = {
  poll: '/steward/v1/poll',
  still: '/steward/v1/still',
  file: '/steward/v1/file',
  report: '/steward/v1/report',
  done: '/steward/v1/done',
} as const;

const person = z.int().positive();
const time = z.int().min(0);
const fileNumber = z.int().min(1).max(100_000);
/** `outputs-<publication>.<edition>` */
export const editionTag = z.string().regex(/^outputs-[a-z0-9]{16}\.[1-9][0-9]{0,3}$/);
const which = { publication: id, edition: z.int().min(1).max(9999) };

export const stewardPoll = z.strictObject({
  protocol: z.literal(PROTOCOL),
  waitMs: z.int().min(0).max(120_000),
});

const orderedFile = z.strictObject({
  release: releaseName,
  number: fileNumber,
  path: z.string().min(1).max(1000),
  size: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const both = { ...which, tag: editionTag, repository };
export const publishOrder = z.strictObject({
  want: z.literal('published'),
  ...both,
  /** When this edition was asked for: the same in every try. */
  orderedAt: time,
  requestedBy: person,
  requestedAt: time,
  approvals: z
    .array(z.strictObject({ person, at: time }))
    .min(1)
    .max(20),
  /** Where the data owner's approval is written down, its day, and who told. */
  owner: z
    .strictObject({ reference: z.string().min(1).max(100), on: z.iso.date(), by: person, at: time })
    .nullable(),
  /** Whoever reviewed these releases, whatever they said. Not published: a dissent is nobody's business outside. */
  reviewers: z.array(person).max(1000),
  files: z.array(orderedFile).min(1).max(5000),
  /** Of these files only: two each. */
  statements: z.array(envelope).min(2).max(10_000),
});
export type PublishOrder = z.infer<typeof publishOrder>;
export const WITHDRAWN_FOR = [
  'disclosure',
  'policy-breach',
  'wrong-file',
  'data-owner',
  'superseded',
] as const;
export const removeOrder = z.strictObject({
  want: z.literal('gone'),
  ...both,
  /** What is to stand in its place; null: nothing, as after a recall. */
  note: z.strictObject({ category: z.enum(WITHDRAWN_FOR), on: z.iso.date() }).nullable(),
});
export type RemoveOrder = z.infer<typeof removeOrder>;
export const stewardOrder = z.discriminatedUnion('want', [publishOrder, removeOrder]);
export type StewardOrder = z.infer<typeof stewardOrder>;
/** A few at a time: what has been done is not in the next answer. */
export const stewardPollAnswer = z.strictObject({
  orders: z.array(stewardOrder).max(20),
  tasks: z.array(stewardTask).max(20).default([]),
});

export const stillQuestion = z.strictObject({ protocol: z.literal(PROTOCOL), ...which });
export const stillAnswer = z.strictObject({ wanted: z.boolean() });

export const fileQuestion = z.strictObject({
  protocol: z.literal(PROTOCOL),
  ...which,
  release: releaseName,
  file: fileNumber,
});

export const stewardReport = z.strictObject({
  protocol: z.literal(PROTOCOL),
  ...which,
  /** What was asked for: an answer to an order that has been replaced since says nothing about the new one. */
  want: z.enum(['published', 'gone']),
  result: z.discriminatedUnion('outcome', [
    z.strictObject({
      outcome: z.literal('published'),
      githubRelease: z.int().positive(),
      url: z.string().max(1000),
      commit: sha,
    }),
    z.strictObject({ outcome: z.literal('gone') }),
    /** Somebody else uses the tag: another one is needed. */
    z.strictObject({ outcome: z.literal('tag-taken') }),
    /** It will not do this as things are. */
    z.strictObject({ outcome: z.literal('refused'), code: refusalCode }),
    /** It could not: GitHub or the network. */
    z.strictObject({ outcome: z.literal('failed'), code: refusalCode }),
  ]),
});
export type StewardReport = z.infer<typeof stewardReport>;
export type StewardResult = StewardReport['result'];
export const stewardReportAnswer = z.strictObject({ taken: z.literal(true) });

const claimsSchema = z.strictObject(boundClaims);

export type StewardRequest = BoundRequest;

export const signStewardRequest = (request: StewardRequest): Promise<string> =>
  signBoundRequest(STEWARD_TYP, request);

interface Signed {
  authorization: string | undefined;
  /** Those that hub.yml names. */
  keys: readonly KeyObject[];
}

async function signedClaims({
  authorization,
  keys,
}: Signed): Promise<z.infer<typeof claimsSchema> | Refusal> {
  const token = bearer(authorization);
  if (!token) return words.tokenMissing();
  const claims = unverifiedClaims(token, STEWARD_TYP, claimsSchema);
  if (!claims) return words.tokenMalformed();
  return (await signedByAny(token, keys)) ? claims : words.notTheSteward();
}

/** Undefined when the steward signed, before the body has been read. Not an authorisation: `refuseSteward` comes when it is there. */
export async function refuseSigner(request: Signed & { clock: Clock }): Promise<Refusal | undefined> {
  const claims = await signedClaims(request);
  if (isRefusal(claims)) return claims;
  return isFresh(claims, request.clock) ? undefined : words.tokenExpired();
}

/** Undefined when the request is the steward's: signed with one of the keys that hub.yml names. */
export async function refuseSteward(
  request: Sent & Signed & { useOnce(jti: string, until: number): Promise<boolean> },
): Promise<Refusal | undefined> {
  const claims = await signedClaims(request);
  if (isRefusal(claims)) return claims;
  const no = faultOf(claims, request);
  if (no) return no;
  const fresh = await request.useOnce(`steward/${claims.jti}`, (claims.exp + 1) * 1000);
  return fresh ? undefined : words.tokenUsed();
}
