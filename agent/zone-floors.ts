/** What zone.yml sets against governance, in the words of those who go by it: floors, and whose signatures count. */
import type { Governance, Signers } from '../src/governance/governance.ts';
import type { Clock } from '../src/lib/clock.ts';
import { isRefusal } from '../src/lib/refusal.ts';
import { parseSshKey } from '../src/lib/ssh-signature.ts';
import type { DisclosureFloors, ReviewFloors } from '../src/release/release.ts';
import type { ZoneFile } from './zone-file.ts';

export function reviewFloors({ review, floors }: Pick<ZoneFile, 'review' | 'floors'>): ReviewFloors {
  return {
    trust: review.trust,
    signingCode: review.signing_code,
    ...(floors.types ? { types: floors.types } : {}),
    ...(floors.max_file_bytes === undefined ? {} : { maxFile: floors.max_file_bytes }),
  };
}

export function disclosureFloors({ floors }: Pick<ZoneFile, 'floors'>): DisclosureFloors {
  return {
    ...(floors.threshold === undefined ? {} : { threshold: floors.threshold }),
    ...(floors.rounding === undefined ? {} : { rounding: floors.rounding }),
    ...(floors.max_file_bytes === undefined ? {} : { maxFile: floors.max_file_bytes }),
    ...(floors.csv_rows === undefined ? {} : { rows: floors.csv_rows }),
  };
}

/** Either may require it, neither can take it back. */
export function mustScan(
  { floors }: Pick<ZoneFile, 'floors'>,
  { policies }: Pick<Governance, 'policies'>,
): boolean {
  return floors.malware_scan === 'required' || policies.outputs.malware_scan === 'required';
}

/** For the governance mirror of agent and airlock alike: nothing under `review.trust: hub`. */
export function governanceSigners(
  { review, signers }: Pick<ZoneFile, 'review' | 'signers'>,
  clock: Clock,
): { signers?: Signers } {
  if (review.trust === 'hub') return {};
  const keys = signers.map(parseSshKey).flatMap((key) => (isRefusal(key) ? [] : [key]));
  return { signers: { keys, clock } };
}
