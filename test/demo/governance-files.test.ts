import { expect, test } from '@jest/globals';
import {
  datasetsGranted,
  GLOBAL_ROLES,
  imageFor,
  mayRun,
  PROJECT_ROLES,
  projectOfRepository,
  readGovernance,
  rolesOf,
  backendById,
} from '../../src/governance/governance.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import {
  DUMMY_BACKEND,
  governanceFiles,
  PROJECT,
  REAL_BACKEND,
  STUDY_REPO,
} from '../../src/sandbox/demo/governance-files.ts';
import { PEOPLE, person, STRANGER } from '../../src/sandbox/demo/people.ts';
import { GRANTED, TABLE_NAMES, TABLES } from '../../src/sandbox/demo/database/tables.ts';
import { createSql } from '../../src/tables/tables.ts';

const at = Date.parse('2028-02-29T12:00:00Z');
const digest = `sha256:${'a1'.repeat(32)}`;
const reading = readGovernance(
  governanceFiles({
    at,
    appId: 3511,
    baseUrl: 'http://127.0.0.1:8080',
    agents: {
      zone: { id: 'county-ab12', key: newKeyPair().publicText },
      dummy: { id: 'dummy-ab12', key: newKeyPair().publicText },
    },
    images: [
      { name: 'node', image: 'westmere-images/node', digest },
      { name: 'sqlrunner', image: 'westmere-images/sqlrunner', digest },
    ],
  }),
  'a'.repeat(40),
);

test('the demo’s governance repository has no fault', () => {
  expect(reading.findings.filter((finding) => finding.severity === 'error')).toEqual([]);
  expect(reading.governance).toBeDefined();
});

test('somebody holds every role', () => {
  const g = reading.governance!;
  const held = new Set(PEOPLE.flatMap(({ id }) => [...rolesOf(g, id, PROJECT, at)]));
  expect([...GLOBAL_ROLES, ...PROJECT_ROLES].filter((role) => !held.has(role))).toEqual([]);
});

test.each([
  ['wren', REAL_BACKEND, undefined],
  ['wren', DUMMY_BACKEND, undefined],
  ['kit', REAL_BACKEND, undefined],
  ['sasha', REAL_BACKEND, 'role'],
  ['ines', REAL_BACKEND, 'role'],
])('may %s run on %s?', (login, backend, why) => {
  const no = mayRun(reading.governance!, { person: person(login).id, project: PROJECT, backend, at });
  if (why) expect(no?.says).toMatch(new RegExp(why, 'i'));
  else expect(no).toBeUndefined();
});

test('a stranger may do nothing', () => {
  expect(
    mayRun(reading.governance!, { person: STRANGER.id, project: PROJECT, backend: REAL_BACKEND, at }),
  ).toBeDefined();
});

test('the project reads every table but the suspensions', () => {
  const g = reading.governance!;
  expect(projectOfRepository(g, STUDY_REPO.id)?.id).toBe(PROJECT);
  expect([...datasetsGranted(g, PROJECT, REAL_BACKEND, at)].sort()).toEqual(
    TABLE_NAMES.filter((table) => table !== 'suspensions').sort(),
  );
});

test('both images may run on real data, by digest', () => {
  const g = reading.governance!;
  for (const name of ['node', 'sqlrunner']) {
    const image = imageFor(g, { name, tag: 'v1' }, { backend: backendById(g, REAL_BACKEND)!, at });
    expect(image).toMatchObject({ name, digest });
  }
});

test('the tables that the demo publishes are those of its warehouse, column by column', () => {
  const schemas = reading.governance?.schemas ?? [];
  expect(schemas.map(({ dataset }) => dataset).sort()).toEqual([...GRANTED].sort());
  for (const name of GRANTED) {
    const made = [...createSql(schemas, name).matchAll(/^ {2}"(\w+)" (\w+)/gm)].map(([, column, type]) => [
      column,
      type,
    ]);
    const real = TABLES[name].map((column) => /^(\w+) ([a-z]+)/.exec(column)!.slice(1));
    expect(made).toEqual(real);
  }
});
