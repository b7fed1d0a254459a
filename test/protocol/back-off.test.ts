/** How long the hub is left alone after failures. */
import { expect, test } from '@jest/globals';
import { refusal } from '../../src/lib/refusal.ts';
import { backOff, HubSaidNo } from '../../src/protocol/back-off.ts';

test('a hub that is away is asked at least every two seconds, one that says no at least every thirty', () => {
  const away = new Error('connect refused');
  const no = new HubSaidNo('the upload', refusal('upload.hash', 'Other bytes were declared.'));
  const waits = (error: Error): number[] => [0, 1, 4, 30].map((failures) => backOff(error, failures));

  expect(waits(away)).toEqual([100, 200, 1600, 2000]);
  expect(waits(no)).toEqual([500, 1000, 8000, 30_000]);
  expect(no.message).toBe('the hub refused the upload: upload.hash');
});
