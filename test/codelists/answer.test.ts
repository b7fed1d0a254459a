import { expect, test } from '@jest/globals';
import { answerTo, MOST_LINES, readQuestion } from '../../src/codelists/codelists.ts';
import { isRefusal } from '../../src/lib/refusal.ts';

const manifest = (...entries: [string, string][]): string =>
  JSON.stringify({ files: Object.fromEntries(entries.map(([id, sha], n) => [`f${n}.csv`, { id, sha }])) });
const accepted = new Map([
  ['org/a/v1', new Set(['aaa', 'bbb'])],
  ['org/b/v1', new Set(['ccc'])],
  ['user/me/c/v1', new Set(['ddd'])],
]);
const ask = (codelists: unknown, recorded: unknown) => {
  const question = readQuestion(codelists, recorded);
  return isRefusal(question) ? question.code : answerTo(question, (id) => accepted.get(id));
};

test('a study whose lines and hashes are the registry’s is fine', () => {
  expect(
    ask('# mine\n\norg/a/v1/\nuser/me/c/v1', manifest(['org/a/v1', 'BBB'], ['user/me/c/v1/', 'ddd'])),
  ).toEqual({
    status: 'ok',
  });
  expect(ask('', '{"files":{}}')).toEqual({ status: 'ok' });
});

test('what was added, removed and changed is named', () => {
  expect(ask('org/a/v1\r\norg/b/v1', manifest(['org/a/v1', 'xxx'], ['user/me/c/v1', 'ddd']))).toEqual({
    status: 'error',
    data: { added: ['org/b/v1'], removed: ['user/me/c/v1'], changed: ['org/a/v1'] },
  });
});

test('a line that is no published version is an error of its own', () => {
  expect(ask('org/a/v9', manifest(['org/a/v9', 'aaa']))).toEqual({
    status: 'error',
    data: { error: 'The registry has no published codelist "org/a/v9".' },
  });
});

test.each<[string, unknown, unknown]>([
  ['no codelists', undefined, '{"files":{}}'],
  ['no manifest', '', undefined],
  ['fields given twice', ['a', 'b'], '{"files":{}}'],
  ['a line that is none', 'https://x.example/', '{"files":{}}'],
  ['a list twice', 'org/a/v1\norg/a/v2', '{"files":{}}'],
  [
    'too many lines',
    Array.from({ length: MOST_LINES + 1 }, (_, n) => `org/a${n}/v1`).join('\n'),
    '{"files":{}}',
  ],
  ['a manifest that is no JSON', '', '{'],
  ['a manifest of another form', '', '[]'],
  ['a manifest without files', '', '{"files":[]}'],
  ['an entry that is none', '', '{"files":{"a":1}}'],
  ['an entry without an id', '', '{"files":{"a":{"sha":"a"}}}'],
  ['an entry with a bad id', '', '{"files":{"a":{"id":"x","sha":"a"}}}'],
  ['an entry without a hash', '', '{"files":{"a":{"id":"org/a/v1"}}}'],
  [
    'too many entries',
    '',
    manifest(...Array.from({ length: MOST_LINES + 1 }, (_, n): [string, string] => [`o/a${n}/v1`, 'a'])),
  ],
])('%s is a bad request', (_case, codelists, recorded) => {
  expect(ask(codelists, recorded)).toBe('codelists.bad-request');
});
