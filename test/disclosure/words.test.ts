/** Words that come again are told by their bytes: none may be taken for another. */
import { expect, test } from '@jest/globals';
import { Words } from '../../src/disclosure/word.ts';

test('a word that was pushed out of the memory is the same word of its table when it comes again', () => {
  const words = new Words(false);
  const read = (text: string): number => {
    const bytes = Buffer.from(text);
    return words.fromBytes(bytes, 0, bytes.length, 0).local;
  };
  const names = Array.from({ length: 6000 }, (_, at) => `a group of people, number ${at}`);
  const first = names.map(read);

  expect(new Set(first).size).toBe(names.length);
  expect(names.map(read)).toEqual(first);
  expect(words.list.length).toBe(names.length);
});
