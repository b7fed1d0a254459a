import { describe, expect, test } from '@jest/globals';
import { fc } from '../support/properties.ts';
import { moderateLimits } from '../../agent/runner/derive.ts';
import {
  agentKeys,
  backendById,
  datasetsGranted,
  isArchived,
  hasPermission,
  imageFor,
  loosens,
  mayDummyRun,
  mayRun,
  PERMISSIONS,
  personById,
  projectOfRepository,
  restrict,
  trustsExitCode,
  viewerKeys,
  type Governance,
  type PermissionId,
} from '../../src/governance/governance.ts';
import { canonicalJson } from '../../src/lib/canonical.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import {
  bars,
  committersOf,
  disclosurePolicy,
  knownPeople,
  peopleFacts,
  reviewPolicy,
  seatBars,
} from '../../src/release/release.ts';
import { aDraft } from '../release/world.ts';
import { NUMBERS } from '../deployments/here.ts';
import { aGovernance, edited, PEOPLE, PROJECT, withOutputs } from '../support/governance.ts';
import { BACKENDS, DAYS, EMAILS, IDS, IMAGES, PROJECTS, REPOSITORIES, twoVersions } from './two-versions.ts';

const noon = (day: string): number => Date.parse(`${day}T12:00:00Z`);

/** Everything a version gives, one line each: looked up by asking its rules, never its data. */
function given(g: Governance): Set<string> {
  const all = new Set<string>();
  const add = (yes: boolean, ...words: (string | number)[]): void => void (yes && all.add(words.join(' ')));
  for (const day of DAYS) {
    const at = noon(day);
    for (const project of [...PROJECTS, ...PROJECTS.map((id) => `${id}-old`)]) {
      for (const person of IDS) {
        add(!mayDummyRun(g, { person, project, at }), 'dummy', person, project, day);
        for (const backend of BACKENDS)
          add(!mayRun(g, { person, project, backend, at }), 'run', person, project, backend, day);
        for (const permission of Object.keys(PERMISSIONS) as PermissionId[])
          add(hasPermission(g, permission, { person, project }, at), permission, person, project, day);
        add(checks(g, person, project, at), 'check', person, project, day);
        for (const other of IDS) {
          const both = person !== other && checks(g, person, project, at) && checks(g, other, project, at);
          add(both && beside(g, person, other, project, at), 'beside', person, other, project, day);
        }
      }
      for (const backend of BACKENDS)
        for (const dataset of datasetsGranted(g, project, backend, at))
          add(true, 'reads', project, backend, dataset, day);
    }
    for (const backend of BACKENDS) {
      for (const { id, key } of agentKeys(g, backend, at)) add(true, 'agent', backend, id, key, day);
      for (const { id, key } of viewerKeys(g, backend, at)) add(true, 'viewer', backend, id, key, day);
      const on = backendById(g, backend);
      for (const name of on ? IMAGES : [])
        for (const database of [true, false]) {
          const image = imageFor(g, { name, tag: 'v1' }, { backend: on!, at, database });
          if (!isRefusal(image))
            add(true, 'image', backend, name, image.digest ?? 'none', String(database), day);
        }
    }
  }
  for (const name of IMAGES) add(trustsExitCode(g, { name, tag: 'v1' }), 'exit code', name);
  for (const backend of g.backends) add(backend.data === 'dummy', 'logs of', backend.id);
  for (const org of g.deployment.github.code_orgs) add(true, 'code of', org);
  for (const org of g.deployment.github.action_orgs) add(true, 'actions of', org);
  for (const [name, id] of Object.entries(g.deployment.github.repos)) add(true, 'repository', name, id);
  for (const repo of REPOSITORIES) add(true, 'owner', repo, projectOfRepository(g, repo)?.id ?? 'nobody');
  return all;
}

const DRAFT = aDraft();
const REQUEST = { ...DRAFT.request!, authors: [99] };

function checks(g: Governance, person: number, project: string, at: number): boolean {
  const people = peopleFacts(g, project, at);
  const facts = { ...DRAFT.facts, people };
  return Boolean(people[person]?.roles.includes('checker')) && bars(person, REQUEST, facts).length === 0;
}

