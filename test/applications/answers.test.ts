/** Reading answers: which questions are asked, what is missing or wrong, what an answer says. */
import { expect, test } from '@jest/globals';
import {
  answersAny,
  fieldsOf,
  loginsIn,
  questionHints,
  questionText,
  rawAnswers,
  readAnswers,
  sectionsOf,
  type Reading,
} from '../../src/applications/applications.ts';
import { aForm, ANSWERS, bodyOf, formOf, PEOPLE_KNOWN } from './forms.ts';

const form = aForm();
const read = (changes: Record<string, string> = {}, ...more: string[]): Reading =>
  readAnswers(form, rawAnswers(form, [bodyOf({ ...ANSWERS, ...changes }), ...more]), PEOPLE_KNOWN);
const faults = (changes: Record<string, string>): string[] =>
  read(changes).faults.map(({ heading, says }) => `${heading}: ${says}`);

test('a form that is answered whole has no faults and no further questions', () => {
  expect(read()).toMatchObject({ faults: [], further: [] });
  expect(read().raw.get('summary')).toBe('Does lunch matter?\n\n### Background\n\nIt may.');
});

test('further questions follow from the answers, are asked once, and go when the answer changes', () => {
  const audit = read({ Type: 'Service audit' });
  expect(audit.further.map(({ heading }) => heading)).toEqual(['Sponsor', 'Their e-mail', 'Note']);
  expect(audit.faults).toEqual([]);
  const answer = '### Sponsor\n\nHill Council\n\n### Their e-mail\n\nnobody\n\n### Note\n';
  const answered = read({ Type: 'Service audit' }, answer);
  expect(answered.further).toEqual([]);
  expect(answered.faults).toEqual([{ heading: 'Their e-mail', says: 'This is no e-mail address.' }]);
  expect(read({}, answer).faults).toEqual([]);
  expect(read({ Commercial: 'yes' }).further).toHaveLength(3);
});

test('what has to be answered at first is missing when nothing was written', () => {
  const { faults: found, further } = readAnswers(form, new Map(), PEOPLE_KNOWN);
  expect(found.map(({ heading }) => heading)).toEqual([
    'Title',
    'Lay summary',
    'Organisation',
    'Type',
    'Backends',
    'Last day',
    'Commercial',
    'Your e-mail',
  ]);
  expect(further).toEqual([]);
});

test('the last answer to a question counts, and a comment that answers nothing changes nothing', () => {
  expect(read({}, '### Title\nAnother', 'Thanks!\n### Hello').raw.get('title')).toBe('Another');
  expect(answersAny(form, 'Thanks!\n### Hello')).toBe(false);
  expect(answersAny(form, '### Title\r\n\r\nAnother')).toBe(true);
});

test('what is asked of an answer is asked whatever GitHub let through', () => {
  expect(faults({ Title: '_No response_' })).toEqual(['Title: This has to be answered.']);
  expect(faults({ Title: 'x'.repeat(81) })).toEqual(['Title: This has 81 characters; at most 80 are taken.']);
  expect(faults({ Title: 'a\nb' })).toEqual(['Title: Write this on one line.']);
  expect(faults({ Type: 'Whim' })).toEqual(['Type: Choose of "Research", "Service audit".']);
  expect(faults({ Backends: '- [ ] Pupil attainment warehouse' })).toHaveLength(1);
  expect(faults({ Datasets: '- [ ] results' })).toEqual([]);
  expect(faults({ 'Last day': '2027-02-30' })).toEqual(['Last day: Write a day like 2027-02-28.']);
  expect(faults({ 'Last day': 'soon' })).toHaveLength(1);
  expect(faults({ Commercial: 'Perhaps' })).toEqual(['Commercial: Write Yes or No.']);
  expect(faults({ 'Your telephone': 'call me' })).toEqual(['Your telephone: This is no telephone number.']);
  expect(faults({ 'Your telephone': '+44 1234 567890' })).toEqual([]);
  expect(faults({ 'Your e-mail': `${'x'.repeat(400)}@example.edu` })).toHaveLength(1);
});

test('numbers, links and single logins are read as such', () => {
  const small = formOf(`- id: a
  title: A
  fields:
    - {id: count, kind: number, max: 10}
    - {id: link, kind: address}
    - {id: who, kind: login}
    - {id: many, kind: text, show_if: {count: 5}}
    - {id: named, kind: text, show_if: {link: 'https://example.edu/a'}}
    - {id: group, kind: group, fields: [{id: name, kind: text, required: true}]}
`);
  const said = (body: string) => {
    const raw = rawAnswers(small, [body]);
    const { faults: found, further } = readAnswers(small, raw, PEOPLE_KNOWN);
    return { found: found.map(({ says }) => says), further: further.map(({ heading }) => heading) };
  };
  expect(said('### count\n5.0\n### link\nhttps://example.edu/a\n### who\n@rowan-example')).toEqual({
    found: [],
    further: ['many', 'named'],
  });
  expect(said('### count\n11\n### link\nhttp://x\n### who\nnobody').found).toEqual([
    'At most 10.',
    'This is no address that begins with https://.',
    'GitHub knows nobody by this login.',
  ]);
  expect(said('### group\nname: A\n\nname: B').found).toEqual([]);
  expect(said('### count\nfive').found).toEqual(['Write a number in digits.']);
  expect(loginsIn(small, rawAnswers(small, ['### who\n @Rowan-Example ']))).toEqual(['rowan-example']);
  expect(loginsIn(small, rawAnswers(small, ['### who\n../../etc']))).toEqual([]);
  expect(loginsIn(small, new Map())).toEqual([]);
});

