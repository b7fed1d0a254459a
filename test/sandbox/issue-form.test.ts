/** Issue forms: which are valid, and the body that an answered one becomes. */
import { expect, test } from '@jest/globals';
import { bodyOf, readForm, unanswered, type IssueForm } from '../../src/sandbox/pages/issue-form.ts';

const FORM = `
name: Request a release
description: Ask for outputs
title: 'Release: '
labels: 'release: draft, help wanted'
body:
  - type: markdown
    attributes: { value: Thank you }
  - type: input
    id: workspace
    attributes: { label: Workspace }
    validations: { required: true }
  - type: textarea
    id: patterns
    attributes: { label: Patterns, render: text }
  - type: dropdown
    id: audience
    attributes: { label: Audience, multiple: true, options: [Paper, Talk, Report] }
  - type: dropdown
    attributes: { label: Urgency, options: [Low, High] }
  - type: checkboxes
    id: agree
    attributes:
      label: I confirm
      options:
        - { label: Read the rules, required: true }
        - { label: Tell me by mail }
`;

function form(text = FORM): IssueForm {
  const read = readForm('release.yml', text);
  if ('faults' in read) throw new Error(read.faults.join('; '));
  return read;
}

test('an answered form is its labels and answers, in the order of the form', () => {
  const answers = new Map([
    ['workspace', ['pupils-main']],
    ['patterns', ['output/*.csv\r\noutput/figure.svg']],
    ['audience', ['Report', 'Paper', 'Forged']],
    ['field-4', ['']],
    ['agree', ['Read the rules']],
  ]);
  expect(bodyOf(form(), answers)).toBe(
    [
      '### Workspace\n\npupils-main',
      '### Patterns\n\n```text\noutput/*.csv\r\noutput/figure.svg\n```',
      '### Audience\n\nPaper, Report',
      '### Urgency\n\n_No response_',
      '### I confirm\n\n- [X] Read the rules\n- [ ] Tell me by mail',
    ].join('\n\n'),
  );
});

test('nothing answered is said so, and blank is nothing', () => {
  const empty = bodyOf(form(), new Map([['workspace', ['  ']]]));
  expect(empty.match(/_No response_/g)?.length).toBe(4);
  expect(unanswered(form(), new Map([['workspace', ['  ']]]))).toEqual(['Workspace', 'Read the rules']);
});

test('labels may be a list or a text with commas', () => {
  expect(form().labels).toEqual(['release: draft', 'help wanted']);
});

test.each([
  ['no name', FORM.replace('name: Request a release\n', ''), /name/],
  [
    'no field',
    'name: a\ndescription: b\nbody:\n  - type: markdown\n    attributes: { value: x }\n',
    /non-markdown/,
  ],
  ['an unknown type', FORM.replace('type: input', 'type: password'), /body\.1\.type/],
  ['an id twice', FORM.replace('id: patterns', 'id: workspace'), /unique ids/],
  ['a label twice', FORM.replace('label: Patterns', 'label: Workspace'), /unique labels/],
  ['an id with a space', FORM.replace('id: patterns', "id: 'two words'"), /body\.2\.id/],
  ['an option twice', FORM.replace('Talk, Report', 'Talk, Talk'), /options must be unique/],
  ['no options', FORM.replace('[Low, High]', '[]'), /options/],
  ['the reserved option', FORM.replace('[Low, High]', '[Low, None]'), /reserved word/],
  ['a default that is no option', FORM.replace('[Low, High]', '[Low, High], default: 2'), /default/],
  ['broken YAML', 'name: [', /./],
])('%s is no valid form', (_name, text, says) => {
  const read = readForm('release.yml', text);
  expect('faults' in read ? read.faults.join('; ') : '').toMatch(says);
});
