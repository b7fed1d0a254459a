import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { commandsIn } from '../../src/github/commands.ts';
import { FORM_HEADINGS, formIn } from '../../src/github/release/forms.ts';
import { reminderRound } from '../../src/github/release/notices.ts';
import { replyText } from '../../src/github/reply.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';

function read(body: string): unknown[] {
  return commandsIn(body).map(({ command }) => (isRefusal(command) ? command.code : command));
}

const RELEASE = 'release000000001-1';

describe('a command of a release is read', () => {
  test.each([
    [
      'patterns',
      '/release output/*.csv figures/{a,b}.svg',
      { type: 'release', patterns: ['output/*.csv', 'figures/{a,b}.svg'] },
    ],
    ['submit', '/submit', { type: 'submit' }],
    ['withdraw', '/withdraw', { type: 'withdraw' }],
    ['publish', '/publish', { type: 'publish' }],
    ['claim', '/claim', { type: 'claim' }],
    ['unclaim', '/unclaim', { type: 'unclaim' }],
    ['halt', '/halt', { type: 'halt' }],
    ['a signature', '/submit-review', { type: 'submit-review' }],
    ['a signature with its code', '/submit-review a1b2c3d4', { type: 'submit-review', code: 'a1b2c3d4' }],
    ['approve for the rest', '/approve', { type: 'approve', files: [] }],
    [
      "approve with the data owner's approval",
      '/approve DAA-77 2026-11-03',
      { type: 'approve', files: [], owner: { reference: 'DAA-77', on: '2026-11-03' } },
    ],
    ['numbers, once and in order', '/changes 7 2,3 2', { type: 'changes', files: [2, 3, 7] }],
    ['reject', '/reject 1', { type: 'reject', files: [1] }],
    ['return', '/return wrong-files', { type: 'return', category: 'wrong-files' }],
    ['rejection as a whole', '/close-request unsafe', { type: 'close-request', category: 'unsafe' }],
    [
      'a recall',
      `/revoke ${RELEASE} 3 disclosure`,
      { type: 'revoke', release: RELEASE, file: 3, category: 'disclosure' },
    ],
  ])('%s', (_case, body, expected) => {
    expect(read(body)).toEqual([expected]);
  });
});

describe('a command of a release is refused', () => {
  test.each([
    ['without a pattern', '/release', 'command.nothing-named'],
    ['with a path out of the workspace', '/release ../secret.csv', 'command.bad-pattern'],
    ['with an absolute path', '/release /etc/passwd', 'command.bad-pattern'],
    ['with an option', '/release a.csv --all', 'command.unknown-flag'],
    ['with a shell in it', '/release a.csv;ls', 'command.bad-pattern'],
    [
      'with too many patterns',
      `/release ${Array.from({ length: 51 }, (_, n) => `f${n}`).join(' ')}`,
      'command.too-many-patterns',
    ],
    ['with the name of a file', '/approve output/table.csv', 'command.numbers-only'],
    ['with a reference behind a number', '/approve 1 DAA-77', 'command.numbers-only'],
    ['with a reference, asking for changes', '/changes DAA-77', 'command.numbers-only'],
    ['with number zero', '/reject 0', 'command.numbers-only'],
    [
      'with too many files',
      `/approve ${Array.from({ length: 501 }, (_, n) => n + 1).join(' ')}`,
      'command.too-many-files',
    ],
    ['with two codes', '/submit-review a1b2c3d4 a1b2c3d5', 'command.bad-code'],
    ['with words for a code', '/submit-review looks-good!', 'command.bad-code'],
    ['with an unknown category', '/return ugly', 'command.which-category'],
    ['with a category of another command', '/return unsafe', 'command.which-category'],
    ['without a category', '/close-request', 'command.which-category'],
    ['with a name like a built-in', '/return constructor', 'command.which-category'],
    ['without the number of the file', `/revoke ${RELEASE} disclosure`, 'command.bad-arguments'],
    ['with an unknown reason', `/revoke ${RELEASE} 1 because`, 'command.which-category'],
    ['with something behind it', '/submit now', 'command.takes-nothing'],
    ['with a slip of the fingers', '/aprove', 'command.unknown'],
    ['with a slip of the fingers', '/relase a.csv', 'command.unknown'],
  ])('%s', (_case, body, code) => {
    expect(read(body)).toEqual([code]);
  });

  test('nothing that is said of it repeats a verdict', () => {
    const bodies = ['/approve x', '/aprove', '/reject --all', '/changes 0', '/approve \u202Ex', '/claim now'];
    for (const body of bodies) {
      const [line] = commandsIn(body);
      const { code, says, next } = line?.command as Refusal;
      const answer = { kind: 'refused', code, says, next, silent: false } as const;
      const reply = replyText('c', 'kim', [{ text: line?.text ?? '', answer }], false);
      if (line?.text !== '/aprove') expect(reply).not.toMatch(/approve|reject|changes|claim/i);
      expect(`${says} ${next}`).not.toMatch(/approve|reject|changes|claim/i);
    }
  });
});

