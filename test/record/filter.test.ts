/** Filters: read from an address, written back, and asked of one request. */
import { describe, expect, test } from '@jest/globals';
import { isRefusal } from '../../src/lib/refusal.ts';
import { filterQuery, matches, readFilter, type Filter } from '../../src/record/record.ts';
import { aGovernance, PEOPLE, PROJECT } from '../support/governance.ts';
import { aShownRequest } from './shown.ts';

const g = aGovernance();

describe('reading', () => {
  test.each<[string, Record<string, unknown>, Filter | string]>([
    ['nothing asked for', {}, {}],
    ['empty fields of a form', { project: '', state: ' ', from: '' }, {}],
    ['unknown fields', { before: '7', colour: 'red' }, {}],
    ['a project', { project: PROJECT }, { project: PROJECT }],
    ['a project by its former id', { project: 'absence-study' }, { project: PROJECT }],
    ['a project that is no longer known', { project: 'old-one' }, { project: 'old-one' }],
    ['a person by login', { person: '@Rowan-Example' }, { person: PEOPLE.lead }],
    ['a person by id', { person: '42' }, { person: 42 }],
    ['a person nobody knows', { person: 'nobody' }, 'record.unknown-person'],
    ['a backend', { backend: 'attainment' }, { backend: 'attainment' }],
    [
      'an organisation, with its projects',
      { org: 'riverside-university' },
      { org: { id: 'riverside-university', projects: [PROJECT] } },
    ],
    ['an organisation nobody knows', { org: 'nowhere' }, 'record.unknown-organisation'],
    ['an organisation twice', { org: ['a', 'b'] }, 'record.bad-filter'],
    ['an action', { action: 'model' }, { action: 'model' }],
    ['an action that is no name', { action: 'a b' }, 'record.bad-filter'],
    ['words', { text: ' Über main ' }, { text: 'Über main' }],
    ['words with what nobody sees', { text: 'a\u0000b' }, 'record.bad-filter'],
    ['half a letter', { text: '\ud800' }, 'record.bad-filter'],
    ['too many words', { text: 'x'.repeat(101) }, 'record.bad-filter'],
    ['a state', { state: 'nothing_to_do' }, { state: 'nothing_to_do' }],
    ['a state there is not', { state: 'sleeping' }, 'record.bad-filter'],
    ['a kind', { kind: 'dummy' }, { kind: 'dummy' }],
    ['a kind there is not', { kind: 'both' }, 'record.bad-filter'],
    ['days', { from: '2027-01-31', until: '2027-02-28' }, { from: '2027-01-31', until: '2027-02-28' }],
    ['a day there is not', { from: '2027-02-30' }, 'record.bad-filter'],
    ['a day written otherwise', { until: '1 March' }, 'record.bad-filter'],
    ['a field given twice', { project: ['a', 'b'] }, 'record.bad-filter'],
    ['a project that is no name', { project: 'a\u0000b' }, 'record.bad-filter'],
    ['a backend that is no name', { backend: '<b>' }, 'record.bad-filter'],
  ])('%s', (_case, asked, expected) => {
    const read = readFilter(asked, g);
    expect(isRefusal(read) ? read.code : read).toEqual(expected);
  });

  test('without governance nobody is known by login, and ids still are', () => {
    expect(readFilter({ person: 'rowan-example' }, undefined)).toMatchObject({
      code: 'record.unknown-person',
    });
    expect(readFilter({ org: 'riverside-university' }, undefined)).toMatchObject({
      code: 'record.unknown-organisation',
    });
    expect(readFilter({ person: '7', project: 'absence-study' }, undefined)).toEqual({
      person: 7,
      project: 'absence-study',
    });
  });
});

test.each<[Filter, string]>([
  [{}, ''],
  [{ until: '2027-01-01', project: 'a' }, '?project=a&until=2027-01-01'],
  [{ person: 7, state: 'failed' }, '?person=7&state=failed'],
  [
    { org: { id: 'riverside-university', projects: [PROJECT] }, action: 'model', text: 'a & b' },
    '?org=riverside-university&action=model&text=a+%26+b',
  ],
])('%j is written as %s', (filter, text) => {
  expect(filterQuery(filter)).toBe(text);
  expect(readFilter(Object.fromEntries(new URLSearchParams(text)), g)).toEqual(filter);
});

test.each<[string, Filter, boolean]>([
  ['everything', {}, true],
  ['its project', { project: PROJECT }, true],
  ['another project', { project: 'x' }, false],
  ['its person', { person: PEOPLE.lead }, true],
  ['another person', { person: 1 }, false],
  ['its backend', { backend: 'attainment' }, true],
  ['another backend', { backend: 'rehearsal' }, false],
  ['its organisation', { org: { id: 'o', projects: ['x', PROJECT] } }, true],
  ['another organisation', { org: { id: 'o', projects: [] } }, false],
  ['its action', { action: 'model' }, true],
  ['another action', { action: 'mode' }, false],
  ['a word of its workspace, in capitals', { text: 'UDY-Main' }, true],
  ['another word', { text: 'nothing of it' }, false],
  ['its state', { state: 'succeeded' }, true],
  ['another state', { state: 'failed' }, false],
  ['its kind', { kind: 'run' }, true],
  ['the other kind', { kind: 'dummy' }, false],
  ['its day', { from: '2027-03-01', until: '2027-03-01' }, true],
  ['days after', { from: '2027-03-02' }, false],
  ['days before', { until: '2027-02-28' }, false],
])('a list of %s', (_case, filter, shows) => {
  expect(matches(filter, aShownRequest())).toBe(shows);
});
