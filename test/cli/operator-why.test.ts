/** Every command of an operator: which ones change something, and that none of those goes on without a reason. */
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Command } from 'commander';
import { program } from '../../src/cli/program.ts';
import { OPERATOR_COMMANDS as COMMANDS, type OperatorRole } from '../support/operator-commands.ts';

const CHANGING = Object.entries(COMMANDS).flatMap(([role, commands]) =>
  Object.entries(commands).flatMap(([name, words]) => (words === 'looks' ? [] : [{ role, name, words }])),
);

const commandsOf = (role: string): readonly Command[] =>
  program().commands.find((each) => each.name() === role)!.commands;

const { isTTY } = process.stdin;
beforeEach(() => void (process.stdin.isTTY = false));
afterEach(() => {
  process.stdin.isTTY = isTTY;
  jest.restoreAllMocks();
});

test('there are no others', () => {
  const named = Object.fromEntries(
    Object.keys(COMMANDS).map((role) => [role, commandsOf(role).map((each) => each.name())]),
  );
  for (const [role, names] of Object.entries(named))
    expect({ role, names: [...names].sort() }).toEqual({
      role,
      names: Object.keys(COMMANDS[role as OperatorRole]).sort(),
    });
});

describe('without a reason nothing is done, in a script', () => {
  const where = (role: string): string[] => (role === 'hub' ? [] : ['--zone', '/nowhere/zone.yml']);

  test.each(CHANGING)('$role $name', async ({ role, name, words }) => {
    for (const why of [[], ['--why', ''], ['--why', '  ']]) {
      // Nothing was read yet: neither hub.yml nor zone.yml is there.
      const asked = program().parseAsync([role, ...where(role), name, ...words, ...why], { from: 'user' });
      await expect(asked).rejects.toMatchObject({
        refusal: { code: 'operator.no-why', next: "Add --why 'a new kernel', in one line." },
      });
    }
  });

  test.each(CHANGING)('$role $name takes one line of it', ({ role, name }) => {
    const option = commandsOf(role)
      .find((each) => each.name() === name)!
      .options.find(({ long }) => long === '--why')!;
    expect(() => option.parseArg?.('two\nlines', undefined)).toThrow(
      'Give one line of at most 300 characters',
    );
    expect(() => option.parseArg?.('x'.repeat(301), undefined)).toThrow('Give one line');
    expect(option.parseArg?.('a new kernel', undefined)).toBe('a new kernel');
  });
});
