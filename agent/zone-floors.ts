/** The floors of zone.yml in the words of those who go by them. */
import type { DisclosureFloors, ReviewFloors } from '../src/release/release.ts';
import type { ZoneFile } from './zone-file.ts';

export function reviewFloors({ review, floors }: Pick<ZoneFile, 'review' | 'floors'>): ReviewFloors {
  return {
    trust: review.trust,
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
