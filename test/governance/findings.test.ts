import { describe, expect, test } from '@jest/globals';
import {
  accessFindings,
  backendById,
  imageFor,
  readGovernance,
  type ActionUse,
} from '../../src/governance/governance.ts';
import { tablesNamed } from '../../src/governance/findings.ts';
import { NUMBERS } from '../deployments/here.ts';
import { aGovernance, AT, COMMIT, edited, governanceFiles, PROJECT } from '../support/governance.ts';

const P = 'projects/ns-2026-014.yml';
type Edits = Parameters<typeof edited>[0];

const anAction = (changes: Partial<ActionUse> = {}): ActionUse => ({
  name: 'describe',
  image: { name: 'python', tag: 'v2' },
  isDatabase: false,
  ...changes,
});
const aQuery = (...sqlTexts: string[]): ActionUse =>
  anAction({ name: 'extract', image: { name: 'sqlrunner', tag: 'v1' }, isDatabase: true, sqlTexts });

function found(actions: ActionUse[], edits: Edits = {}, project = PROJECT): string[] {
  return accessFindings(aGovernance(edited(edits)), { project, actions }, AT).map(
    (f) => `${f.severity} ${f.action ?? '-'}: ${f.message} ${f.hint} (${f.code})`,
  );
}

describe('an image', () => {
  const g = aGovernance();
  const real = backendById(g, 'attainment')!;
  const dummy = backendById(g, 'rehearsal')!;

  test.each([
    ['is found by name and version', 'python', 'v2', real, false, 'northshire-images/python'],
    [
      'is refused when unknown, with its versions',
      'python',
      'v9',
      real,
      false,
      'The image python:v9 is not allowed here. Allowed: python:v2. (image.unknown)',
    ],
    [
      'is refused when unknown, with all there are',
      'r',
      'v1',
      real,
      false,
      'The image r:v1 is not allowed here. Allowed: python:v2, sqlrunner:v1, local:v1. (image.unknown)',
    ],
    [
      'is refused from the day it retires',
      'python',
      'v1',
      real,
      false,
      'The image python:v1 was retired on 2026-09-30. Use one of: python:v2. (image.retired)',
    ],
    ['called latest means v1', 'sqlrunner', 'latest', real, false, 'northshire-images/sqlrunner'],
    [
      'without digest is refused on real data',
      'local',
      'v1',
      real,
      false,
      'The image local:v1 has no digest, so it cannot run on backend "attainment", which holds real data. Ask for its digest in images.yml. (image.no-digest)',
    ],
    ['without digest runs on dummy data', 'local', 'v1', dummy, false, 'local/node'],
    [
      'for the database must be one',
      'python',
      'v2',
      real,
      true,
      'The image python:v2 is not listed as a database image. Use a database image, or ask for "database: true" in images.yml. (image.not-database)',
    ],
    ['for the database is found', 'sqlrunner', 'v1', real, true, 'northshire-images/sqlrunner'],
  ])('%s', (_case, name, tag, backend, database, expected) => {
    const answer = imageFor(g, { name, tag }, { backend, at: AT, database });
    expect('refused' in answer ? `${answer.says} ${answer.next} (${answer.code})` : answer.image).toBe(
      expected,
    );
  });

  test('is refused with a next step when there is none at all', () => {
    const none = { ...g, images: [] };
    const retired = { ...g, images: g.images.filter(({ retireOn }) => retireOn !== null) };
    expect(imageFor(none, { name: 'r', tag: 'v1' }, { backend: real, at: AT })).toMatchObject({
      next: 'Ask for it in images.yml.',
    });
    expect(imageFor(retired, { name: 'python', tag: 'v1' }, { backend: real, at: AT })).toMatchObject({
      next: 'Ask for a newer one in images.yml.',
    });
  });
});

