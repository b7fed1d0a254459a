import { describe, expect, test } from '@jest/globals';
import { DEFAULT_POLICY as CHECKS } from '../../src/disclosure/disclosure.ts';
import {
  committersOf,
  disclosurePolicy,
  knownPeople,
  peopleFacts,
  reviewPolicy,
} from '../../src/release/release.ts';
import { NUMBERS } from '../deployments/here.ts';
import { aGovernance, AT, edited, PEOPLE, PROJECT, withOutputs } from '../support/governance.ts';

const governed = (outputs: string, review = '') => {
  const files = edited({ 'policies.yml': withOutputs(outputs) });
  files.set('policies.yml', `${files.get('policies.yml')}${review}`);
  return aGovernance(files);
};

describe('the policy of a review', () => {
  test('is the standard when nobody says anything', () => {
    expect(reviewPolicy(aGovernance(), { trust: 'hub' })).toEqual({
      trust: 'hub',
      blind: 'open',
      confirm: false,
      signingCode: 'optional',
      sameOrganisation: true,
      types: ['csv', 'jpeg', 'jpg', 'png', 'svg', 'svgz', 'txt', 'json'],
      maxFile: NUMBERS.maxFile,
      policyText: '1',
      freshMs: 900_000,
      workingDays: 5,
      incidentMs: 259_200_000,
    });
  });

  test('is as strict as governance wants it', () => {
    const g = governed(
      'working_days: 3, incident_hours: 24',
      'review: {blind: strict, confirm: true, signing_code: required, same_organisation: false, types: [csv, md], policy_text: {version: b, text: c}}\n',
    );
    expect(reviewPolicy(g, { trust: 'zone' })).toMatchObject({
      trust: 'zone',
      blind: 'strict',
      confirm: true,
      signingCode: 'required',
      sameOrganisation: false,
      types: ['csv'],
      policyText: 'b',
      workingDays: 3,
      incidentMs: 86_400_000,
    });
  });

  test('is never looser than the floors', () => {
    const g = governed('types: [csv, html, exe]');
    expect(reviewPolicy(g, { trust: 'hub' }).types).toEqual(['csv', 'html']);
    expect(reviewPolicy(g, { trust: 'hub', types: ['csv', 'jpg'], maxFile: 1000 })).toMatchObject({
      types: ['csv'],
      maxFile: 1000,
    });
    expect(reviewPolicy(g, { trust: 'hub', signingCode: 'required' }).signingCode).toBe('required');
    const asks = governed('types: [csv]', 'review: {signing_code: required}\n');
    expect(reviewPolicy(asks, { trust: 'hub', signingCode: 'optional' }).signingCode).toBe('required');
  });
});

describe('the policy of the automatic checks', () => {
  test('is what governance says', () => {
    expect(
      disclosurePolicy(governed('suppress_at_or_below: 10, round_to: 10, packs: [people]'), {}),
    ).toMatchObject({
      threshold: 10,
      base: 10,
      packs: ['people'],
      limits: { rows: NUMBERS.csvRows, bytes: NUMBERS.maxFile, depth: CHECKS.limits.depth },
    });
  });

  test('is never looser than the floors', () => {
    const g = governed('suppress_at_or_below: 0, round_to: 0');
    expect(disclosurePolicy(g, {})).toMatchObject({ threshold: 0, base: 1 });
    expect(disclosurePolicy(g, { threshold: 7, rounding: 5, maxFile: 2000, rows: 10 })).toMatchObject({
      threshold: 7,
      base: 5,
      limits: { bytes: 2000, rows: 10 },
    });
  });
});

describe('whose an address in the history is', () => {
  const g = governed(
    'working_days: 5',
    'review: {bots: [{id: 700, commit_emails: [robot@example.edu]}], commit_emails_of_nobody: [root@old.example.edu]}\n',
  );
  const deeds = (author: string, at = AT) =>
    committersOf([{ at, author, committer: author, coAuthors: [] }], knownPeople(g, PROJECT));

  test.each([
    ['a person’s', 'Rowan@example.edu', [{ known: true, deed: 'committed', person: PEOPLE.lead }]],
    ['nobody’s known', 'x@example.edu', [{ known: false, deed: 'committed', named: 'x@example.edu' }]],
    ['a bot’s', 'robot@example.edu', []],
    ['settled as nobody’s', 'root@old.example.edu', []],
    [
      'zero, which is nobody settled',
      '0+x@users.noreply.github.com',
      [{ known: true, deed: 'committed', person: 0 }],
    ],
  ])('%s', (_what, email, expected) => {
    expect(deeds(email)).toEqual(expected);
  });

  test('counts from the day on which the work began; of a project nobody knows, always', () => {
    expect(deeds('x@example.edu', Date.parse('2026-02-28T23:59:59Z'))).toEqual([]);
    expect(deeds('x@example.edu', Date.parse('2026-03-01T00:00:00Z'))).toHaveLength(1);
    const unknown = knownPeople(g, 'unknown');
    expect(
      committersOf([{ at: 0, author: 'x@e.org', committer: 'x@e.org', coAuthors: [] }], unknown),
    ).toHaveLength(1);
  });
});

describe('who may check', () => {
  const roles = (g = aGovernance()) => peopleFacts(g, PROJECT, AT)[PEOPLE.checker]?.roles;

  test('without training only where governance asks for none', () => {
    expect(roles()).toEqual([]);
    expect(roles(governed('working_days: 5', 'review: {training: not_required}\n'))).toEqual(['checker']);
  });

  test('and nobody who has a conflict', () => {
    const files = edited({
      [`projects/${PROJECT}.yml`]: ['papers: []', `papers: []\nconflicts: [${PEOPLE.checker}]`],
    });
    files.set('policies.yml', 'review: {training: not_required}\n');
    expect(roles(aGovernance(files))).toEqual([]);
  });
});
