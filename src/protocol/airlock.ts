/**
 * What passes between the hub and an airlock. Strict schemas again: no name that a wildcard matched, no
 * context, comment, reason, grade, count per check or bare hash has a field before the release decision.
 *
 * order: what a person asked on GitHub, with their numeric id; the airlock decides · answer: what became of
 * it, a code at most · shown: what GitHub may show of a request · release: files that two checkers let out
 */
import { z } from 'zod';
import { branch, freezesTold, id, name, repository, sha, PROTOCOL } from './messages.ts';

const person = z.int().positive();
const time = z.int().min(0);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
/**
 * Of the zone's record: larger after each restore of it from a backup. 0 when left out. Polls, reports and what they
 * show always said it; every other message does since 1.1.
 */
const epoch = z.int().min(0).optional();
/** The hub's answer to all that is said as of an epoch before the newest that it has heard of. */
export const OLDER_EPOCH = 'shown.older-epoch';
/** Stable code of a refusal: the sentence is made on the hub's side from the code alone. */
export const refusalCode = z.string().regex(/^[a-z][a-z0-9-]{0,40}\.[a-z][a-z0-9-]{0,60}$/);

export const RELEASE_STATES = [
  'draft',
  'submitted',
  'reviewing',
  'consolidating',
  'returned',
  'approved',
  'releasing',
  'released',
  'rejected',
  'withdrawn',
  'revoked',
] as const;
export const CATEGORIES = [
  'author-asked',
  'wrong-files',
  'incomplete-context',
  'not-permitted',
  'identifying',
  'unsafe',
  'outside-purpose',
  'duplicate',
  'disclosure',
  'policy-breach',
  'wrong-file',
  'data-owner',
] as const;
const fileNumber = z.int().min(1).max(100_000);

/** `<request>-<batch>` */
export const releaseName = z.string().regex(/^[a-z0-9]{16}-[1-9][0-9]{0,7}$/);
/** Of the request when it was said: in a later one other things stand there to be judged. */
const turn = z.int().min(0).optional();

/** What a person asked for by command, label or form. `request` is chosen by the hub for a new draft. */
export const reviewDeed = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('release'),
    request: id,
    workspace: name,
    repository,
    branch,
    /** As written on GitHub; the zone matches them against what may be viewed. */
    patterns: z.array(z.string().min(1).max(300)).min(1).max(50),
  }),
  z.strictObject({ type: z.literal('submit'), request: id }),
  z.strictObject({ type: z.literal('withdraw'), request: id }),
  z.strictObject({ type: z.literal('claim'), request: id }),
  z.strictObject({ type: z.literal('unclaim'), request: id }),
  z.strictObject({
    type: z.literal('sign'),
    request: id,
    verdict: z.enum(['submit', 'approve', 'changes', 'reject']),
    files: z.array(fileNumber).min(1).max(500).optional(),
    /** Code shown in the viewer, over what was shown there. */
    code: z
      .string()
      .regex(/^[a-z0-9]{8,32}$/)
      .optional(),
    turn,
  }),
  z.strictObject({ type: z.literal('return'), request: id, category: z.enum(CATEGORIES), turn }),
  z.strictObject({ type: z.literal('close-request'), request: id, category: z.enum(CATEGORIES), turn }),
  z.strictObject({ type: z.literal('halt'), request: id }),
  z.strictObject({
    type: z.literal('revoke'),
    request: id,
    release: releaseName,
    file: fileNumber,
    category: z.enum(CATEGORIES),
  }),
]);
export type ReviewDeed = z.infer<typeof reviewDeed>;

export const orderClaims = z.strictObject({
  protocol: z.literal(PROTOCOL),
  /** The airlock's id. */
  airlock: name,
  backend: name,
  /** Rising per airlock. */
  seq: z.int().min(1),
  iat: z.int(),
  exp: z.int(),
  order: z.strictObject({
    id,
    /** Who acted on GitHub, and when. */
    actor: person,
    at: time,
    deed: reviewDeed,
  }),
});
export type OrderClaims = z.infer<typeof orderClaims>;
export type Order = OrderClaims['order'];

