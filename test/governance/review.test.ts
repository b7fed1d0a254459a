import { describe, expect, test } from '@jest/globals';
import {
  offDuty,
  readGovernance,
  reviewRepository,
  viewerKeys,
  type Governance,
} from '../../src/governance/governance.ts';
import { aGovernance, AT, COMMIT, edited, KEYS, PEOPLE, PROJECT } from '../support/governance.ts';

type Edits = Parameters<typeof edited>[0];

/** The example with more lines at the end of `policies.yml`. */
const policies = (text: string): Edits => ({
  'policies.yml': ['closing_days: 14\n', `closing_days: 14\n${text}`],
});
const checker = (text: string): Edits => ({ 'teams.yml': ['reason: rota', `reason: rota, ${text}`] });
const codes = (edits: Edits): string[] =>
  readGovernance(edited(edits), COMMIT)
    .findings.filter(({ severity }) => severity === 'error')
    .map(({ path, code, message }) => `${path}: ${message} (${code})`);

describe('policies.yml', () => {
  test('says nothing about reviews and gets the standard', () => {
    expect(aGovernance().policies).toMatchObject({
      review: {
        blind: 'open',
        confirm: false,
        signingCode: 'optional',
        sameOrganisation: true,
        training: 'required',
        policyText: { version: '1' },
        bots: [],
        commitEmailsOfNobody: [],
      },
      publish: { dataOwnerReference: 'required' },
      calendar: { weekend: [6, 0], holidays: [] },
      outputs: { packs: ['people', 'england-health'] },
    });
  });

  test('sets every one of them', () => {
    const text = `review:
  blind: strict
  confirm: true
  signing_code: required
  same_organisation: false
  training: not_required
  types: [csv, png]
  policy_text: {version: 2026-11, text: I have rounded all counts.}
  bots: [{id: 700, commit_emails: [robot@example.edu]}]
  commit_emails_of_nobody: [root@old-server.example.edu]
publish: {data_owner_reference: optional}
calendar: {weekend: [friday, saturday], holidays: [2026-12-25]}
`;
    expect(aGovernance(edited(policies(text))).policies).toMatchObject({
      review: {
        blind: 'strict',
        confirm: true,
        signingCode: 'required',
        sameOrganisation: false,
        training: 'not_required',
        types: ['csv', 'png'],
        policyText: { version: '2026-11', text: 'I have rounded all counts.' },
        bots: [{ id: 700, commitEmails: ['robot@example.edu'] }],
        commitEmailsOfNobody: ['root@old-server.example.edu'],
      },
      publish: { dataOwnerReference: 'optional' },
      calendar: { weekend: [5, 6], holidays: ['2026-12-25'] },
    });
  });

  test.each<[string, string, RegExp]>([
    ['an unknown word', 'review: {blind: half}\n', /"blind" must be one of "open", "strict"/],
    [
      'a word that publishing does not know',
      'publish: {data_owner_reference: maybe}\n',
      /"data_owner_reference" must be one of "required", "optional"/,
    ],
    ['an unknown setting', 'review: {checkers: 1}\n', /Unknown key "checkers"/],
    [
      'a week without work',
      `calendar: {weekend: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]}\n`,
      /at most six days/,
    ],
    ['a day that is none', 'calendar: {holidays: [2026-12-32]}\n', /a day like 2027-02-28/],
    ['no weekday', 'calendar: {weekend: [someday]}\n', /must be one of "sunday"/],
    [
      'a person’s address as nobody’s',
      'review: {commit_emails_of_nobody: [ROWAN@example.edu]}\n',
      /The address "ROWAN@example.edu" is given twice/,
    ],
    [
      'a bot with a person’s address',
      'review: {bots: [{id: 700, commit_emails: [rowan@example.edu]}]}\n',
      /The address "rowan@example.edu" is given twice/,
    ],
  ])('%s is a fault on its line', (_what, text, expected) => {
    expect(codes(policies(text)).join('\n')).toMatch(expected);
  });

  test('a rule pack that does not exist is a fault that lists those that do', () => {
    const edit: Edits = { 'policies.yml': ['csv_rows: 5000', 'csv_rows: 5000, packs: [people, moon]'] };
    expect(codes(edit)).toEqual([
      expect.stringMatching(/^policies.yml: This entry must be one of people, .*\(governance.value\)$/),
    ]);
  });
});

test('a project names when its work began, and who may not check it', () => {
  const P = `projects/${PROJECT}.yml`;
  expect(aGovernance().projects[0]).toMatchObject({ start: '2026-03-01', conflicts: [] });
  const more = (text: string): Edits => ({ [P]: ['papers: []', `papers: []\n${text}`] });

  expect(
    aGovernance(edited(more(`start: 2026-01-01\nconflicts: [${PEOPLE.checker}]`))).projects[0],
  ).toMatchObject({
    start: '2026-01-01',
    conflicts: [PEOPLE.checker],
  });
  expect(codes(more('conflicts: [42]'))).toEqual([
    `${P}: There is no person "42". (governance.unknown-reference)`,
  ]);
});

