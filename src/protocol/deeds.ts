/**
 * What operators of a zone did there, told to the hub for the public log: a word from a fixed list, when, and the name of
 * a workspace that the hub knows already. Why, how much, and what it concerned stay in the zone.
 */
import { z } from 'zod';
import { id, name, PROTOCOL } from './messages.ts';
import { WITH_LEASES } from './versions.ts';

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
/** What a hub writes that is told of a deed for which it has no word: that there was one. No zone says it. */
export const OTHER_DEED = 'zone-deed';

/** The version of the protocol that a word came with: a hub that speaks none so new is not told it, and told when it does. */
const SINCE: Record<ZoneDeed, number> = {
  'zone-backed-up': WITH_LEASES,
  'zone-restored': WITH_LEASES,
  'zone-verified': WITH_LEASES,
  'zone-unsound': WITH_LEASES,
  'workspace-archived': WITH_LEASES,
  'workspace-restored': WITH_LEASES,
  'outputs-removed': WITH_LEASES,
  'agent-drained': WITH_LEASES,
  'agent-goes-on': WITH_LEASES,
  'zone-frozen': WITH_LEASES,
  'zone-unfrozen': WITH_LEASES,
};

/** Whether a hub that speaks this version has a word for the deed. The first of them came with the door itself: a hub without it takes none. */
export const isWordOf = (version: number, deed: ZoneDeed, since = SINCE): boolean =>
  since[deed] <= Math.max(version, WITH_LEASES);

export const toldDeed = z.strictObject({
  /** Chosen in the zone: told twice, it stands in the log once. */
  id,
  deed: z.enum(ZONE_DEEDS),
  at: z.int().min(0),
  workspace: name.nullable(),
});
export type ToldDeed = z.infer<typeof toldDeed>;

/** Of those an airlock tells as well: its viewer is closed while the zone is frozen, whether an agent is there or not. */
export const SWITCH_DEEDS = ['zone-frozen', 'zone-unfrozen'] as const satisfies readonly ZoneDeed[];
export type SwitchDeed = (typeof SWITCH_DEEDS)[number];
export const isSwitchDeed = (deed: string): deed is SwitchDeed => SWITCH_DEEDS.some((each) => each === deed);

export const airlockDeedsRequest = z.strictObject({
  protocol: z.literal(PROTOCOL),
  /** Of the zone's record; 0 when left out. */
  epoch: z.int().min(0).optional(),
  deeds: z
    .array(z.strictObject({ id, deed: z.enum(SWITCH_DEEDS), at: z.int().min(0) }))
    .min(1)
    .max(100),
});

/** As the hub reads it. A word that it does not know, of an agent that is newer, keeps no other from being taken and is repeated nowhere. */
export const heardDeed = toldDeed.extend({ deed: z.enum([...ZONE_DEEDS, OTHER_DEED]).catch(OTHER_DEED) });
export type HeardDeed = z.infer<typeof heardDeed>;

export const deedsRequest = z.strictObject({
  protocol: z.literal(PROTOCOL),
  deeds: z.array(heardDeed).min(1).max(100),
});
/** How many are in the log now that were not before. */
export const deedsAnswer = z.strictObject({ taken: z.int().min(0) });
