import { expect, test } from '@jest/globals';
import { parseZoneFile, type ZoneFile } from '../../agent/zone-file.ts';
import { disclosureFloors, governanceSigners, mustScan, reviewFloors } from '../../agent/zone-floors.ts';
import { fixedClock } from '../../src/lib/clock.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { aGovernance, governanceFiles } from '../support/governance.ts';

const clock = fixedClock('2026-10-01T12:00:00Z');
const signer = (seed: number): string => {
  const field = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  return `ssh-ed25519 ${Buffer.concat([field(Buffer.from('ssh-ed25519')), field(Buffer.alloc(32, seed))]).toString('base64')}`;
};

function zone(more: string): ZoneFile {
  const text = `governance: {repository: 9001, owner: northshire-research, name: governance, commit: ${'a'.repeat(40)}}
hub: {url: https://hub.example.edu, key: '${newKeyPair().publicText}'}
proxy: {url: https://egress.example.edu}
agent: {id: zone-1, key_file: agent.pem, state_dir: state}
backend: attainment
data: real
${more}`;
  const answer = parseZoneFile(text);
  if ('faults' in answer) throw new Error(JSON.stringify(answer.faults));
  return answer;
}

test('a zone that sets no floor sets none', () => {
  expect(reviewFloors(zone(''))).toEqual({ trust: 'hub', signingCode: 'optional' });
  expect(disclosureFloors(zone(''))).toEqual({});
  expect(governanceSigners(zone(''), clock)).toEqual({});
});

test('every floor reaches those who go by it', () => {
  const given = zone(
    'review: {signing_code: required}\nfloors: {threshold: 10, rounding: 7, max_file_bytes: 1000, csv_rows: 20, types: [csv]}\n',
  );
  expect(reviewFloors(given)).toEqual({
    trust: 'hub',
    signingCode: 'required',
    types: ['csv'],
    maxFile: 1000,
  });
  expect(disclosureFloors(given)).toEqual({ threshold: 10, rounding: 7, maxFile: 1000, rows: 20 });
});

test('a zone that trusts its signers asks them', () => {
  const given = zone(`review: {trust: zone}\nsigners: ['${signer(1)} ash', '${signer(2)} noor']\n`);
  expect(reviewFloors(given).trust).toBe('zone');
  expect(governanceSigners(given, clock).signers?.keys.map(({ id }) => id)).toEqual([signer(1), signer(2)]);
});

test('governance can require the malware scan, and cannot take back that the zone does', () => {
  const asks = zone(
    `airlock: {id: airlock-1, key_file: a.key, state_dir: airlock, scanner: {port: 3310}, app: {origin: 'https://a.example.edu', listen: {port: 8471}}, content: {origin: 'https://b.example.edu', listen: {port: 8472}}}
floors: {malware_scan: required}
`,
  );
  const optional = aGovernance();
  const required = aGovernance(governanceFiles({ 'policies.yml': 'outputs: {malware_scan: required}\n' }));

  expect(mustScan(zone(''), optional)).toBe(false);
  expect(mustScan(zone(''), required)).toBe(true);
  expect(mustScan(asks, optional)).toBe(true);
});
