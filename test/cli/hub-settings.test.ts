/** Which settings a hub's command reads: those it is told, wherever among its words that stands. */
import { expect, test } from '@jest/globals';
import { program } from '../../src/cli/program.ts';

const FILE = '/nowhere/hub-of-mine.yml';
const WHY = ['--why', 'x'];

test.each([
  ['backends'],
  ['list'],
  ['inspect', 'abcdefghijklmnop'],
  ['verify'],
  ['pause', 'north', ...WHY],
  ['unpause', 'north', ...WHY],
  ['kill', 'abcdefghijklmnop', ...WHY],
  ['requeue', 'abcdefghijklmnop', ...WHY],
  ['maintenance', 'north', 'on', ...WHY],
  ['prepare-for-reboot', 'north', '--yes', ...WHY],
  ['backup', '--to', 'backup', ...WHY],
  ['restore', '--from', 'backup', ...WHY],
  ['reconcile', ...WHY],
  ['drain', ...WHY],
])('hub %s', async (...words) => {
  const [name = ''] = words;
  for (const said of [
    ['hub', ...words, '--config', FILE],
    ['hub', '--config', FILE, ...words],
    ['hub', name, '--config', FILE, ...words.slice(1)],
  ])
    await expect(program().parseAsync(said, { from: 'user' })).rejects.toMatchObject({
      refusal: { says: expect.stringContaining(FILE) },
    });
});
