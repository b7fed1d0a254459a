/** `schemas/<dataset>.yml`: read, checked on their lines, told to reviewers. */
import { expect, test } from '@jest/globals';
import { describeChange, isGovernancePath, loosens, planChange } from '../../src/governance/governance.ts';
import { demandsOf } from '../../src/governance/demands.ts';
import { tableFaults } from '../../src/tables/tables.ts';
import { aGovernance, governanceFiles } from '../support/governance.ts';
import { told } from './told.ts';

const SCHEMA = 'schemas/exclusions.yml';
const TEXT = `title: Exclusions
tables:
  exclusions:
    columns:
      case_id: {type: text, pattern: 'C[0-9]{5}', unique: true}
      learner_id: {references: learners.learner_id}
      days: {type: integer, min: 1, max: 45}
`;
const withSchema = (text: string): Map<string, string> => governanceFiles({ [SCHEMA]: text });

test('the tables of a dataset are read from the file of its name', () => {
  expect(isGovernancePath(SCHEMA)).toBe(true);
  expect(isGovernancePath('schemas/old/exclusions.yml')).toBe(false);
  const { schemas } = aGovernance(withSchema(TEXT));
  expect(schemas.map(({ dataset }) => dataset).sort()).toEqual(['absence', 'exclusions', 'results'].sort());
  expect(schemas.find(({ dataset }) => dataset === 'exclusions')?.tables['exclusions']).toMatchObject({
    rows_per_thousand: 1000,
    columns: { days: { type: 'integer', min: 1, max: 45, null_share: 0, unique: false } },
  });
  expect(tableFaults(schemas)).toEqual([]);
});

test.each([
  ['min: 1, ', '', '{type:', 'An integer needs "min" and "max", or "categories".'],
  ['min: 1', 'minimum: 1', 'minimum:', 'Unknown key "minimum". Known here: type, '],
  ['max: 45', 'max: 0', '0', '"max" must not be below "min".'],
  ['learners.learner_id', 'learners.name', 'learners.name', 'There is no column learners.name.'],
  ['min: 1', 'digits: 1, min: 1', 'digits:', '"digits" is not for a column of type integer.'],
  ['    columns:', '    unique: [[case]]\n    columns:', '[case', 'The table has no column "case".'],
  ["'C[0-9]{5}'", "'C.*'", "'C.*'", 'The pattern must be made of plain characters'],
  ['title: Exclusions', 'titel: Exclusions', 'titel:', '"title" is missing.'],
])('%p written as %p is told on its line', (from, to, place, says) => {
  expect(TEXT).toContain(from);
  const found = told(withSchema(TEXT.replace(from, to)));
  expect(found.join('\n')).toContain(says);
  expect(found.map((line) => line.split(' ', 2).join(' ')).slice(0, 1)).toEqual([`${SCHEMA} «${place}»`]);
});

test('a name that two tables have is told where it comes second', () => {
  const found = told(withSchema(TEXT.replace('  exclusions:', '  learners:')));
  expect(found.join('\n')).toContain(
    'schemas/results.yml «learners:» There is a table "learners" already, in schemas/exclusions.yml',
  );
});

test('tables of what no backend has are told, and a file of another ending is not passed over', () => {
  expect(told(governanceFiles({ 'schemas/nothing.yml': TEXT }))).toEqual([
    'schemas/nothing.yml «title:» No backend has a dataset "nothing". (governance.unknown-reference)',
  ]);
  expect(told(governanceFiles({ 'schemas/results.yaml': TEXT })).join()).toContain(
    'Name it schemas/results.yml',
  );
  const broken = governanceFiles({ 'schemas/nothing.yml': TEXT, 'backends.yml': '- {id: attainment}\n' });
  expect(told(broken).join()).not.toContain('No backend has a dataset "nothing"');
});

test('reviewers read what changes, and no zone waits: nobody may do more by it', () => {
  const before = aGovernance(withSchema(TEXT));
  const after = aGovernance(withSchema(TEXT.replace('max: 45', 'max: 40')));
  expect(describeChange(before, after)).toEqual([
    {
      kind: 'changes',
      text: 'Tables of exclusions, tables.exclusions.columns.days.max: 40 instead of 45',
    },
  ]);
  expect(describeChange(aGovernance(), before).map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
    'gains: The tables of exclusions are published: Exclusions',
  ]);
  expect(loosens(before, after)).toEqual([]);
  // Whoever answers for the dataset judges what everybody may know of it.
  expect(demandsOf({ inForce: before, before, after }, [SCHEMA]).demands).toMatchObject([
    { what: 'permissions', teams: ['sp-data-stewards'] },
  ]);
  const plan = planChange(before, after, '2026-11-21');
  expect(plan.changes.map(({ area }) => area)).toEqual(['data']);
});
