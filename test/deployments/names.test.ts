/** Two deployments share no name, differ in kind as well, and the program knows neither. */
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { newKeyPair } from '../../src/lib/keys.ts';
import { readGovernance } from '../../src/governance/governance.ts';
import { DEPLOYMENTS, governanceOf, namesOf, type DeploymentName } from './here.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const KEYS = Object.fromEntries(
  ['agent', 'viewer', 'rehearsal', 'synthetic'].map((name) => [name, newKeyPair()]),
);
const both = (look: (name: DeploymentName) => unknown): unknown[] => DEPLOYMENTS.map(look);

/** What goes into the program, its images and its manifests. */
const CODE = ['src', 'agent', 'web', 'app.yml', 'steward.yml'];
/** Where names of other systems are kept on purpose, and lists of words that any table may have as headings. */
const APART = [/(^|\/)compat\.ts$/, /^src\/disclosure\/(headings|packs|statistics|text|gazetteer)\.ts$/];
/** Names that are also words of English: they are looked for as literals, the others anywhere. */
const WORDS = new Set([
  ...[
    'attainment',
    'rehearsal',
    'schools',
    'health',
    'results',
    'absence',
    'exclusions',
    'learner',
    'learners',
  ],
  ...['admissions', 'synthetic', 'clinics', 'dental', 'therapy', 'illness', 'discharges'],
  ...['outpatient', 'outpatients', 'riverside', 'hillcrest'],
]);

function filesBelow(place: string): string[] {
  const at = path.join(ROOT, place);
  if (statSync(at).isFile()) return [place];
  return readdirSync(at, { recursive: true, encoding: 'utf8' })
    .map((file) => path.join(place, file).split(path.sep).join('/'))
    .filter((file) => statSync(path.join(ROOT, file)).isFile());
}

/** A name as it would stand in a text: `#` is a digit. */
function finder(name: string): RegExp {
  const bare = name.replaceAll("'", '');
  const escaped = bare.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&').replace(/#/g, '[0-9]');
  if (WORDS.has(bare)) return new RegExp(`(['"\`])${escaped}\\1`);
  return new RegExp(`(?<![A-Za-z0-9])${escaped}(?![A-Za-z0-9])`, 'i');
}

/** A dataset that is called what every study calls its folder, and a backend like the address that probes ask. */
const EVERYWHERE = ['results', "'health'"];

const finders = DEPLOYMENTS.flatMap((deployment) =>
  Object.values(namesOf(deployment))
    .filter((name) => !EVERYWHERE.includes(name))
    .map((name) => ({ deployment, name, in: finder(name) })),
);
const found = (text: string): string[] =>
  finders.filter((one) => one.in.test(text)).map(({ deployment, name }) => `${name} of ${deployment}`);

describe('the two deployments', () => {
  test('name the same things, and never the same', () => {
    const [one, other] = DEPLOYMENTS.map(namesOf) as [Record<string, string>, Record<string, string>];
    expect(Object.keys(one)).toEqual(Object.keys(other));
    const theirs = new Set(Object.values(other));
    expect(Object.values(one).filter((name) => theirs.has(name))).toEqual([]);
    expect(new Set(Object.values(other)).size).toBe(Object.keys(other).length);
  });

  test('are both valid, of as many files', () => {
    for (const name of DEPLOYMENTS) {
      const { governance, findings } = readGovernance(
        new Map(Object.entries(governanceOf(name, KEYS))),
        'c'.repeat(40),
      );
      expect([name, findings.filter(({ severity }) => severity === 'error')]).toEqual([name, []]);
      expect(governance?.projects).toHaveLength(1);
    }
    const [one, other] = both((name) =>
      Object.keys(governanceOf(name, KEYS)).map((file) => path.dirname(file)),
    );
    expect(one).toEqual(other);
  });

  test('say the same things of themselves, so that what one has the other has', () => {
    const shape = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shape);
      if (value === null || typeof value !== 'object') return typeof value;
      return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, shape(inside)]));
    };
    const [one, other] = both((name) => shape(parse(governanceOf(name, KEYS)['deployment.yml'] ?? '')));
    expect(other).toEqual(one);
  });

  test('stand in their own files under the names that tests call them by', () => {
    const text = (name: DeploymentName): string => Object.values(governanceOf(name, KEYS)).join('\n');
    const standing = (name: DeploymentName): string[] =>
      Object.entries(namesOf(name)).flatMap(([what, called]) =>
        finder(called).test(text(name)) ? [what] : [],
      );
    const [one, other] = DEPLOYMENTS.map(standing);
    expect(one).toEqual(expect.arrayContaining(['organisation', 'project id', 'backend name', 'checker']));
    expect(other).toEqual(one);
  });

  test('differ in numbers and patterns too', () => {
    const [one, other] = DEPLOYMENTS.map((name) => {
      const files = governanceOf(name, KEYS);
      const { governance } = readGovernance(new Map(Object.entries(files)), 'c'.repeat(40));
      const { policies, deployment, backends } = governance!;
      return [
        policies.outputs.suppress_at_or_below,
        policies.outputs.round_to,
        policies.outputs.csv_rows,
        policies.outputs.max_file,
        policies.closing_days,
        deployment.project_number,
        deployment.subject.id_column,
        backends[0]!.alertAfterMs,
        ...Object.values(backends[0]!.limits),
        backends[0]!.pools.general,
      ];
    });
    expect(one!.filter((value, at) => value === other![at])).toEqual([]);
  });
});

test('no snapshot stands in a file of its own, where its names would stay', () => {
  expect(filesBelow('test').filter((file) => file.endsWith('.snap'))).toEqual([]);
});

describe('the program', () => {
  test('names nothing of either', () => {
    const files = CODE.flatMap(filesBelow).filter((file) => !APART.some((apart) => apart.test(file)));
    expect(files.length).toBeGreaterThan(700);
    const told = files.flatMap((file) =>
      found(readFileSync(path.join(ROOT, file), 'utf8')).map((what) => `${file}: ${what}`),
    );
    expect(told).toEqual([]);
  });

  test.each([
    ['a login in a comment', '// as northshire-research has it', 'northshire-research of schools'],
    ['a name in capitals', 'const WOLVENDALE = 1;', 'wolvendale of health'],
    ['the number of a project', "'ns-2031-007'", 'ns-20##-### of schools'],
    ['the id of a person', 'id: 6420110', '642#### of health'],
    ['a host', 'https://clinical.example.net/x', 'clinical.example.net of health'],
    ['a backend as a literal', "backend === 'admissions'", 'admissions of health'],
  ])('would be found out by %s', (_what, text, name) => {
    expect(found(text)).toContain(name);
  });

  test('may use a word that happens to be a name', () => {
    expect(found('the results of an absence; pnpm health checks')).toEqual([]);
  });
});
