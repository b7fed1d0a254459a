/** What `check`, `plan` and `explain` say of images that end, where a deployment is known. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCheck } from '../../src/cli/check.ts';
import { explanation } from '../../src/cli/explain.ts';
import { endsAt, type FindEnd } from '../../src/cli/image-ends.ts';
import { planStudy, planText } from '../../src/cli/plan-study.ts';
import { deploymentFacts } from '../../src/skeleton/governed.ts';
import { aGovernance, edited } from '../support/governance.ts';

const STUDY = `version: 5
actions:
  first:
    run: python:v2 python first.py
    outputs: {highly_sensitive: {rows: first.csv}}
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'ends-'));
  writeFileSync(path.join(folder, 'project.yaml'), STUDY);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** As the hub says it on that day, and the laptop reads it on the same. */
async function endsOn(day: string, change = (facts: object): object => facts): Promise<FindEnd> {
  const governance = aGovernance(
    edited({
      'images.yml': [
        'version: v2, image:',
        "version: v2, retire_on: 2026-11-01, replaced_by: 'sqlrunner:v1', image:",
      ],
    }),
  );
  const file = path.join(folder, 'deployment.json');
  writeFileSync(file, JSON.stringify(change(deploymentFacts(governance, Date.parse(day)))));
  return endsAt(file, Date.parse(day));
}

async function check(ends: FindEnd): Promise<{ code: number; warnings: object[] }> {
  let text = '';
  const out = { write: (more: string) => (text += more) };
  const code = await runCheck([folder], { form: 'json', color: false, out, top: folder, ends });
  return { code, warnings: (JSON.parse(text) as { warnings: object[] }).warnings };
}

const flags = () => ({ forceRunDependencies: false, refresh: false, projectDir: folder });
const SOON =
  'The image python:v2 no longer runs from 2026-11-01 on, in 12 days. Move to sqlrunner:v1, and run the action anew before that day.';

test('an image that ends soon is a warning, and so is one that has ended', async () => {
  const soon = await endsOn('2026-10-20T23:59:59Z');
  const ended = await endsOn('2026-11-01T00:00:00Z');

  expect(await check(soon)).toMatchObject({
    code: 0,
    warnings: [{ code: 'image.retires-soon', line: 3, message: SOON }],
  });
  expect(await check(ended)).toMatchObject({
    code: 0,
    warnings: [
      {
        code: 'image.retired',
        message: 'The image python:v2 was retired on 2026-11-01. Use sqlrunner:v1, which takes its place.',
      },
    ],
  });
});

test('plan and explain say it once, below', async () => {
  const ends = await endsOn('2026-10-20T23:59:59Z');

  const planned = await planStudy(['first'], flags(), undefined, ends);
  expect(planned.warnings).toMatchObject([{ image: 'python:v2', code: 'image.retires-soon' }]);
  expect(planText(planned)).toContain(`\n\nwarning: ${SOON} (image.retires-soon)\n`);
  expect(await explanation('first', { projectDir: folder, json: false }, undefined, ends)).toContain(
    `  warning     ${SOON} (image.retires-soon)\n`,
  );
});

test('nothing is said long before, by a hub that says no days, of an unknown image, or without a deployment', async () => {
  const day = '2026-10-20T00:00:00Z';
  const none = [
    await endsOn('2026-05-01T00:00:00Z'),
    await endsOn(day, (facts) => ({ ...facts, warn_days: undefined })),
    await endsOn(day, (facts) => ({ ...facts, images: [] })),
    await endsAt(undefined, Date.parse(day)),
    await endsAt(path.join(folder, 'missing.json'), Date.parse(day)),
    await endsAt('http://127.0.0.1:1', Date.parse(day)),
  ];

  for (const ends of none) expect(await check(ends)).toEqual({ code: 0, warnings: [] });
});