export const airlockPoll = z.strictObject({
  protocol: z.literal(PROTOCOL),
  /** Highest `seq` answered for good. */
  seen: z.int().min(0),
  waitMs: z.int().min(0).max(120_000),
  version: z.string().regex(/^[A-Za-z0-9.+-]{1,40}$/),
  governance: sha.optional(),
  epoch,
  /** Number of the last freeze or lifting that was heard. */
  freezes: z.int().min(0).optional(),
});
/** Orders above `seen` that still wait, signed, oldest first. */
export const airlockPollAnswer = z.strictObject({
  orders: z.array(z.strictObject({ jws: z.string().max(16_384) })).max(200),
  /** Requests of this airlock that cannot be shown on GitHub, since when, and a code that says why. */
  unsaid: z
    .array(z.strictObject({ request: id, code: refusalCode, since: time }))
    .max(100)
    .optional(),
  freezes: freezesTold.optional(),
});

export const orderAnswer = z.strictObject({
  order: id,
  outcome: z.enum(['done', 'refused']),
  code: refusalCode.optional(),
});
export type OrderAnswer = z.infer<typeof orderAnswer>;

/** One step of a request as the public record keeps it. `by` is null while it must stay hidden. */
export const SHOWN_EVENTS = [
  'created',
  'submitted',
  'resubmitted',
  'assigned',
  'claimed',
  'unclaimed',
  'review-received',
  'reviewed',
  'returned',
  'part-released',
  'approved',
  'halted',
  'releasing',
  'released',
  'rejected',
  'withdrawn',
  'recalled',
  'revoked',
  'upload-failed',
  'restored',
  'incident-closed',
] as const;
export const shownEvent = z.strictObject({
  /** The request's own entry number. */
  seq: z.int().min(1),
  at: time,
  what: z.enum(SHOWN_EVENTS),
  by: person.nullable(),
  state: z.enum(RELEASE_STATES),
  category: z.enum(CATEGORIES).optional(),
  /** In which it happened. */
  epoch,
  /** Batch, for what concerns one. */
  batch: z.int().min(1).optional(),
  /** Number of a recalled file. */
  file: fileNumber.optional(),
});
export type ShownEvent = z.infer<typeof shownEvent>;

/** What GitHub may show of a request; the newest `version` wins. */
export const shownRequest = z.strictObject({
  id,
  /** The request's last entry number: rises with every change. */
  version: z.int().min(1),
  /** It goes before `version`. */
  epoch,
  workspace: name,
  project: name,
  repository: z.int().positive().nullable(),
  author: person,
  /** A schedule made it, in the author's name. */
  automated: z.literal(true).optional(),
  state: z.enum(RELEASE_STATES),
  turn: z.int().min(0),
  createdAt: time,
  submittedAt: time.nullable(),
  decidedAt: time.nullable(),
  /** How many files are asked for. */
  files: z.int().min(0),
  hints: z.enum(['none', 'some', 'many']),
  /** Whoever holds a place now. */
  checkers: z.array(person).max(10),
  /** Signed reviews of this turn that count. */
  reviews: z.int().min(0).max(10),
  /** Places nobody was found for. */
  short: z.int().min(0).max(10),
  category: z.enum(CATEGORIES).nullable(),
  /** Keyed digests over each signed review of this turn, in random order. */
  commitments: z.array(digest).max(10),
  batches: z
    .array(
      z.strictObject({
        number: z.int().min(1),
        state: z.enum(['queued', 'uploading', 'released', 'halted', 'stopped']),
        recalled: z.array(fileNumber),
      }),
    )
    .max(1000),
  /** What recalls opened. */
  incidents: z
    .array(
      z.strictObject({
        number: z.int().min(1),
        category: z.enum(CATEGORIES),
        files: z.array(fileNumber).max(500),
        openedAt: time,
        dueAt: time,
        closedAt: time.nullable(),
      }),
    )
    .max(500)
    .optional(),
  /** Steps since the last version the hub took, oldest first; repeats are harmless. */
  events: z.array(shownEvent).max(500),
});
export type ShownRequest = z.infer<typeof shownRequest>;

