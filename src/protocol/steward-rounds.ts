/**
 * What the steward tells the hub after it looked at one part of the organisation: what it made and changed there,
 * and what is still not as governance says. Ids and words from fixed lists: no text that a person wrote has a
 * field here, so all of it may be public.
 */
import { z } from 'zod';
import { refusalCode } from './airlock.ts';
import { id, PROTOCOL, sha } from './messages.ts';

export const STEWARD_ROUND_PATH = '/steward/v1/round';

export const DEEDS = [
  'repository-created',
  'repository-adopted',
  'made-private',
  'issues-switched-on',
  'topics-set',
  'ruleset-set',
  'forms-set',
  'team-created',
  'member-added',
  'member-removed',
  'team-given',
  'team-right-taken',
  'collaborator-removed',
] as const;
export type Deed = (typeof DEEDS)[number];

export const FOUND = [
  'team-missing',
  'member-missing',
  'member-not-listed',
  'right-missing',
  'right-not-given',
  'collaborator',
  'ruleset-differs',
  'branch-unprotected',
  'open-to-everybody',
  'label-differs',
  'form-differs',
] as const;
export type Found = (typeof FOUND)[number];

const number = z.int().positive();
/** As GitHub writes names of teams. */
const team = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/);
const project = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/);

/**
 * teams: of `teams.yml` · governance: its own repository and the template · reviews: where checkers work ·
 * intake, incidents: the issue forms there.
 */
export const roundScope = z.union([
  z.enum(['teams', 'governance', 'reviews', 'intake', 'incidents']),
  z.string().regex(/^project:[a-z0-9][a-z0-9_-]{0,62}$/),
]);
export type RoundScope = z.infer<typeof roundScope>;

const about = {
  repository: number.optional(),
  team: team.optional(),
  person: number.optional(),
};
export const tellDeed = z.strictObject({
  id,
  at: z.int().min(0),
  deed: z.enum(DEEDS),
  ...about,
  /** False: the answer was lost, so it may not have happened. */
  sure: z.boolean(),
});
export type ToldDeed = z.infer<typeof tellDeed>;

export const tellDrift = z.strictObject({ found: z.enum(FOUND), ...about });
export type ToldDrift = z.infer<typeof tellDrift>;

export const MOST_TOLD = 500;
export const stewardRound = z.strictObject({
  protocol: z.literal(PROTOCOL),
  scope: roundScope,
  /** Of governance, by which it looked. */
  commit: sha,
  /** A repository that it made for a project whose file names none. */
  made: z.strictObject({ project, repository: number }).nullable(),
  deeds: z.array(tellDeed).max(MOST_TOLD),
  /** All that differs in this part; absent when it could not be looked at as a whole. */
  drift: z.array(tellDrift).max(MOST_TOLD).optional(),
  refused: z.array(z.strictObject({ code: refusalCode, ...about })).max(100),
});
export type StewardRound = z.infer<typeof stewardRound>;
export const stewardRoundAnswer = z.strictObject({ taken: z.literal(true) });
