/** Options of governance's commands: words first, then options, values in quotes. */
import { expect, test } from '@jest/globals';
import { readOptions } from '../../src/github/governance/options.ts';

const read = (text: string): unknown => readOptions(text.split(/\s+/).filter(Boolean), ['name', 'purpose']);

test.each([
  ['', { words: [], values: {} }],
  ['create main', { words: ['create', 'main'], values: {} }],
  ['create --name a --purpose "to see"', { words: ['create'], values: { name: 'a', purpose: 'to see' } }],
  ['--purpose="to see it" --name=b', { words: [], values: { purpose: 'to see it', name: 'b' } }],
  ['--purpose “to see” --name b', { words: [], values: { purpose: 'to see', name: 'b' } }],
  [`--purpose 'say "yes"'`, { words: [], values: { purpose: 'say "yes"' } }],
  ['--purpose "--name x"', { words: [], values: { purpose: '--name x' } }],
  [
    '--purpose "a\u202Eb \u0007 c\ud800" --na\u0000me x',
    { words: [], values: { purpose: 'ab c', name: 'x' } },
  ],
])('%j', (text, expected) => expect(read(text)).toEqual(expected));

test.each([
  '--other x',
  '--name a --name b',
  '--name',
  '--name ""',
  '--purpose "never closed',
  '--purpose "',
  '--name a b',
  'create --name a create',
  '--',
  '---name a',
  '--constructor x',
  '--name "\u202E"',
])('%j is not of this form', (text) => expect(read(text)).toBeUndefined());