function beside(g: Governance, person: number, other: number, project: string, at: number): boolean {
  const facts = { ...DRAFT.facts, people: peopleFacts(g, project, at) };
  const request = { ...REQUEST, seats: [{ checker: other, as: 'checker' as const, since: 0 }] };
  return seatBars(person, request, facts, reviewPolicy(g, { trust: 'zone' })).length === 0;
}

/** Who would be barred for these commits: more is stricter, and whoever is unknown bars all. */
function barredBy(g: Governance, project: string): { everybody: boolean; people: Set<number> } {
  const commits = DAYS.flatMap((day) =>
    [...EMAILS, '900+bot@users.noreply.github.com'].map((author) => ({
      at: noon(day) - 86_400_000,
      author,
      committer: author,
      coAuthors: [],
    })),
  );
  const deeds = committersOf(commits, knownPeople(g, project));
  return {
    everybody: deeds.some((deed) => !deed.known),
    people: new Set(deeds.flatMap((deed) => (deed.known ? [deed.person] : []))),
  };
}

const property = (holds: (a: Governance, b: Governance) => void): void =>
  fc.assert(
    fc.property(twoVersions, ([a, b]) => holds(a, b)),
    { numRuns: 150 },
  );

describe('of two versions', () => {
  test('nothing is given that one of them does not give', () => {
    let met = 0;
    property((a, b) => {
      const [ofA, ofB] = [given(a), given(b)];
      for (const right of given(restrict(a, b))) {
        if (right.startsWith('owner ') && right.endsWith('nobody')) continue;
        met += 1;
        if (!ofA.has(right) || !ofB.has(right)) throw new Error(`given by one only: ${right}`);
      }
    });
    expect(met).toBeGreaterThan(500);
  }, 120_000);

  test('whoever one of them bars for the commits is barred', () => {
    let met = 0;
    property((a, b) => {
      const now = restrict(a, b);
      // A project that one of them lacks is nobody's: nothing of it is released.
      const held = PROJECTS.filter((id) => now.projects.some((project) => project.id === id));
      for (const project of held) {
        const found = barredBy(now, project);
        for (const earlier of [barredBy(a, project), barredBy(b, project)]) {
          met += 1;
          if (found.everybody) continue;
          if (earlier.everybody) throw new Error('an unknown address bars nobody any more');
          const known = [...earlier.people].filter((id) => personById(now, id));
          for (const id of known) if (!found.people.has(id)) throw new Error(`${id} is free to check`);
        }
      }
    });
    expect(met).toBeGreaterThan(50);
  });

  test('every floor is as high as in both', () => {
    property((a, b) => {
      const now = restrict(a, b);
      for (const version of [a, b]) {
        const [is, was] = [reviewPolicy(now, { trust: 'hub' }), reviewPolicy(version, { trust: 'hub' })];
        expect(is.types.filter((type) => !was.types.includes(type))).toEqual([]);
        expect(is.maxFile).toBeLessThanOrEqual(was.maxFile);
        expect(is.blind === 'strict' || was.blind === 'open').toBe(true);
        expect(is.confirm || !was.confirm).toBe(true);
        expect(is.signingCode === 'required' || was.signingCode === 'optional').toBe(true);
        expect(is.sameOrganisation && !was.sameOrganisation).toBe(false);
        const [asks, asked] = [now, version].map(({ policies }) => policies.publish.dataOwnerReference);
        expect(asks === 'required' || asked === 'optional').toBe(true);
        const [scans, scanned] = [now, version].map(({ policies }) => policies.outputs.malware_scan);
        expect(scans === 'required' || scanned === 'optional').toBe(true);
        const [checked, before] = [disclosurePolicy(now, {}), disclosurePolicy(version, {})];
        expect(checked.threshold).toBeGreaterThanOrEqual(before.threshold);
        expect(checked.base).toBeGreaterThanOrEqual(before.base);
        expect(before.packs.filter((pack) => !checked.packs.includes(pack))).toEqual([]);
        const [limits, earlier] = [moderateLimits(now, {}), moderateLimits(version, {})];
        expect(limits.maxBytes).toBeLessThanOrEqual(earlier.maxBytes);
        expect(limits.maxRows).toBeLessThanOrEqual(earlier.maxRows);
        for (const [what, needed] of Object.entries(version.policies.approvals))
          expect(now.policies.approvals[what]).toBeGreaterThanOrEqual(needed);
        for (const backend of version.backends) {
          const kept = backendById(now, backend.id);
          for (const [limit, value] of Object.entries(backend.limits))
            expect(kept?.limits[limit as keyof typeof backend.limits] ?? 0).toBeLessThanOrEqual(value);
        }
      }
    });
  });

  test('a version beside itself is itself, and asking twice changes nothing', () => {
    property((a, b) => {
      expect(restrict(a, a)).toEqual(a);
      const once = restrict(a, b);
      expect(canonicalJson(restrict(once, b))).toBe(canonicalJson(once));
      expect(loosens(a, a)).toEqual([]);
    });
  });

  test('what loosens nothing acts whole, and what acts in part says what waits', () => {
    let [whole, part] = [0, 0];
    property((a, b) => {
      const waits = loosens(a, b);
      const same = canonicalJson(restrict(a, b)) === canonicalJson(b);
      expect(waits.length === 0).toBe(same);
      if (same) whole += 1;
      else part += 1;
      // What is left of a version gives nothing more than the version.
      expect(loosens(b, restrict(a, b)).filter(({ kind }) => kind === 'gains')).toEqual([]);
    });
    expect(Math.min(whole, part)).toBeGreaterThan(5);
  });
});

