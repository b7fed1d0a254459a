/** The zone files that operators start from are whole, and name what governance may not go below. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { parseZoneFile } from '../../agent/zone-file.ts';

test.each([
  ['zone-hub.yml', 'hub', 0],
  ['zone-own.yml', 'zone', 2],
] as const)('%s is a whole zone.yml with floors for threshold and rounding', (name, trust, signers) => {
  const text = readFileSync(path.join(import.meta.dirname, '../../docs/install', name), 'utf8');
  const zone = parseZoneFile(text);

  if ('faults' in zone) throw new Error(JSON.stringify(zone.faults));
  expect(zone.review.trust).toBe(trust);
  expect(zone.signers).toHaveLength(signers);
  expect(zone.floors.threshold).toBeGreaterThan(0);
  expect(zone.floors.rounding).toBeGreaterThan(1);
  expect(zone.airlock?.app.tls && zone.airlock.content.tls).toBeDefined();
});
