/** The skeleton of a study: what is offered fits the deployment, and is what people would write. */
import { expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { projectJsonSchema, readProjectBytes } from '../../src/pipeline/pipeline.ts';
import { digestOf, skeletonFor } from '../../src/steward/skeleton.ts';
import type { Governance } from '../../src/governance/governance.ts';
import { aGovernance, AT } from '../support/governance.ts';

const image = (name: string, change: Partial<Governance['images'][number]> = {}) => ({
  ...{ name, version: 'v1', image: `images/${name}`, digest: `sha256:${'a'.repeat(64)}` },
  ...{ database: false, exitCodes: 'hidden' as const, retireOn: null },
  ...change,
});
const with_ = (images: Governance['images']): Governance => ({ ...aGovernance(), images });
const files = (g: Governance) =>
  new Map(skeletonFor(g, AT, 'a-study')?.map(({ path, text }) => [path, text]));

test.each([
  ['python', 'py', 'python:v1 python analysis/describe.py'],
  ['r', 'R', 'r:v1 analysis/describe.R'],
  ['node', 'mjs', 'node:v1 analysis/describe.mjs'],
  ['something', 'py', 'something:v1 python analysis/describe.py'],
])('with the image %s it holds scripts in %s and a project.yaml that is accepted', (name, ending, run) => {
  const found = files(with_([image('sql', { database: true }), image(name)]));
  expect([...found.keys()].filter((path) => path.startsWith('analysis/'))).toEqual([
    `analysis/generate.${ending}`,
    `analysis/describe.${ending}`,
  ]);
  const { pipeline, diagnostics } = readProjectBytes(Buffer.from(found.get('project.yaml')!));
  expect(diagnostics).toEqual([]);
  expect(pipeline?.actions.map(({ name }) => name)).toEqual(['generate', 'describe']);
  expect(found.get('project.yaml')).toContain(`run: ${run}\n`);
  expect([...found.values()].join('\n')).not.toMatch(/__(?!pycache)[a-z_]+__/);
  expect(found.get('README.md')).toMatch(/^# a-study\n/);
});

test('an image that is retired or reads a database is not taken, and one that is pinned goes first', () => {
  expect(
    files(with_([image('sql', { database: true }), image('old', { retireOn: '2026-01-01' })])).size,
  ).toBe(0);
  const loose = image('python', { digest: undefined, imageId: `sha256:${'b'.repeat(64)}` });
  expect(files(with_([loose, image('node')])).get('project.yaml')).toContain('node:v1');
  expect(files(with_([loose])).get('project.yaml')).toContain('python:v1');
});

test('the container for development finds images where the deployment has them', () => {
  const g = with_([image('python')]);
  const { deployment } = g;
  const registry = { upstream: 'registry.example', namespaces: ['images'], redirect_hosts: [] };
  const of = (images: Governance['images']): string =>
    files({
      ...g,
      images,
      deployment: { ...deployment, proxy: { domain: 'example.edu', registry } },
    }).get('.devcontainer/devcontainer.json')!;
  expect(JSON.parse(of([image('python')]))).toMatchObject({
    remoteEnv: { SALLYPORT_IMAGES: 'registry.example/images' },
  });
  // Under its name alone, another image would be found there.
  expect(JSON.parse(of([image('python', { image: 'images/other' })]))).not.toHaveProperty('remoteEnv');
});

test('editors know what may stand in project.yaml, from the hub', () => {
  const g = with_([image('python')]);
  const found = files(g);
  const settings = JSON.parse(found.get('.vscode/settings.json')!) as { 'yaml.schemas': object };
  expect(settings['yaml.schemas']).toEqual({
    [`${g.deployment.base_url}/schemas/project.json`]: '/project.yaml',
  });
  expect(JSON.parse(found.get('.vscode/extensions.json')!)).toHaveProperty('recommendations');
  const validate = new Ajv({ allErrors: true }).compile(projectJsonSchema());
  expect([validate(parse(found.get('project.yaml')!)), validate.errors]).toEqual([true, null]);
});

test('its issue forms are those of the documentation, and nothing in it is a workflow', () => {
  const found = files(with_([image('python')]));
  for (const form of ['request-a-release.yml', 'request-publication.yml']) {
    const copied = readFileSync(new URL(`../../docs/forms/${form}`, import.meta.url), 'utf8');
    expect(parse(found.get(`.github/ISSUE_TEMPLATE/${form}`)!)).toEqual(parse(copied));
  }
  expect([...found.keys()].filter((path) => path.includes('workflows'))).toEqual([]);
  expect(digestOf(skeletonFor(with_([image('python')]), AT, 'a-study')!)).toMatch(/^[0-9a-f]{64}$/);
});
