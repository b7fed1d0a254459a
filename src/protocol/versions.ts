/**
 * Which versions of the protocol a program speaks, and which one two of them have in common.
 *
 * The number in a message's body (`PROTOCOL`) is the form that never changes within a major version. What is
 * added to it later has a minor version: both sides say in a header from which to which they speak, and
 * neither sends what the other does not know. A program speaks its own minor version and the one before,
 * so that hubs and zones can be upgraded one after the other. Who sends no header is from before there was one: 1.0.
 *
 * Each door of the hub asks so: of agents and airlocks, of the steward, of operators. The proxy's has no number, as
 * git and container engines that ask there would not know what to do with one: they speak what they always spoke.
 */
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import * as words from './words.ts';

export const VERSION_HEADER = 'sallyport-protocol';

/** From the oldest to the newest minor version, as `major * 1000 + minor`. */
export interface Spoken {
  oldest: number;
  newest: number;
}

/** Who asks the hub. */
export type Asker = 'zone' | 'steward' | 'operator';

const MAJOR = 1000;
/** 1.1: an agent says that it is being drained, and what its database says of itself; the hub says how long it counts an agent as alive, and how new its list is; an airlock says with each message of which epoch of its record it is. */
export const WITH_LEASES = MAJOR + 1;
export const WE_SPEAK: Spoken = { oldest: MAJOR, newest: WITH_LEASES };
const FIRST: Spoken = { oldest: MAJOR, newest: MAJOR };

const shown = (version: number): string => `${Math.floor(version / MAJOR)}.${version % MAJOR}`;

/** As it stands in the header. */
export const spokenText = ({ oldest, newest }: Spoken = WE_SPEAK): string =>
  `${shown(oldest)}-${shown(newest)}`;

/** What the other side's header says; a header that is not ours is a refusal. */
export function readSpoken(header: string | undefined): Spoken | Refusal {
  if (header === undefined) return FIRST;
  const found = /^(\d{1,3})\.(\d{1,3})-(\d{1,3})\.(\d{1,3})$/.exec(header);
  if (!found) return words.versionsMalformed();
  const version = (at: number): number => Number(found[at]) * MAJOR + Number(found[at + 1]);
  const spoken = { oldest: version(1), newest: version(3) };
  return spoken.oldest <= spoken.newest ? spoken : words.versionsMalformed();
}

/** The newest version that both speak, or which side has to be upgraded. `us`: which side this is; `asker`: the other, at the hub. */
export function commonVersion(
  us: 'hub' | Asker,
  header: string | undefined,
  ours: Spoken = WE_SPEAK,
  asker: Asker = us === 'hub' ? 'zone' : us,
): number | Refusal {
  const theirs = readSpoken(header);
  if (isRefusal(theirs)) return theirs;
  const common = Math.min(ours.newest, theirs.newest);
  if (common >= Math.max(ours.oldest, theirs.oldest)) return common;
  const [hub, other] = us === 'hub' ? [ours, theirs] : [theirs, ours];
  const said = { hub: spokenText(hub), other: spokenText(other), asker };
  return hub.newest < other.oldest ? words.hubTooOld(said) : words.askerTooOld(said);
}