describe('forms', () => {
  const form = (fields: Record<string, string>): string =>
    Object.entries(fields)
      .map(([label, value]) => `### ${label}\n\n${value}`)
      .join('\n\n');
  const agreed = '- [X] The files hold aggregates only';

  test.each([
    [
      'patterns, one per line',
      form({ [FORM_HEADINGS.outputs]: 'output/*.csv\r\n\r\n figures/*.svg', [FORM_HEADINGS.agreed]: agreed }),
      { type: 'release', patterns: ['output/*.csv', 'figures/*.svg'] },
    ],
    [
      'a rendered text area',
      form({ [FORM_HEADINGS.outputs]: '```text\na.csv\n```', [FORM_HEADINGS.agreed]: agreed }),
      { type: 'release', patterns: ['a.csv'] },
    ],
    [
      'a publication with its approval',
      form({ [FORM_HEADINGS.publish]: RELEASE, [FORM_HEADINGS.reference]: 'Letter of 3 May' }),
      { type: 'publish', release: RELEASE, owner: { reference: 'Letter of 3 May' } },
    ],
    [
      'a publication with its approval and the day',
      form({
        [FORM_HEADINGS.publish]: RELEASE,
        [FORM_HEADINGS.reference]: 'DAA-77',
        [FORM_HEADINGS.approvedOn]: '2026-05-03',
      }),
      { type: 'publish', release: RELEASE, owner: { reference: 'DAA-77', on: '2026-05-03' } },
    ],
    [
      'a publication without one',
      form({ [FORM_HEADINGS.publish]: RELEASE, [FORM_HEADINGS.reference]: '_No response_' }),
      { type: 'publish', release: RELEASE },
    ],
    ['nothing of ours', form({ 'What is wrong': 'Everything' }), undefined],
    [
      'no patterns',
      form({ [FORM_HEADINGS.outputs]: '_No response_', [FORM_HEADINGS.agreed]: agreed }),
      'form.unreadable',
    ],
    [
      'an unticked box',
      form({
        [FORM_HEADINGS.outputs]: 'a.csv',
        [FORM_HEADINGS.agreed]: '- [ ] The files hold aggregates only',
      }),
      'form.unreadable',
    ],
    ['no box at all', form({ [FORM_HEADINGS.outputs]: 'a.csv' }), 'form.unreadable'],
    [
      'a path out of the workspace',
      form({ [FORM_HEADINGS.outputs]: '../a.csv', [FORM_HEADINGS.agreed]: agreed }),
      'command.bad-pattern',
    ],
    ['a release that is none', form({ [FORM_HEADINGS.publish]: 'the last one' }), 'form.unreadable'],
    [
      'a day without a reference',
      form({ [FORM_HEADINGS.publish]: RELEASE, [FORM_HEADINGS.approvedOn]: '2026-05-03' }),
      'form.unreadable',
    ],
  ])('%s', (_case, body, expected) => {
    const command = formIn(body)?.command;
    expect(command && isRefusal(command) ? command.code : command).toEqual(expected);
  });

  test.each(['request-a-release.yml', 'request-publication.yml'])(
    'the template %s asks under the headings that are looked for',
    (name) => {
      const url = new URL(`../../docs/forms/${name}`, import.meta.url);
      const { body } = parse(readFileSync(url, 'utf8')) as { body: { attributes: { label?: string } }[] };
      const labels = body.flatMap(({ attributes }) => attributes.label ?? []);
      const known: string[] = Object.values(FORM_HEADINGS);
      expect(labels.length).toBeGreaterThan(1);
      for (const label of labels) expect(known).toContain(label);
    },
  );
});

test('checkers are reminded on the last day, when it is overdue, and once more each time as long again', () => {
  const rounds = Array.from({ length: 13 }, (_, waited) => reminderRound(waited, 5));
  expect(rounds).toEqual([0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 3, 3]);
});