export const airlockReport = z.strictObject({
  protocol: z.literal(PROTOCOL),
  epoch,
  answers: z.array(orderAnswer).max(200),
  shown: z.array(shownRequest).max(100),
  /** People who signed in from a browser not seen before. */
  newBrowsers: z.array(z.strictObject({ id, person, at: time })).max(100),
  /** Once a day: a keyed digest over everything the zone has recorded until then. */
  record: z.strictObject({ at: time, digest }).optional(),
  /** The record of the zone went back to an earlier moment: said until the hub has heard it. */
  restored: z.strictObject({ epoch: z.int().min(1), at: time, asOf: time }).optional(),
});
export type AirlockReport = z.infer<typeof airlockReport>;
/** The rest was taken; `refused` are requests that this airlock may not show, or not so. */
export const airlockReportAnswer = z.strictObject({
  taken: z.literal(true),
  refused: z.array(z.strictObject({ request: id, code: refusalCode })).max(100),
  /** Who had a copy of a recalled file, and is told of it. */
  recalled: z
    .array(z.strictObject({ request: id, file: fileNumber, people: z.array(person).max(1000) }))
    .max(1000)
    .optional(),
});

/** A viewer session that waits for its person. The number is shown in the viewer and repeated on GitHub's side. */
export const signInStart = z.strictObject({
  protocol: z.literal(PROTOCOL),
  epoch,
  session: id,
  number: z.string().regex(/^[0-9]{6}$/),
});
export const signInStartAnswer = z.strictObject({
  /** Where to get a code, to be typed into any browser. */
  address: z.string().max(300),
  expiresAt: time,
});
export const signInRedeem = z.strictObject({
  protocol: z.literal(PROTOCOL),
  epoch,
  session: id,
  code: z.string().min(1).max(100),
});
export const signInRedeemAnswer = z.strictObject({ person, login: z.string().max(39) });

/** What the receiver insists on, before the first byte. */
export const releaseFile = z.strictObject({
  number: fileNumber,
  path: z.string().min(1).max(1000),
  size: z.int().min(0),
  sha256: digest,
  /** Two distinct checkers at least. */
  approvals: z
    .array(z.strictObject({ checker: person, key: digest }))
    .min(2)
    .max(10),
});
export type ReleaseFile = z.infer<typeof releaseFile>;
/** A DSSE envelope. */
export const envelope = z.strictObject({
  payloadType: z.string().max(100),
  payload: z.string().max(4_000_000),
  signatures: z
    .array(z.strictObject({ keyid: z.string().max(200), sig: z.string().max(200) }))
    .min(1)
    .max(4),
});
export type Envelope = z.infer<typeof envelope>;
export const releaseDeclaration = z.strictObject({
  protocol: z.literal(PROTOCOL),
  epoch,
  release: releaseName,
  request: id,
  batch: z.int().min(1),
  workspace: name,
  project: name,
  repository: z.int().positive(),
  author: person,
  /** Whoever signed a review of the request, also who was against it: they do not decide what becomes public. */
  reviewers: z.array(person).min(2).max(1000),
  files: z.array(releaseFile).min(1).max(5000),
  /**
   * in-toto statements signed by the zone, two per file: how it was made, and how it was reviewed. One file
   * each, because a file may be published without the others, and recalled without them.
   */
  statements: z.array(envelope).min(2).max(10_000),
});
export type ReleaseDeclaration = z.infer<typeof releaseDeclaration>;
/** Numbers of the files the receiver holds already. */
export const releaseDeclarationAnswer = z.strictObject({ held: z.array(fileNumber) });
/** Behind the path of an upload, whose body is the file: the token is bound to both. */
export const uploadQuery = z.strictObject({
  epoch: z
    .string()
    .regex(/^(0|[1-9][0-9]{0,14})$/)
    .transform(Number)
    .optional(),
});
export const uploadAnswer = z.strictObject({ sha256: digest });

/** Beneath which all of them are. */
export const AIRLOCK_DOORS = '/zone/v1/airlock';
/** All POST; `upload` takes raw bytes at `/<release>/<file number>` beneath its path, with `?epoch=` behind it. */
export const AIRLOCK_PATHS = {
  poll: '/zone/v1/airlock/poll',
  report: '/zone/v1/airlock/report',
  signIn: '/zone/v1/airlock/sign-in',
  redeem: '/zone/v1/airlock/sign-in/redeem',
  declare: '/zone/v1/airlock/releases',
  deeds: '/zone/v1/airlock/deeds',
  upload: '/zone/v1/airlock/files',
} as const;
