/** Governance as a whole: what its files become, and what is told of them. */
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { governanceSchemas, isGovernancePath, readGovernance } from '../../src/governance/governance.ts';
import { parseBytes, parseDuration } from '../../src/governance/values.ts';
import { aGovernance, COMMIT, edited, governanceFiles, KEYS } from '../support/governance.ts';
import { NUMBERS } from '../deployments/here.ts';
import { WHOLE } from './whole.ts';
import { told } from './told.ts';

test('the example is valid, and says so with the one thing to look at', () => {
  const { governance, findings } = readGovernance(governanceFiles(), COMMIT);

  expect(findings.map((f) => [f.severity, f.code, f.message])).toEqual([
    [
      'warning',
      'governance.image-without-digest',
      'An image without a digest can only run on backends with dummy data.',
    ],
  ]);
  expect(governance?.commit).toBe(COMMIT);
});

test('written forms become what the program works with', () => {
  const [attainment, rehearsal] = aGovernance().backends;

  expect(attainment).toMatchObject({
    active: true,
    data: 'real',
    alertAfterMs: NUMBERS.alertAfterMs,
    limits: NUMBERS.limits,
    keys: { agent: [{ id: 'attainment', key: KEYS.agent.publicText }] },
  });
  expect(rehearsal).toMatchObject({
    data: 'dummy',
    alertAfterMs: 1_800_000,
    pools: { general: 10, database: 10 },
    keys: { agent: [{ id: 'rehearsal-1', until: '2027-12-31' }], viewer: [] },
    weights: { default: [], workspaces: {} },
  });
  expect(aGovernance().policies).toMatchObject({
    approvals: { application: 2, release: 2 },
    closing_days: NUMBERS.closingDays,
  });
});

test('a backend may say where its viewer is opened', () => {
  const files = edited({
    'backends.yml': [
      '  datasets: [results, absence, exclusions]\n',
      '  datasets: [results, absence, exclusions]\n  viewer: https://airlock.example.edu\n',
    ],
  });
  const { governance } = readGovernance(files, COMMIT);
  expect(governance?.backends.map(({ viewer }) => viewer)).toEqual([
    'https://airlock.example.edu',
    undefined,
  ]);
});

test('every fault is told at once, each on its line', () => {
  const files = edited({
    'people.yml': ['until: 2027-08-31\n- {id', 'until: 2027-02-30\n  role: boss\n- {id'],
    'images.yml': ["digest: 'sha256:2222", "digest: 'sha256:22x2"],
    'projects/ns-2026-014.yml': ['status: ongoing', 'status: resting'],
    'backends.yml': ['time: PT24H', 'time: 1 day'],
    'policies.yml': ['closing_days: 14', 'closing_days: -1'],
  });
  files.delete('teams.yml');

  const places = readGovernance(files, COMMIT).findings.filter((f) => f.severity === 'error');
  expect(places.map((f) => `${f.path}:${f.line}:${f.column} ${f.message} (${f.code})`)).toEqual([
    'backends.yml:10:61 "time" must be a duration like PT5M, PT24H or P1D. (governance.value)',
    'images.yml:2:72 "digest" must be sha256: and 64 hexadecimal digits. (governance.value)',
    'people.yml:9:10 "until" must be a day like 2027-02-28. (governance.value)',
    'people.yml:10:3 Unknown key "role". (governance.unknown-key)',
    'policies.yml:3:15 "closing_days" must be zero or more. (governance.value)',
    'projects/ns-2026-014.yml:13:9 "status" must be one of "ongoing", "postponed", "retired", "ongoing_linked", "completed_linked", "completed_awaiting". (governance.value)',
    'teams.yml:1:1 teams.yml is missing. (governance.missing-file)',
  ]);
  expect(readGovernance(files, COMMIT).governance).toBeUndefined();
});

test.each([
  ['PT5M', 300_000],
  ['P1DT1S', 86_401_000],
  ['P2W', 1_209_600_000],
  ['PT', Number.NaN],
  ['P', Number.NaN],
  ['5M', Number.NaN],
])('the duration %s', (written, ms) => {
  expect(parseDuration(written)).toBe(ms);
});

test.each([
  ['512K', 524_288],
  ['7', 7],
  ['4 G', Number.NaN],
])('the size %s', (written, size) => {
  expect(parseBytes(written)).toBe(size);
});

test('a file of nothing but a document mark has no content', () => {
  expect(told(governanceFiles({ 'deployment.yml': '---\n' }))).toContain(
    'deployment.yml «» This entry must be a mapping. (governance.value)',
  );
});

test('only its own files are read, and near misses are told', () => {
  const files = governanceFiles({
    'README.md': '# x',
    CODEOWNERS: '* @a',
    '.github/x.yml': 'a: &b 1',
    'forms/old/application.yml': '- *x',
  });
  expect(told(files)).toEqual([]);
  expect(
    [
      'people.yml',
      'orgs.yml',
      'projects/a.yml',
      'forms/a.yml',
      'permissions/datasets.yml',
      'people.yaml',
    ].every(isGovernancePath),
  ).toBe(true);
  expect(['projects/a/b.yml', 'organisations.yml', 'x/people.yml'].some(isGovernancePath)).toBe(false);

  expect(told(governanceFiles({ 'projects/other.yaml': 'id: other\n' }))).toEqual([
    'projects/other.yaml «id:» projects/other.yaml would be ignored. Name it projects/other.yml. (governance.misnamed-file)',
  ]);
});

test('permissions are optional, and nothing is granted without them', () => {
  expect(aGovernance(governanceFiles({ 'permissions/datasets.yml': undefined })).datasets).toEqual([]);
});

test('editors get schemas that accept the example and refuse a misspelt key', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const files = governanceFiles(WHOLE);

  for (const { name, files: glob, schema } of governanceSchemas('https://hub.example.org/schemas')) {
    expect(schema['$id']).toBe(`https://hub.example.org/schemas/${name}.json`);
    const check = ajv.compile(schema);
    const example: Record<string, string> = { form: 'application', tables: 'results' };
    const path = glob.replace('*', example[name] ?? 'ns-2026-014');
    const value: unknown = parse(files.get(path)!);
    expect([path, check(value), check.errors]).toEqual([path, true, null]);
    expect(check({ wrong: 1 })).toBe(false);
  }
});
