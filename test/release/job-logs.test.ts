/** Logs of jobs explain what was made, whatever types of files may leave. */
import { expect, test } from '@jest/globals';
import { isJobLog } from '../../src/release/release.ts';
import { aDraft, aHash } from './world.ts';

const LOG = 'metadata/model.log';
const types = ['csv', 'txt'];
const copy = (path: string) => ({
  path,
  source: aHash(path),
  sha256: aHash(path),
  size: 10,
  group: 'tables',
});

test('one is taken as a supporting file, and neither becomes an output nor is followed by other files', () => {
  const story = aDraft({ types }).writes(LOG).writes('output/own.log').writes('metadata/sub/model.log');

  expect(story.code('author', 'add-file', { ...copy('output/own.log'), as: 'supporting' })).toBe(
    'release.file-type',
  );
  expect(story.code('author', 'add-file', { ...copy('metadata/sub/model.log'), as: 'supporting' })).toBe(
    'release.file-type',
  );
  expect(story.code('author', 'add-file', { ...copy(LOG), as: 'output' })).toBe('release.file-type');
  story.does('author', 'add-file', { ...copy(LOG), as: 'supporting' });
  expect(story.code('author', 'retype-file', { path: LOG, as: 'output' })).toBe('release.file-type');
});

test('where logs may leave it is a file like others', () => {
  const story = aDraft({ types: [...types, 'log'] }).writes(LOG);
  story.does('author', 'add-file', { ...copy(LOG), as: 'supporting' });
  expect(story.code('author', 'retype-file', { path: LOG, as: 'output' })).toBe('it happened');
});

test.each([
  [LOG, true],
  ['metadata/manifest.json', false],
  ['other/metadata/model.log', false],
  ['metadata/.log', false],
  ['metadata/model.log.csv', false],
])('%s is the log of a job: %s', (path, is) => {
  expect(isJobLog(path)).toBe(is);
});