test('entries of a group are read line by line, each with its own questions', () => {
  expect(loginsIn(form, rawAnswers(form, ['### Researchers\nname: A']))).toEqual([]);
  expect(loginsIn(form, rawAnswers(form, [bodyOf(ANSWERS)]))).toEqual(['rowan-example', 'new-example']);
  expect(faults({ Researchers: 'Rowan and Ash' })).toEqual([
    'Researchers: Write a line for each of login, name, home, roles, trained, certificate, like "login: …", and an empty line between entries.',
  ]);
  expect(faults({ Researchers: 'login: rowan-example\nname: R\ntrained: Yes' })).toEqual([
    'Researchers: Entry 1, certificate: This has to be answered.',
  ]);
  expect(faults({ Researchers: '- login: nobody-here\nname: N\nroles: boss' })).toEqual([
    'Researchers: Entry 1, login: GitHub knows nobody by this login.',
  ]);
  const four = Array.from({ length: 4 }, () => 'login: rowan-example\nname: R').join('\n\n');
  expect(faults({ Researchers: four })).toEqual(['Researchers: At most 3 entries are taken.']);
  expect(faults({ Researchers: '' })).toEqual([]);
});

test('a heading that comes twice in a form bears its id', () => {
  const twice = formOf(
    `- {id: a, title: A, fields: [{id: one, kind: text, label: "Your\\n name"}, {id: two, kind: text, label: Your name}]}\n`,
  );
  expect(fieldsOf(twice).map(({ heading }) => heading)).toEqual(['Your name (one)', 'Your name (two)']);
});

test('conditions of all answers need all of them', () => {
  const both = formOf(`- id: a
  title: A
  fields:
    - {id: one, kind: yes_no}
    - {id: two, kind: yes_no}
    - {id: three, kind: text, show_if: {all: [{one: true}, {two: false}]}}
`);
  const further = (body: string) =>
    readAnswers(both, rawAnswers(both, [body]), PEOPLE_KNOWN).further.map(({ heading }) => heading);
  expect(further('### one\nYes\n### two\nNo')).toEqual(['three']);
  expect(further('### one\nYes')).toEqual([]);
});

test('questions as a comment come back empty, and their hints are nobody’s answer', () => {
  const { further } = read({ Type: 'Service audit' });
  const text = questionText(further);
  expect(text).toMatchInlineSnapshot(`
   "### Sponsor


   ### Their e-mail


   ### Note
   "
  `);
  expect(read({ Type: 'Service audit' }, text).faults.map(({ says }) => says)).toEqual([
    'This has to be answered.',
    'This has to be answered.',
  ]);
  const choices = formOf(`- id: a
  title: A
  fields:
    - {id: one, kind: choice, required: true, options: [x, y], help: "Choose --> wisely"}
    - {id: many, kind: group, fields: [{id: p, kind: text}, {id: q, kind: text}]}
`);
  expect(questionText(fieldsOf(choices))).toContain('- [ ] x\n- [ ] y');
  expect(questionHints(fieldsOf(choices)).map(({ says }) => says)).toEqual([
    'one of these; has to be answered. Choose --> wisely',
    'entries, an empty line between them; may be left empty. Lines of an entry: `p` (p; may be left empty), `q` (q; may be left empty).',
  ]);
  expect(questionText(fieldsOf(choices))).toContain('p: \nq: ');
});

test('a heading inside of code is no heading, and a fence around an answer is taken off', () => {
  const text = '### Title\n```text\n### Lay summary\nx\n```\n### Lay summary\n~~~\n````\ny\n```\n### Type';
  expect(sectionsOf(text)).toEqual([
    { heading: 'Title', text: '### Lay summary\nx' },
    { heading: 'Lay summary', text: '~~~\n````\ny\n```\n### Type' },
  ]);
  expect(sectionsOf('before\n### A\n<!-- never closed\n### B')).toEqual([
    { heading: 'A', text: '' },
    { heading: 'B', text: '' },
  ]);
});

test('100,000 characters of headings and open fences are read in a moment', () => {
  const hostile = `${'### Title\n'.repeat(5_000)}${'<!-- '.repeat(10_000)}${'```\n'.repeat(5_000)}`;
  const before = process.cpuUsage().user;
  rawAnswers(form, [hostile]);
  expect(process.cpuUsage().user - before).toBeLessThan(2_000_000);
});
