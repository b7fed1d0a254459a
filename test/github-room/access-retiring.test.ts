/** What a study is told, on the line of its action, of an image that will go. */
import { expect, test } from '@jest/globals';
import { accessCheck } from '../../src/github/checks/access.ts';
import { accessFindings } from '../../src/governance/governance.ts';
import { readProject } from '../../src/pipeline/pipeline.ts';
import { aGovernance, edited, PROJECT } from '../support/governance.ts';

const TEXT = `version: 5
actions:
  first:
    run: python:v2 python first.py
    outputs: {highly_sensitive: {rows: first.csv}}
  second:
    run: sqlrunner:v1 --output second.csv second.sql
    outputs: {highly_sensitive: {rows: second.csv}}
`;

test('an image that retires soon is a warning on the line of each action that uses it, and from its day on an error', () => {
  const governance = aGovernance(
    edited({
      'images.yml': [
        'version: v2, image:',
        "version: v2, retire_on: 2026-11-01, replaced_by: 'sqlrunner:v1', image:",
      ],
    }),
  );
  const { pipeline } = readProject(TEXT);
  if (!pipeline) throw new Error('the project is not read');
  const actions = pipeline.actions.map(({ name, image }) => ({ name, image, isDatabase: false }));
  const checkOn = (day: string) =>
    accessCheck(
      PROJECT,
      pipeline,
      accessFindings(governance, { project: PROJECT, actions }, Date.parse(day)),
    );

  const before = checkOn('2026-10-20T23:59:59Z');
  expect(before).toMatchObject({ conclusion: 'success', title: '1 warning' });
  expect(before.annotations).toEqual([
    {
      path: 'project.yaml',
      line: 3,
      severity: 'warning',
      title: 'image.retires-soon',
      message:
        'The image python:v2 no longer runs from 2026-11-01 on, in 12 days.\nMove to sqlrunner:v1, and run the action anew before that day.',
    },
  ]);
  const after = checkOn('2026-11-01T00:00:00Z');
  expect(after).toMatchObject({ conclusion: 'failure', annotations: [{ title: 'image.retired', line: 3 }] });
  expect(after.annotations).toHaveLength(1);
});
