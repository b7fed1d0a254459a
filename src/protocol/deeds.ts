/**
 * What operators of a zone did there, told to the hub for the public log: a word from a fixed list, when, and the name of
 * a workspace that the hub knows already. Why, how much, and what it concerned stay in the zone.
 */
import { z } from 'zod';
import { id, name, PROTOCOL } from './messages.ts';

export const ZONE_DEEDS = [
  'zone-backed-up',
  'zone-restored',
  'zone-verified',
  /** Something that was looked at does not hold. */
  'zone-unsound',
  'workspace-archived',
  'workspace-restored',
  'outputs-removed',
  /** Took no new job from then on, and ended when the last had. */
  'agent-drained',
  /** It was taken back before that. */
  'agent-goes-on',
  /** The zone's own switch: everything stands still, until it is lifted. */
  'zone-frozen',
  'zone-unfrozen',
] as const;
export type ZoneDeed = (typeof ZONE_DEEDS)[number];

export const toldDeed = z.strictObject({
  /** Chosen in the zone: told twice, it stands in the log once. */
  id,
  deed: z.enum(ZONE_DEEDS),
  at: z.int().min(0),
  workspace: name.nullable(),
});
export type ToldDeed = z.infer<typeof toldDeed>;

export const deedsRequest = z.strictObject({
  protocol: z.literal(PROTOCOL),
  deeds: z.array(toldDeed).min(1).max(100),
});
/** How many are in the log now that were not before. */
export const deedsAnswer = z.strictObject({ taken: z.int().min(0) });
