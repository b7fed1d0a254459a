/** Hints that admit no exception: what they are about does not leave, whoever agreed. */
import { describe, expect, test } from '@jest/globals';
import type { Hint } from '../../src/release/release.ts';
import { proposed } from './refused/scenes.ts';
import { aDraft, aRequest } from './world.ts';

const malware = (path: string): Hint => ({ id: 'm', check: 'R7', severity: 'block', path, final: true });

describe('a hint that admits no exception', () => {
  test('stops the submission also on a supporting file, and is gone when that is taken out', () => {
    const story = aDraft().with({ hints: [malware('notes.txt')] });
    expect(story.code('author', 'submit', {})).toBe('release.final-hints');
    story.does('author', 'withdraw-file', { path: 'notes.txt' });
    expect(story.code('author', 'submit', {})).toBe('it happened');
  });

  test('keeps approved files inside when it comes after the submission, until it is gone', () => {
    const story = aRequest('submitted')
      .grades('checkerA', 'approve')
      .signs('checkerA')
      .grades('checkerB', 'approve');
    story.with({ hints: [malware('notes.txt')] }).signs('checkerB');

    expect(story.now.state).toBe('consolidating');
    expect(story.code('checkerA', 'queue-release', {})).toBe('release.final-hints');
    story.with({ hints: [] });
    expect(story.code('checkerA', 'queue-release', {})).toBe('it happened');
  });

  test('keeps a part inside that it is about, and no other', () => {
    const story = proposed('public');
    const [path] = story.now.proposedPart!.paths;
    const other = story.now.files.find((file) => file.path !== path)!.path;

    story.with({ hints: [malware(path!)] });
    expect(story.code('checkerB', 'confirm-part', {})).toBe('release.final-hints');
    expect(story.code('checkerA', 'propose-part', { paths: [path!] })).toBe('release.final-hints');
    story.with({ hints: [malware(other)] });
    expect(story.code('checkerB', 'confirm-part', {})).toBe('it happened');
  });

  test('about the whole request keeps every part inside', () => {
    const story = proposed('public');
    const { path: _none, ...whole } = malware('');
    story.with({ hints: [whole] });
    expect(story.code('checkerB', 'confirm-part', {})).toBe('release.final-hints');
  });
});
