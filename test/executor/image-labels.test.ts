/** What is believed of an image's labels: five short plain lines, whoever made the image. */
import { expect, test } from '@jest/globals';
import { imageLabels } from '../../agent/executor/image-labels.ts';

const VERSION = 'org.opencontainers.image.version';

test('the five are read, and nothing else', () => {
  expect(
    imageLabels({
      [VERSION]: 'v2',
      'org.opencontainers.image.revision': '4fa1',
      'org.opencontainers.image.created': '2026-11-01T00:00:00Z',
      'sallyport.base.revision': 'sha256:77',
      'sallyport.base.created': '2026-10-01T00:00:00Z',
      'org.opencontainers.image.description': 'not asked for',
      'sallyport.job': 'not asked for',
    }),
  ).toEqual({
    action_version: 'v2',
    action_revision: '4fa1',
    action_created: '2026-11-01T00:00:00Z',
    base_revision: 'sha256:77',
    base_created: '2026-10-01T00:00:00Z',
  });
});

test('the base of an image of another system has other labels, and ours come first', () => {
  const theirs = { 'org.opensafely.base.vcs-ref': '9b2', 'org.opensafely.base.created': '2025-05-01' };

  expect(imageLabels(theirs)).toEqual({ base_revision: '9b2', base_created: '2025-05-01' });
  expect(imageLabels({ ...theirs, 'sallyport.base.revision': 'sha256:77' })).toMatchObject({
    base_revision: 'sha256:77',
  });
  expect(imageLabels({ ...theirs, 'sallyport.base.revision': '' })).toMatchObject({ base_revision: '9b2' });
});

test('an image without labels says nothing', () => {
  expect(imageLabels(null)).toBeUndefined();
  expect(imageLabels({})).toBeUndefined();
});

test.each<[string, unknown]>([
  ['longer than 200 characters', 'v'.repeat(201)],
  ['of two lines', 'v2\nstate: succeeded'],
  ['ending in a new line', 'v2\n'],
  ['with an escape for a terminal', 'v2\u001b[2J'],
  ['with a bidirectional character', 'v2\u202e1v'],
  ['with letters that look like others', 'v２'],
  ['of spaces', '   '],
  ['that is empty', ''],
  ['that is no text', { toString: 'v2' }],
])('a value %s is left out', (_how, value) => {
  expect(imageLabels({ [VERSION]: value })).toBeUndefined();
});

test('200 characters are the most', () => {
  expect(imageLabels({ [VERSION]: 'v'.repeat(200) })).toEqual({ action_version: 'v'.repeat(200) });
});
