/** What people read of images that were built, and of images that retire. */
import { expect, test } from '@jest/globals';
import { builtListText, builtText, checksText, enrolment, steps } from '../../src/cli/images-host-show.ts';
import { imagesText } from '../../src/cli/images-show.ts';
import { deploymentFacts } from '../../src/skeleton/governed.ts';
import { DeploymentFacts } from '../../src/skeleton/deployment.ts';
import { aGovernance, AT, edited } from '../support/governance.ts';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const facts = {
  ...{ name: 'python', version: 'v1', digest: `sha256:${'a'.repeat(64)}`, id: `sha256:${'b'.repeat(64)}` },
  ...{
    architecture: 'amd64',
    created: '2026-11-01T00:00:00Z',
    packages: 75,
    bytes: 35_324_616,
    unpacked: 99_540_992,
  },
  ...{ lock: 'sha256:c', sbom: 'sha256:d', folder: 'images/python-v1' },
};

test('what was built is said with its digest, size and folder, and its line is ready for images.yml', () => {
  expect(builtText(facts, 41_300)).toMatchInlineSnapshot(`
   "✓ python:v1  sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
     75 packages, 35.3 MB to fetch, 99.5 MB on a disk, made in 41 s
     images/python-v1, with its SBOM in sbom.spdx.json
   "
  `);
  expect(enrolment(facts, 'our-images/python', facts.digest)).toMatchInlineSnapshot(
    `"- {name: python, version: v1, image: our-images/python, digest: 'sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', retire_on: null}"`,
  );
  expect(enrolment({ ...facts, name: 'sqlrunner' }, 'our-images/sqlrunner', 'sha256:e')).toContain(
    'database: true',
  );
  const said: string[] = [];
  let now = 0;
  const step = steps({ write: (text) => said.push(text) }, 'python', { now: () => now } as never);
  step('fetching 3 of 75 packages');
  now = 4000;
  step('writing the image');
  expect(said.join('')).toMatchInlineSnapshot(`
   "python: fetching 3 of 75 packages
   python: writing the image (4 s)
   "
  `);
});

test('the line can be read by governance', () => {
  const line = enrolment(facts, 'northshire-images/python', facts.digest).replace(
    'version: v1',
    'version: v7',
  );
  const governance = aGovernance(edited({ 'images.yml': ['- {name: local', `${line}\n- {name: local`] }));
  expect(governance.images).toContainEqual(
    expect.objectContaining({ version: 'v7', digest: facts.digest, retireOn: null }),
  );
});

test('images that were built are listed with how they stand in governance', () => {
  const entry = {
    ...{ name: 'python', version: 'v1', image: 'x/python', digest: facts.digest, database: false },
    exitCodes: 'hidden' as const,
  };
  const text = builtListText(
    [
      { facts, enrolled: { ...entry, retireOn: '2027-03-01' } },
      { facts: { ...facts, name: 'r' }, enrolled: { ...entry, retireOn: null } },
      { facts: { ...facts, name: 'sqlrunner', packages: 154 }, enrolled: null },
      { facts: { ...facts, name: 'node' } },
    ],
    'images',
    NOW,
  );
  expect(text).toMatchInlineSnapshot(`
   "python:v1     sha256:aaaaaaaaaaaa  35.3 MB  20 days old   75 packages  enrolled, retires on 2027-03-01
   r:v1          sha256:aaaaaaaaaaaa  35.3 MB  20 days old   75 packages  enrolled
   sqlrunner:v1  sha256:aaaaaaaaaaaa  35.3 MB  20 days old  154 packages  not enrolled
   node:v1       sha256:aaaaaaaaaaaa  35.3 MB  20 days old   75 packages
   "
  `);
  expect(builtListText([], 'images', NOW)).toMatchInlineSnapshot(`
   "No image was built in images. Make one with "sallyport images build python".
   "
  `);
});

test('what was looked at is a line each, and what came from an image cannot move the cursor', () => {
  expect(
    checksText('images/python-v1', [
      { what: 'digest', state: 'right', says: 'sha256:…' },
      { what: 'entry point', state: 'look', says: 'a\u001b[2J\nb' },
      { what: 'volumes', state: 'wrong', says: '/data' },
    ]),
  ).toMatchInlineSnapshot(`
   "images/python-v1
   ✓ digest       sha256:…
   ! entry point  a\\u001b[2J\\u000ab
   ✗ volumes      /data
   1 of 3 wrong: do not enrol it.
   "
  `);
  expect(checksText('x', [{ what: 'user', state: 'right', says: '1:1' }])).toContain('Nothing is wrong.');
});

test('a laptop is told which images retire, by what a hub publishes', () => {
  const governance = aGovernance(
    edited({
      'images.yml': [
        'version: v2, image:',
        "version: v2, retire_on: 2026-11-01, replaced_by: 'sqlrunner:v1', image:",
      ],
    }),
  );
  const published = DeploymentFacts.parse(JSON.parse(JSON.stringify(deploymentFacts(governance, AT))));
  expect(published.images.find(({ name }) => name === 'python')).toMatchObject({
    ...{ version: 'v2', retire_on: '2026-11-01', replaced_by: 'sqlrunner:v1' },
  });
  // On the day itself it no longer runs, so nobody begins a study with it.
  expect(
    deploymentFacts(governance, Date.parse('2026-11-01T00:00:00Z')).images.map(({ name }) => name),
  ).not.toContain('python');
  const image = { used: true, address: 'x/python:v2', state: 'current' as const };
  expect(
    imagesText(
      {
        images: [
          { ...image, image: 'python:v2', retireOn: '2026-11-01', replacedBy: 'python:v3' },
          { ...image, image: 'r:v2', state: 'missing', retireOn: '2026-11-01' },
          { ...image, image: 'sqlrunner:v1' },
        ],

        ...{ offline: false, study: true, registry: 'x' },
      },
      NOW,
    ),
  ).toMatchInlineSnapshot(`
   "images of this study:
     python:v2           the newest; retires on 2026-11-01: move to python:v3
     r:v2          not on this machine: sallyport pull r:v2; retires on 2026-11-01
     sqlrunner:v1        the newest
   "
  `);
});