test('review repositories need one for everybody else', () => {
  const g = aGovernance(
    edited({ 'deployment.yml': ['{default: 9005}', '{default: 9005, riverside-university: 9006}'] }),
  );
  expect(reviewRepository(g, PROJECT)).toBe(9006);
  expect(reviewRepository(aGovernance(), PROJECT)).toBe(9005);
  expect(reviewRepository(aGovernance(), 'unknown')).toBe(9005);
  const named = 'northshire-research/reviews.2';
  expect(
    reviewRepository(
      aGovernance(edited({ 'deployment.yml': ['{default: 9005}', `{default: ${named}}`] })),
      PROJECT,
    ),
  ).toBe(named);
  for (const wrong of ['reviews', '../reviews', 'a/..', 'a/b/c', '-a/b', '9005.5'])
    expect(codes({ 'deployment.yml': ['{default: 9005}', `{default: ${wrong}}`] })).toEqual([
      expect.stringContaining('owner/name of one that the steward makes'),
    ]);
  expect(codes({ 'deployment.yml': ['{default: 9005}', '{riverside-university: 9006}'] })).toEqual([
    'deployment.yml: The review repositories name none for everybody else: add "default". (governance.missing-key)',
  ]);
});

test('an airlock speaks with the viewer keys of an active backend, and no agent does', () => {
  const key = [expect.objectContaining({ key: KEYS.viewer.publicText })];
  expect(viewerKeys(aGovernance(), 'attainment', AT)).toEqual(key);
  expect(viewerKeys(aGovernance(), 'rehearsal', AT)).toEqual([]);
  const off = aGovernance(edited({ 'backends.yml': ['alert_after: PT5M', 'active: false'] }));
  expect(viewerKeys(off, 'attainment', AT)).toEqual([]);
});

describe('a checker is on duty', () => {
  // 2026-10-01 is a Thursday.
  const off = (g: Governance, day: string): number[] => offDuty(g, Date.parse(`${day}T12:00:00Z`));
  const none: number[] = [];
  const kim = [PEOPLE.checker];

  test.each<[string, Edits, string, number[]]>([
    ['always, when nothing is said', {}, '2026-10-01', none],
    ['on their days of the week', checker('working_days: [thursday]'), '2026-10-01', none],
    ['and not on others', checker('working_days: [monday, friday]'), '2026-10-01', kim],
    ['but what comes at a weekend waits for Monday', checker('working_days: [monday]'), '2026-10-03', none],
    ['who is not there on that Monday either', checker('working_days: [thursday]'), '2026-10-03', kim],
    ['not while they are away', checker('away: [{from: 2026-10-01, until: 2026-10-02}]'), '2026-10-02', kim],
    ['and again after it', checker('away: [{from: 2026-09-01, until: 2026-09-30}]'), '2026-10-01', none],
    [
      'or away when work begins again',
      checker('away: [{from: 2026-10-05, until: 2026-10-05}]'),
      '2026-10-03',
      kim,
    ],
  ])('%s', (_what, edits, day, expected) => {
    expect(off(aGovernance(edited(edits)), day)).toEqual(expected);
  });

  test('after a holiday on the day after it', () => {
    const files = edited(checker('working_days: [friday]'));
    files.set(
      'policies.yml',
      `${files.get('policies.yml')}calendar: {weekend: [], holidays: [2026-10-01]}\n`,
    );
    expect(off(aGovernance(files), '2026-10-01')).toEqual(none);
    expect(off(aGovernance(files), '2026-09-30')).toEqual(kim);
  });

  test('a year of holidays ends the search', () => {
    const day = (n: number): string =>
      new Date(Date.parse('2026-10-01') + n * 86_400_000).toISOString().slice(0, 10);
    const files = edited({});
    const holidays = Array.from({ length: 400 }, (_each, n) => day(n)).join(', ');
    files.set('policies.yml', `${files.get('policies.yml')}calendar: {holidays: [${holidays}]}\n`);
    expect(off(aGovernance(files), '2026-10-01')).toEqual(none);
  });

  test('and nobody is once their place has ended', () => {
    expect(off(aGovernance(edited(checker('working_days: [monday]'))), '2027-03-04')).toEqual(none);
  });

  test('only checkers have such days', () => {
    expect(codes({ 'teams.yml': ['reason: board', 'reason: board, working_days: [monday]'] })).toEqual([
      'teams.yml: This entry must be without working_days and away: only output checkers are assigned by them. (governance.value)',
    ]);
  });
});