describe('in plain words, what waits of', () => {
  const P = `projects/${PROJECT}.yml`;
  type Edits = Parameters<typeof edited>[0];
  const waits = (edits: Edits, before: Edits = {}): string[] =>
    loosens(aGovernance(edited(before)), aGovernance(edited(edits))).map(
      ({ kind, text }) => `${kind}: ${text}`,
    );
  const taken = (edits: Edits, before: Edits = {}): Governance =>
    restrict(aGovernance(edited(before)), aGovernance(edited(edits)));
  const TRAINED = `login: kim-example, name: Kim Example, training: {course: c, passed: 2026-01-01, expires: 2027-01-01}`;

  test('a malware scan that is no longer asked for is one of them', () => {
    const scan = (value: string): Edits => ({
      'policies.yml': ['csv_rows: 5000', `csv_rows: 5000, malware_scan: ${value}`],
    });
    expect(waits(scan('required'))).toEqual([]);
    expect(waits(scan('optional'), scan('required'))).toEqual([
      'changes: Policies, outputs.malware_scan: "optional" instead of "required"',
    ]);
    expect(taken(scan('optional'), scan('required')).policies.outputs.malware_scan).toBe('required');
  });

  test.each<[string, Edits, string[]]>([
    [
      'a removed member',
      {
        [P]: [
          `  - {id: ${PEOPLE.collaborator}, roles: [collaborator], until: 2027-02-28, reason: writes up, ref: GOV-132}\n`,
          '',
        ],
      },
      [],
    ],
    ['another title', { [P]: ['Absence and exam results', 'Absence'] }, []],
    ['a stricter policy', { 'policies.yml': withOutputs('csv_rows: 100, suppress_at_or_below: 10') }, []],
    [
      'a looser policy',
      { 'policies.yml': withOutputs('suppress_at_or_below: 1') },
      [`changes: Policies, outputs.suppress_at_or_below: 1 instead of ${NUMBERS.threshold}`],
    ],
    [
      'a later end and an earlier one',
      { 'people.yml': ['2029-02-03', '2030-02-03'] },
      [
        'gains: Rowan Example (@rowan-example, 5550101) is trained (safe-researcher), until 2030-02-03 instead of until 2029-02-03',
      ],
    ],
    [
      'another person’s address',
      { 'people.yml': ['name: Kim Example,', 'name: Kim Example, commit_emails: [x@example.edu],'] },
      [expect.stringContaining('commitEmails: ["x@example.edu"] instead of []') as unknown as string],
    ],
    [
      'a condition that is gone',
      {
        [P]: [
          'conditions: [{id: c1, text: Ethics letter, met_on: 2026-03-05, blocks: [run]}]',
          'conditions: []',
        ],
      },
      [
        expect.stringContaining('blocking.c1') as unknown as string,
        'changes: Project ns-2026-014, conditions.c1: no longer "Ethics letter"',
      ],
    ],
    [
      'a later start of the project',
      { [P]: ['papers: []', 'papers: []\nstart: 2026-09-01'] },
      ['changes: Project ns-2026-014, start: "2026-09-01" instead of "2026-03-01"'],
    ],
  ])('%s', (_what, edits, expected) => {
    expect(waits(edits)).toEqual(expected);
  });

  test('a checker who stops being a member of the project does not become free to check it', () => {
    const member: Edits = {
      'people.yml': ['login: kim-example, name: Kim Example', TRAINED],
      [P]: ['papers: []', 'papers: []'],
    };
    const before: Edits = {
      ...member,
      [P]: [`id: ${PEOPLE.collaborator}, roles`, `id: ${PEOPLE.checker}, roles`],
    };
    const now = taken(member, before);

    expect(now.projects[0]).toMatchObject({ conflicts: [PEOPLE.checker] });
    expect(peopleFacts(now, PROJECT, noon('2026-10-01'))[PEOPLE.checker]?.roles).not.toContain('checker');
    expect(waits(member, before)).toContain(
      `loses: Kim Example (@kim-example, ${PEOPLE.checker}) may not check project ${PROJECT}`,
    );
  });

  test('a workspace is archived at once, and comes out of the archive with the approval', () => {
    const archived: Edits = { [P]: ['papers: []', 'papers: []\narchived: [study-main]'] };

    expect(waits(archived)).toEqual([]);
    expect(isArchived(taken(archived), 'study-main')).toBe(true);
    expect(waits({}, archived)).toEqual([`loses: Workspace study-main of project ${PROJECT} is archived`]);
    expect(isArchived(taken({}, archived), 'study-main')).toBe(true);
  });

  test('an image that changed under its name is neither the old nor the new', () => {
    expect(
      taken({ 'images.yml': ['sha256:2222', 'sha256:5222'] }).images.map(
        ({ name, version }) => `${name}:${version}`,
      ),
    ).toEqual(['python:v1', 'sqlrunner:v1', 'local:v1']);
  });

  test('a grant written twice, of which no sentence can tell', () => {
    const twice = 'backends: [{id: attainment, until: 2027-08-31}, {id: attainment, until: 2027-08-30}]';
    const longer = twice.replace('attainment, until: 2027-08-31', 'attainment, until: 2027-08-29');
    const once = 'backends: [{id: attainment, until: 2027-08-31}]';
    expect(waits({ 'people.yml': [once, twice] }, { 'people.yml': [once, longer] })).toEqual([
      'changes: Details that no sentence names',
    ]);
  });

  test('another organisation, and other numbers of approvals', () => {
    const edits: Edits = {
      'deployment.yml': ['id: 80001, login', 'id: 80002, login'],
      'policies.yml': ['{application: 2, permissions: 2}', '{application: 1, archive: 3}'],
    };
    const before: Edits = {
      'policies.yml': ['{application: 2, permissions: 2}', '{application: 2, export: 4}'],
    };
    const now = taken(edits, before);
    expect(now.deployment.github.org).toEqual({ id: 80001, login: 'northshire-research' });
    expect(now.policies.approvals).toMatchObject({ application: 2, archive: 3, export: 4 });
  });

  test('another identifier column', () => {
    const { id_column: own } = aGovernance().deployment.subject;
    expect(taken({ 'deployment.yml': [own, 'nothing'] }).deployment.subject.id_column).toBe(own);
  });
});