describe('an image that retires', () => {
  const day = (text: string) => Date.parse(`${text}T12:00:00Z`);
  const ofImage = (line: string) =>
    aGovernance(
      edited({
        'images.yml': [
          'version: v2, image: northshire-images/python,',
          `version: v2, image: northshire-images/python, ${line},`,
        ],
      }),
    );
  const told = (line: string, at: number) =>
    accessFindings(ofImage(line), { project: PROJECT, actions: [anAction()] }, at)
      .filter(({ code }) => code.startsWith('image.'))
      .map(({ severity, message, hint, code }) => `${severity}: ${message} ${hint} (${code})`);
  const ON = 'retire_on: 2027-03-01';
  const before = NUMBERS.imageWarnDays;

  test('is warned of on the first day of the notice, and not the day before', () => {
    const first = day('2027-03-01') - before * 86_400_000;
    expect(told(ON, first - 86_400_000)).toEqual([]);
    expect(told(ON, first)).toEqual([
      `warning: The image python:v2 no longer runs from 2027-03-01 on, in ${before} days. Ask the governance team what takes its place. (image.retires-soon)`,
    ]);
  });

  test('is warned of on its last day, and refused on the next with what takes its place', () => {
    const line = `${ON}, replaced_by: 'sqlrunner:v1'`;
    expect(told(line, day('2027-02-28'))).toEqual([
      'warning: The image python:v2 no longer runs from 2027-03-01 on, in 1 day. Move to sqlrunner:v1, and run the action anew before that day. (image.retires-soon)',
    ]);
    expect(told(line, day('2027-03-01'))).toEqual([
      'error: The image python:v2 was retired on 2027-03-01. Use sqlrunner:v1, which takes its place. (image.retired)',
    ]);
  });

  test('does not send anybody to one that has gone as well', () => {
    const both = aGovernance(
      new Map([
        ...governanceFiles(),
        [
          'images.yml',
          `- {name: python, version: v1, image: x/python, digest: 'sha256:${'1'.repeat(64)}', retire_on: 2027-01-01, replaced_by: 'python:v2'}\n` +
            `- {name: python, version: v2, image: x/python, digest: 'sha256:${'2'.repeat(64)}', retire_on: 2027-02-01}\n`,
        ],
      ]),
    );
    const backend = both.backends[0]!;
    const asked = { name: 'python', tag: 'v1' };
    expect(imageFor(both, asked, { backend, at: day('2027-01-15') })).toMatchObject({
      next: 'Use python:v2, which takes its place.',
    });
    expect(imageFor(both, asked, { backend, at: day('2027-02-15') })).toMatchObject({
      next: 'Ask for a newer one in images.yml.',
    });
  });

  test('names an image that is there, another one, and stays longer', () => {
    const faults = (line: string) => {
      const files = edited({
        'images.yml': [
          'version: v2, image: northshire-images/python,',
          `version: v2, image: northshire-images/python, ${line},`,
        ],
      });
      return readGovernance(files, COMMIT)
        .findings.map(({ line: at, code, message }) => `${at} ${message} (${code})`)
        .filter((text) => text.includes('replacement'));
    };
    expect(faults(`${ON}, replaced_by: 'python:v3'`)).toEqual([
      '2 There is no image "python:v3". (governance.replacement)',
    ]);
    expect(faults(`${ON}, replaced_by: 'python:v2'`)).toEqual([
      '2 An image cannot take its own place. (governance.replacement)',
    ]);
    expect(faults(`${ON}, replaced_by: 'python:v1'`)).toEqual([
      '2 python:v1 itself retires on 2026-09-30, no later than what it is to replace. (governance.replacement)',
    ]);
    expect(faults(`replaced_by: 'python:v1'`)).toEqual([
      '2 python:v1 itself retires on 2026-09-30, no later than what it is to replace. (governance.replacement)',
    ]);
    expect(faults(`retire_on: 2026-08-01, replaced_by: 'python:v1'`)).toEqual([]);
  });
});

