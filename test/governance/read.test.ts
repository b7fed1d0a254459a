import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { governanceSchemas, isGovernancePath, readGovernance } from '../../src/governance/governance.ts';
import { parseBytes, parseDuration } from '../../src/governance/values.ts';
import { aGovernance, COMMIT, edited, governanceFiles, KEYS, PEOPLE } from '../support/governance.ts';

/** Findings as people see them, without the warning that the example always has. What stands at the place is quoted: «…». */
function told(files: ReadonlyMap<string, string>): string[] {
  return readGovernance(files, COMMIT)
    .findings.filter((f) => f.code !== 'governance.image-without-digest')
    .map((f) => {
      const line = files.get(f.path)?.split('\n')[f.line - 1] ?? '';
      const there =
        /^[^\s,}\]]{0,20}/.exec(line.slice(f.column - 1))?.[0].replace(/ed25519:.*/, 'ed25519:…') ?? '';
      const hint = f.hint ? ` ${f.hint}` : '';
      return `${f.path} «${there}» ${f.severity === 'warning' ? 'warning: ' : ''}${f.message}${hint} (${f.code})`;
    });
}

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
  const GiB = 1024 ** 3;

  expect(attainment).toMatchObject({
    active: true,
    data: 'real',
    alertAfterMs: 300_000,
    limits: {
      cpus: 2,
      memoryBytes: 4 * GiB,
      pids: 512,
      diskBytes: 10 * GiB,
      timeMs: 86_400_000,
      logBytes: 20 * 1024 ** 2,
    },
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
    closing_days: 14,
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

describe('what is not plain YAML is refused:', () => {
  test.each([
    [
      'an anchor',
      'a: &x 1\n',
      'deployment.yml «1» Anchors ("&name") are not taken: write the value where it belongs. (governance.anchor)',
    ],
    [
      'an alias',
      'a: *x\n',
      'deployment.yml «*x» Aliases ("*name") are not taken: write the value where it belongs. (governance.alias)',
    ],
    ['a tag', 'a: !!str 1\n', 'deployment.yml «1» Tags ("!name") are not taken. (governance.tag)'],
    ['a custom tag', 'a: !x [1]\n', 'deployment.yml «[1» Tags ("!name") are not taken. (governance.tag)'],
    [
      'a merge key',
      '<<: {a: 1}\n',
      'deployment.yml «<<:» A key here must be a plain word; merge keys ("<<") are not taken. (governance.odd-key)',
    ],
    [
      'a complex key',
      '? [a]\n: 1\n',
      'deployment.yml «[a» A key here must be a plain word; merge keys ("<<") are not taken. (governance.odd-key)',
    ],
    [
      'an empty key',
      ': 1\n',
      'deployment.yml «:» A key here must be a plain word; merge keys ("<<") are not taken. (governance.odd-key)',
    ],
    [
      'a key twice',
      'a: 1\nb: 2\na: 3\n',
      'deployment.yml «a:» The key "a" is given twice. (governance.duplicate-key)',
    ],
    [
      'a longer key twice',
      'alpha: 1\nalpha : 3\n',
      'deployment.yml «alpha» The key "alpha" is given twice. (governance.duplicate-key)',
    ],
    [
      'a second document',
      'a: 1\n---\nb: 2\n',
      'deployment.yml «---» The file holds a second document ("---"). (governance.second-document)',
    ],
    [
      'a broken list',
      'a: [1\n',
      'deployment.yml «» This is not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]. (governance.yaml)',
    ],
    ['an empty file', '', 'deployment.yml «» The file is empty. (governance.empty)'],
    ['only a comment', '# later\n', 'deployment.yml «#» The file is empty. (governance.empty)'],
    [
      'endless nesting',
      '['.repeat(5000),
      'deployment.yml «[[[[[[[[[[[[[[[[[[[[» The file nests deeper than anyone can read. (governance.yaml)',
    ],
    [
      'a huge file',
      'a'.repeat(2_000_001),
      'deployment.yml «aaaaaaaaaaaaaaaaaaaa» The file is larger than 2000000 characters. (governance.too-large)',
    ],
  ])('%s', (_what, text, sentence) => {
    expect(told(governanceFiles({ 'deployment.yml': text }))).toContain(sentence);
  });
});

describe('the shape of a file:', () => {
  test.each([
    [
      'a mapping where a list belongs',
      'people.yml',
      'rowan: 1\n',
      'people.yml «rowan:» people.yml must be a list. (governance.value)',
    ],
    [
      'a list where a mapping belongs',
      'permissions/datasets.yml',
      '- a\n',
      'permissions/datasets.yml «-» permissions/datasets.yml must be a mapping of names to entries. (governance.value)',
    ],
    [
      'null where a mapping belongs',
      'permissions/datasets.yml',
      '~\n',
      'permissions/datasets.yml «~» permissions/datasets.yml must be a mapping of names to entries. (governance.value)',
    ],
    [
      'text where a mapping belongs',
      'deployment.yml',
      'hello\n',
      'deployment.yml «hello» This entry must be a mapping. (governance.value)',
    ],
    [
      'text where a person belongs',
      'people.yml',
      '- rowan\n',
      'people.yml «rowan» This entry must be a mapping. (governance.value)',
    ],
  ])('%s', (_what, path, text, sentence) => {
    expect(told(governanceFiles({ [path]: text }))).toContain(sentence);
  });

  test.each([
    ['deployment.yml', 'app_id: 4711', 'app_id: x', '«x» "app_id" must be a number. (governance.value)'],
    [
      'deployment.yml',
      'base_url: https://research',
      'base_url: http://research',
      '«http://research.exam» "base_url" must be an https address. (governance.value)',
    ],
    [
      'deployment.yml',
      "project_number: '^NS",
      "project_number: '^NS(",
      '«\'^NS(-20[0-9» "project_number" must be a regular expression. (governance.value)',
    ],
    [
      'deployment.yml',
      'repos: {governance: 9001}',
      'repos: {Governance: 9001}',
      '«Governance:» The key "Governance" is not a name. (governance.value)',
    ],
    [
      'deployment.yml',
      'id: northshire-schools',
      'id: 7',
      '«7» "id" must be text (quote it). (governance.value)',
    ],
    [
      'backends.yml',
      "agent: 'ed25519:",
      "agent: 'ed25519:x",
      '«\'ed25519:…» "agent" must be a key as "sallyport keygen" prints it: ed25519:…. (governance.value)',
    ],
    [
      'backends.yml',
      'memory: 4G',
      'memory: 4 gigs',
      '«4» "memory" must be a size like 512K, 20M or 4G. (governance.value)',
    ],
    [
      'backends.yml',
      'memory: 4G',
      'memory: 0G',
      '«0G» "memory" must be a size above zero. (governance.value)',
    ],
    [
      'backends.yml',
      'alert_after: PT5M',
      'alert_after: PT0S',
      '«PT0S» "alert_after" must be a duration above zero. (governance.value)',
    ],
    [
      'backends.yml',
      'data: dummy',
      'data: fake',
      '«fake» "data" must be one of "real", "dummy". (governance.value)',
    ],
    [
      'images.yml',
      ', database: true',
      ", image_id: 'sha256:" + '3'.repeat(64) + "'",
      '«\'sha256:333333333333» "digest" must be given alone, without an image_id. (governance.value)',
    ],
    [
      'images.yml',
      `, digest: 'sha256:${'2'.repeat(64)}'`,
      '',
      '«{name:» "digest" is missing. (governance.missing-key)',
    ],
    ['people.yml', '  name: Rowan Example\n', '', '«id:» "name" is missing. (governance.missing-key)'],
    [
      'people.yml',
      'rowan@example.edu',
      'rowan',
      '«rowan» This entry must be an e-mail address. (governance.value)',
    ],
    [
      'permissions/datasets.yml',
      'ask: https://research.example.edu/permissions/results',
      'ask: by letter',
      '«by» "ask" must be an https address. (governance.value)',
    ],
  ])('%s: %s → %s', (path, from, to, sentence) => {
    expect(told(edited({ [path]: [from, to] }))).toContain(`${path} ${sentence}`);
  });
});

describe('across the files:', () => {
  const P = 'projects/ns-2026-014.yml';
  test.each<[string, string, string, string]>([
    [
      'people.yml',
      '{id: attainment, until',
      '{id: attainmnt, until',
      '«attainmnt» There is no backend "attainmnt". Add it to backends.yml, or correct the name. (governance.unknown-reference)',
    ],
    [
      'people.yml',
      `id: ${PEOPLE.collaborator}`,
      `id: ${PEOPLE.lead}`,
      `«5550101» The person "${PEOPLE.lead}" is given twice. (governance.duplicate-id)`,
    ],
    [
      'people.yml',
      'ash-example',
      'Rowan-Example',
      '«Rowan-Example» The login "rowan-example" is given twice. (governance.duplicate-id)',
    ],
    [
      'people.yml',
      'attainment, until: 2027-08-31',
      'attainment, until: 2027-09-01',
      '«2027-09-01» This holds until 2027-09-01, later than the person (2027-08-31). Write 2027-08-31 or an earlier day. (governance.until-too-late)',
    ],
    [
      'people.yml',
      'expires: 2029-02-03',
      'expires: 2027-08-01',
      "«2027-08-31» This holds until 2027-08-31, later than the person's training (2027-08-01). Write 2027-08-01 or an earlier day. (governance.until-too-late)",
    ],
    [
      'people.yml',
      'DAA-77, expires: 2027-08-31',
      'DAA-77, expires: 2027-08-01',
      "«2027-08-31» This holds until 2027-08-31, later than the person's agreement (2027-08-01). Write 2027-08-01 or an earlier day. (governance.until-too-late)",
    ],
    [
      'people.yml',
      '{id: attainment, until',
      '{id: attainment, from: 2027-08-31, until',
      '«2027-08-31» "from" (2027-08-31) must be before "until" (2027-08-31). (governance.from-after-until)',
    ],
    [
      'people.yml',
      '  training: {course: safe-researcher, passed: 2026-02-03, expires: 2029-02-03}\n',
      '',
      '«{id:» warning: Without training on record this person cannot use "attainment", which holds real data. (governance.no-training)',
    ],
    [
      'teams.yml',
      `id: ${PEOPLE.checker}`,
      'id: 1',
      '«1» There is no person "1". Add it to people.yml, or correct the name. (governance.unknown-reference)',
    ],
    [
      'teams.yml',
      'scope: {orgs: [riverside-university]}',
      'scope: {projects: [other]}',
      '«other» There is no project "other". Add it to projects/, or correct the name. (governance.unknown-reference)',
    ],
    [
      'teams.yml',
      'until: 2027-01-31, reason: rota',
      'until: 2028-01-31, reason: rota',
      '«2028-01-31» This holds until 2028-01-31, later than the person (2027-08-31). Write 2027-08-31 or an earlier day. (governance.until-too-late)',
    ],
    [
      'teams.yml',
      'role: governance\n  team: sp-governance',
      'role: output_checker\n  team: sp-output-checkers',
      '«sp-output-checkers» The team "sp-output-checkers as output_checker" is given twice. (governance.duplicate-id)',
    ],
    [
      P,
      'backends: [attainment]',
      'backends: [attainment, none]',
      '«none» There is no backend "none". Add it to backends.yml, or correct the name. (governance.unknown-reference)',
    ],
    [
      P,
      `copilot: {id: ${PEOPLE.copilot}`,
      'copilot: {id: 2',
      '«2» There is no person "2". Add it to people.yml, or correct the name. (governance.unknown-reference)',
    ],
    [
      P,
      'support_until: 2026-04-01',
      'support_until: 2027-03-01',
      '«2027-03-01» This holds until 2027-03-01, later than the access (2027-02-28). Write 2027-02-28 or an earlier day. (governance.until-too-late)',
    ],
    [
      P,
      'access_until: 2027-02-28',
      'access_until: 2027-03-28',
      '«2027-03-28» This holds until 2027-03-28, later than the project (2027-02-28). Write 2027-02-28 or an earlier day. (governance.until-too-late)',
    ],
    [
      P,
      'until: 2027-02-28, reason: applicant',
      'until: 2027-03-28, reason: applicant',
      '«2027-03-28» This holds until 2027-03-28, later than the project (2027-02-28). Write 2027-02-28 or an earlier day. (governance.until-too-late)',
    ],
    [
      P,
      `id: ${PEOPLE.collaborator}, roles`,
      `id: ${PEOPLE.lead}, roles`,
      `«5550101» The member "${PEOPLE.lead}" is given twice. (governance.duplicate-id)`,
    ],
    [P, 'roles: [collaborator]', 'roles: []', '«[» "roles" must be at least one role. (governance.value)'],
    [
      P,
      'id: ns-2026-014',
      'id: ns-2026-015',
      '«ns-2026-015» The project\'s id is "ns-2026-015", so the file must be projects/ns-2026-015.yml. (governance.project-file)',
    ],
    [
      P,
      'number: NS-2026-014',
      'number: NS-26-14',
      '«NS-26-14» The number "NS-26-14" does not match ^NS-20[0-9]{2}-[0-9]{3}$. (governance.project-number)',
    ],
    [
      'permissions/datasets.yml',
      'project: ns-2026-014',
      'project: ns-1',
      '«ns-1» There is no project "ns-1". Add it to projects/, or correct the name. (governance.unknown-reference)',
    ],
    [
      'permissions/datasets.yml',
      'until: 2027-02-28',
      'until: 2027-03-28',
      '«2027-03-28» This holds until 2027-03-28, later than the project (2027-02-28). Write 2027-02-28 or an earlier day. (governance.until-too-late)',
    ],
    [
      'permissions/datasets.yml',
      'results:',
      'resits:',
      '«resits:» No backend has a dataset "resits". (governance.unknown-reference)',
    ],
    [
      'backends.yml',
      'id: rehearsal\n',
      'id: attainment\n',
      '«attainment» The backend "attainment" is given twice. (governance.duplicate-id)',
    ],
    [
      'backends.yml',
      `viewer: '${KEYS.viewer.publicText}'`,
      `viewer: '${KEYS.agent.publicText}'`,
      "«'ed25519:…» This key is used twice; every agent and viewer has its own. (governance.key-reused)",
    ],
    [
      'backends.yml',
      `    viewer: '${KEYS.viewer.publicText}'\n`,
      '',
      '«agent:» warning: This backend holds real data and has no viewer key: no output can be looked at or released. (governance.no-viewer-key)',
    ],
    [
      'backends.yml',
      `  keys: {agent: [{id: rehearsal-1, key: '${KEYS.rehearsal.publicText}', from: 2026-01-01, until: 2027-12-31}]}\n`,
      '',
      '«id:» warning: This backend is active and has no agent key: nothing can run on it. (governance.no-agent-key)',
    ],
    [
      'backends.yml',
      'from: 2026-01-01',
      'from: 2028-01-01',
      '«2028-01-01» "from" (2028-01-01) must be before "until" (2027-12-31). (governance.from-after-until)',
    ],
    [
      'backends.yml',
      'weight: 2}',
      'weight: 3}',
      '«3» A weight of 3 never fits the smaller pool, which has 2 slots: such a job would wait for ever. (governance.weight-too-heavy)',
    ],
    [
      'backends.yml',
      'weight: 1.5',
      'weight: 2.5',
      '«2.5» A weight of 2.5 never fits the smaller pool, which has 2 slots: such a job would wait for ever. (governance.weight-too-heavy)',
    ],
    [
      'images.yml',
      'version: v2',
      'version: v1',
      '«v1» The image "python:v1" is given twice. (governance.duplicate-id)',
    ],
  ])('%s: %s', (path, from, to, sentence) => {
    expect(told(edited({ [path]: [from, to] }))).toContain(`${path} ${sentence}`);
  });

  test('a key without end, and a pool without slots, are fine', () => {
    expect(told(edited({ 'backends.yml': [', from: 2026-01-01, until: 2027-12-31', ''] }))).toEqual([]);
    expect(told(edited({ 'backends.yml': ['database: 2', 'database: 0'] }))).toEqual([]);
  });

  test('a repository belongs to one project, a number to one', () => {
    const files = governanceFiles();
    files.set('projects/second.yml', files.get(P)!.replace('id: ns-2026-014', 'id: second'));

    expect(told(files)).toEqual([
      'projects/second.yml «NS-2026-014» The project number "NS-2026-014" is given twice. (governance.duplicate-id)',
      'projects/second.yml «70011» Repository 70011 already belongs to project "ns-2026-014". (governance.duplicate-id)',
    ]);
  });

  test.each([
    ['2028-01-01', '2027-10-01', 'later than the person (2027-08-31)'],
    ['2027-08-01', '2027-10-01', 'later than the person (2027-08-31)'],
    ['2029-02-03', '2027-05-01', "later than the person's agreement (2027-05-01)"],
  ])('of several limits the earliest is named: training %s, agreement %s', (training, agreement, words) => {
    const people = governanceFiles().get('people.yml')!;
    const changed = people
      .replace('expires: 2029-02-03', `expires: ${training === '2027-08-01' ? '2027-12-01' : training}`)
      .replace('DAA-77, expires: 2027-08-31', `DAA-77, expires: ${agreement}`)
      .replace('attainment, until: 2027-08-31', 'attainment, until: 2028-12-31');
    expect(told(governanceFiles({ 'people.yml': changed })).join('\n')).toContain(words);
  });

  test('a project without a co-pilot is complete', () => {
    const line = /copilot: .*\n/.exec(governanceFiles().get(P)!)![0];
    expect(told(edited({ [P]: [line, ''] }))).toEqual([]);
  });

  test('a fault in an entry does not make those who refer to it wrong', () => {
    expect(
      told(edited({ 'backends.yml': ['name: Pupil', 'nam: Pupil'] })).map((line) => line.split(' ')[0]),
    ).toEqual(['backends.yml', 'backends.yml']);
    expect(told(governanceFiles({ 'people.yml': '- [\n' })).map((line) => line.split(' ')[0])).toEqual([
      'people.yml',
    ]);
    expect(told(governanceFiles({ [P]: 'id: [\n' })).every((line) => line.startsWith(P))).toBe(true);
    expect(
      told(governanceFiles({ 'deployment.yml': 'id: 1\n' })).every((line) =>
        line.startsWith('deployment.yml'),
      ),
    ).toBe(true);
  });
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
    'forms/application.yml': '- *x',
  });
  expect(told(files)).toEqual([]);
  expect(
    ['people.yml', 'projects/a.yml', 'permissions/datasets.yml', 'people.yaml'].every(isGovernancePath),
  ).toBe(true);
  expect(['projects/a/b.yml', 'orgs.yml', 'x/people.yml'].some(isGovernancePath)).toBe(false);

  expect(told(governanceFiles({ 'projects/other.yaml': 'id: other\n' }))).toEqual([
    'projects/other.yaml «id:» projects/other.yaml would be ignored. Name it projects/other.yml. (governance.misnamed-file)',
  ]);
});

test('permissions are optional, and nothing is granted without them', () => {
  expect(aGovernance(governanceFiles({ 'permissions/datasets.yml': undefined })).datasets).toEqual([]);
});

test('editors get schemas that accept the example and refuse a misspelt key', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const schemas = governanceSchemas();
  const files = governanceFiles();
  const paths = Object.keys(schemas).map((path) => [path, path.replace('*', 'ns-2026-014')] as const);

  for (const [schema, path] of paths) {
    const check = ajv.compile(schemas[schema] as object);
    const value: unknown = parse(files.get(path)!);
    expect([path, check(value), check.errors]).toEqual([path, true, null]);
    expect(check({ wrong: 1 })).toBe(false);
  }
});
