import { describe, expect, test } from '@jest/globals';
import { commandsIn } from '../../src/github/commands.ts';
import { isRefusal } from '../../src/lib/refusal.ts';

/** What the reader made of a comment, one line per command, as a person would tell it. */
function read(body: string): string[] {
  return commandsIn(body).map(({ line, command }) =>
    isRefusal(command)
      ? `${line}: refused ${command.code}`
      : `${line}: ${Object.entries(command)
          .map(([key, value]) => (key === 'type' ? String(value) : `${key}=${String(value)}`))
          .join(' ')}`,
  );
}

describe('a command is read', () => {
  test.each([
    ['alone', '/run model', ['1: run actions=model forceDeps=false']],
    [
      'with everything it can say',
      `/run a b.c --backend schools --force-deps --sha ${'A'.repeat(40)} --notify=failure`,
      [`1: run actions=a,b.c forceDeps=true notify=failure backend=schools sha=${'a'.repeat(40)}`],
    ],
    ['in upper case', '/RUN run_all', ['1: run actions=run_all forceDeps=false']],
    ['in the middle of talk', 'Please:\n/cancel model\nthanks', ['2: cancel targets=model']],
    ['with Windows line ends', 'hello\r\n\r\n/status\r\n/help\r\n', ['3: status', '4: help']],
    ['with a name twice, once', '/plan a a b', ['1: plan actions=a,b']],
    ['with underscores that look like emphasis', '/run _a_ b', ['1: run actions=_a_,b forceDeps=false']],
    ['without a target', '/cancel', ['1: cancel targets=']],
    ['after a closed detail block', '<details>\n\nx\n\n</details>\n\n/help', ['7: help']],
  ])('%s', (_case, body, expected) => {
    expect(read(body)).toEqual(expected);
  });
});

describe('talk about commands is not a command', () => {
  test.each([
    ['fenced code', '```\n/run a\n```'],
    ['an unclosed fence', '```\n/run a'],
    ['tilde fences', '~~~\n/run a\n~~~'],
    ['indented code', '    /run a'],
    ['not in the first column', '  /run a'],
    ['inline code', '`/run a`'],
    ['inline code over lines', 'see `x\n/run a\ny` there'],
    ['a quotation', '> /run a'],
    ['a lazy quotation', '> as you said\n/run a'],
    ['a list', '- do\n/run a'],
    ['a heading', '/run a\n---'],
    ['an HTML comment', '<!--\n/run a\n-->'],
    ['an HTML comment inside a paragraph', 'x <!-- \n/run a\n--> y'],
    ['an HTML block', '<div>\n/run a\n</div>'],
    ['the text of a link', '[x\n/run a](https://example.org)'],
    ['emphasis over lines', '**x\n/run a**'],
    ['a path', '/runs/of/something\n/usr/bin/env'],
    ['the word of another bot', '/assign me'],
    ['a name with something behind it', '/run! a'],
    ['an escaped slash', '\\/run a'],
    ['nothing', ''],
    ['a comment that holds our own marks', '\uE000\n\n/run a'],
  ])('%s', (_case, body) => {
    expect(read(body)).toEqual([]);
  });
});

describe('a command is refused', () => {
  test.each([
    ['without an action', '/run', 'command.nothing-named'],
    ['without an action to plan', '/plan', 'command.nothing-named'],
    ['with an unknown option', '/run a --fast', 'command.unknown-flag'],
    ['with a short option', '/run a -f', 'command.unknown-flag'],
    ['with an option named like a built-in', '/run a --constructor x', 'command.unknown-flag'],
    ['with an option twice', '/run a --backend x --backend y', 'command.repeated-flag'],
    ['with a switch twice', '/run a --force-deps --force-deps', 'command.repeated-flag'],
    ['with a value for a switch', '/run a --force-deps=no', 'command.bad-value'],
    ['with a missing value', '/run a --backend', 'command.bad-value'],
    ['with a short sha', '/run a --sha abc123', 'command.bad-value'],
    ['with an unknown way to notify', '/run a --notify each', 'command.bad-value'],
    ['with a path for a name', '/run ../../etc', 'command.bad-name'],
    ['with a shell in it', '/run a;ls', 'command.bad-name'],
    ['with a dash that a telephone made', '/run a \u2014force-deps', 'command.bad-name'],
    ['with bidirectional characters', '/run a\u202Eb', 'command.strange-characters'],
    ['with a zero-width space', '/run a\u200Bb', 'command.strange-characters'],
    ['with a control character', '/run a\u0007', 'command.strange-characters'],
    ['with arguments it does not take', '/status now', 'command.takes-nothing'],
    ['with an option it does not take', '/cancel --all', 'command.unknown-flag'],
    ['with a slip of the fingers', '/rn model', 'command.unknown'],
    ['with swapped letters', '/rnu model', 'command.unknown'],
    ['with a letter too many', '/statuss', 'command.unknown'],
    ['with another letter', '/cancek', 'command.unknown'],
  ])('%s', (_case, body, code) => {
    expect(read(body)).toEqual([`1: refused ${code}`]);
  });

  test('when there are more than five, and then none is run', () => {
    expect(read('/help\n'.repeat(6))).toEqual(['6: refused command.too-many']);
    expect(read('/help\n'.repeat(5))).toHaveLength(5);
  });

  test('a slip of the fingers counts only on the first line', () => {
    expect(read('Well,\n/rn model')).toEqual([]);
    expect(read('\n\n/rn model')).toEqual(['3: refused command.unknown']);
  });

  test('the sentence says what to write instead', () => {
    const [line] = commandsIn('/run a --fast');
    expect(line?.command).toMatchInlineSnapshot(`
     {
       "code": "command.unknown-flag",
       "next": "Write /run <action…|run_all> [--backend b] [--force-deps] [--sha s] [--notify none|end|failure].",
       "refused": true,
       "says": "/run has no option "--fast".",
     }
    `);
  });
});

test('a hostile comment is read in reasonable time', () => {
  const before = process.cpuUsage();
  for (const body of [
    '>'.repeat(60_000),
    '['.repeat(60_000),
    '*a_ '.repeat(16_000),
    '/run a\n'.repeat(9000),
    '`'.repeat(60_000),
  ])
    commandsIn(body);
  expect(process.cpuUsage(before).user).toBeLessThan(5_000_000);
});
