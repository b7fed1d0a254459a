/** Where an operator's command reads from or writes to: an empty path, as a script leaves it, is refused before anything is done. */
import { expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { program } from '../../src/cli/program.ts';

const quiet = (command: Command): Command => {
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  command.commands.forEach(quiet);
  return command;
};

test.each([
  ['hub', 'backup', '--to'],
  ['hub', 'restore', '--from'],
  ['agent', 'backup', '--to'],
  ['agent', 'restore', '--from'],
  ['agent', 'archive-workspace', 'study-main', '--to'],
  ['agent', 'restore-workspace', 'study-main', '--from'],
  ['airlock', 'backup', '--to'],
  ['airlock', 'restore', '--from'],
])('%s %s: an empty path', async (role, ...words) => {
  const zone = role === 'hub' ? [] : ['--zone', '/nowhere/zone.yml'];
  for (const empty of ['', ' '])
    await expect(
      quiet(program()).parseAsync([role, ...zone, ...words, empty, '--why', 'x'], { from: 'user' }),
    ).rejects.toMatchObject({ message: expect.stringContaining('an empty one names nothing') });
});