describe('a project’s actions', () => {
  test('that it may run bring no finding', () => {
    expect(found([anAction(), aQuery('select * from results.grades')])).toEqual([]);
  });

  test('are told which image is not allowed', () => {
    expect(found([anAction({ image: { name: 'python', tag: 'v3' } })])).toEqual([
      'error describe: The image python:v3 is not allowed here. Allowed: python:v2. (image.unknown)',
    ]);
  });

  test('that run on some backends only are warned', () => {
    const both: Edits = { [P]: ['backends: [attainment]', 'backends: [attainment, rehearsal]'] };
    expect(found([anAction({ image: { name: 'local', tag: 'v1' } })], both)).toEqual([
      expect.stringMatching(/^warning describe: The image local:v1 has no digest, .*"attainment"/),
    ]);
    expect(found([anAction({ image: { name: 'nothing', tag: 'v1' } })], both)).toHaveLength(1);
  });

  test('that name an ungranted dataset are told who grants it', () => {
    expect(
      found([aQuery('SELECT * FROM results r JOIN Exclusions.rows e ON 1 = 1', 'select 1 from absence')]),
    ).toEqual([
      'error extract: "extract" reads dataset "absence", which is not granted to project "ns-2026-014". Nobody grants "absence" yet: ask the governance team to add it to permissions/datasets.yml. (access.dataset-not-granted)',
      'error extract: "extract" reads dataset "exclusions", which is not granted to project "ns-2026-014". Ask northshire-research/sp-data-stewards for "exclusions" at https://research.example.edu/permissions/exclusions. (access.dataset-not-granted)',
    ]);
  });

  test('that read the database without any grant are told so', () => {
    const ended: Edits = { 'permissions/datasets.yml': ['until: 2027-02-28', 'until: 2026-09-30'] };
    const [first, ...others] = found([{ ...aQuery(), sqlTexts: undefined }], ended);
    expect(first).toMatch(
      /^error extract: Project "ns-2026-014" may read no dataset, and "extract" reads the database\. Ask .*\(access\.no-dataset\)$/,
    );
    expect(others).toEqual([]);
    expect(found([{ ...aQuery(), sqlTexts: undefined }])).toEqual([]);
  });

  test('that name a population or component need it granted now, by the name governance knows', () => {
    const files = edited({
      'deployment.yml': [
        'project_number',
        'population_permissions: [everybody, late]\ncomponent_permissions: [events]\nproject_number',
      ],
    });
    const entry = (name: string, from: string, until: string) =>
      `${name}:\n  steward_team: sp-board\n  ask: https://research.example.edu/x\n  grants: [{project: ns-2026-014, from: ${from}, until: ${until}, reason: r, ref: x}]\n`;
    files.set(
      'permissions/populations.yml',
      entry('everybody', '2026-03-01', '2027-02-28') + entry('late', '2026-12-01', '2027-02-28'),
    );
    files.set('permissions/components.yml', entry('events', '2026-03-01', '2026-09-30'));
    const uses = { name: 'a', image: { name: 'python', tag: 'v2' }, isDatabase: false };
    const permissions = ['everybody', 'late', 'events', 'moon'];
    const asked = { project: PROJECT, actions: [{ ...uses, permissions }] };
    expect(accessFindings(aGovernance(files), asked, AT)).toMatchObject([
      { code: 'access.permission-not-granted', lacks: [{ kind: 'population', name: 'late' }] },
      {
        code: 'access.permission-not-granted',
        message: '"a" uses the component "events", which is not granted to project "ns-2026-014".',
        hint: 'Ask northshire-research/sp-board for "events" at https://research.example.edu/x.',
        lacks: [{ kind: 'component', name: 'events' }],
      },
      { code: 'access.permission-unknown' },
    ]);
  });

  test('on a backend without datasets have nothing to be granted', () => {
    expect(
      found([aQuery('select 1 from results')], { [P]: ['backends: [attainment]', 'backends: [rehearsal]'] }),
    ).toEqual([]);
  });

  test('are told when the project as a whole runs nothing', () => {
    expect(found([], { [P]: ['backends: [attainment]', 'backends: []'] })).toEqual([
      'error -: Project "ns-2026-014" is not approved for any backend. Ask the governance team to add one to projects/ns-2026-014.yml. (access.no-backend)',
    ]);
    expect(found([], { [P]: ['status: ongoing', 'status: retired'] })).toEqual([
      'error -: Project "ns-2026-014" is retired. Ask the governance team to reopen it. (run.project-closed)',
    ]);
    expect(found([], {}, 'x')).toEqual([
      'error -: There is no project "x". Ask the governance team which project this repository belongs to. (run.project-unknown)',
    ]);
  });
});

test.each([
  ['select * from a', ['a']],
  ['select * from "A"."B" join [c] on 1=1', ['a', 'b', 'c']],
  ['select * from a x, b as y, c where 1', ['a', 'b', 'c']],
  ["select 'from z' -- from y\n/* join x */ from a", ['a']],
  ['select 1', []],
  ['select * from (select * from inner_table) t', ['inner_table']],
])('tables named in: %s', (sql, names) => {
  expect([...tablesNamed([sql])]).toEqual(names);
});
