/** Whose approval of a change counts, how many it takes, and every way to get round it. */
import { describe, expect, test } from '@jest/globals';
import { approving, type SeenPull, type SeenReview } from '../../src/governance/governance.ts';
import { AT, aGovernance, edited, governanceFiles, PEOPLE, PROJECT } from '../support/governance.ts';

const BOARD = [5550141, 5550142, 5550143] as const;
const STEWARD = 5550151;
const TECH = 5550152;
const FILE = `projects/${PROJECT}.yml`;
const HEAD = 'a'.repeat(40);
const AUTHOR = 5550190;

/** The example with a board of three, a data steward and somebody of tech support. */
function files(changes: Record<string, string> = {}): Map<string, string> {
  const all = governanceFiles();
  const more = [...BOARD, STEWARD, TECH];
  const people = more.map((id) => `- {id: ${id}, login: p${id}, name: P${id}, until: 2027-08-31}\n`);
  const member = (id: number): string => `    - {id: ${id}, until: 2027-01-31, reason: r, ref: GOV-2}\n`;
  all.set('people.yml', all.get('people.yml')! + people.join(''));
  all.set(
    'teams.yml',
    `${all.get('teams.yml')!}${BOARD.map(member).join('')}- role: tech_support
  team: sp-tech
  members:
${member(TECH)}- role: output_publisher
  team: sp-data-stewards
  members:
${member(STEWARD)}`,
  );
  for (const [path, text] of Object.entries(changes)) all.set(path, text);
  return all;
}

const before = aGovernance(files());

function changed(path: string, from: string | RegExp, to: string) {
  const text = files().get(path) ?? '';
  const now = text.replace(from, to);
  if (now === text && path in Object.fromEntries(files()))
    throw new Error(`${path} does not hold ${String(from)}`);
  return aGovernance(files({ [path]: now || to }), 'd'.repeat(40));
}

const MEMBER = changed(
  FILE,
  'papers: []',
  `  - {id: ${PEOPLE.stranger}, roles: [developer], until: 2027-01-31, reason: r, ref: g}\npapers: []`,
);
const GRANT = changed(
  'permissions/datasets.yml',
  /( {2}ask: \S+exclusions\n)/,
  `$1  grants:\n    - {project: ${PROJECT}, from: 2026-10-01, until: 2027-01-31, reason: r, ref: g}\n`,
);

const yes = (person: number, more: Partial<SeenReview> = {}): SeenReview => ({
  ...{ person, login: `p${person}`, bot: false, state: 'APPROVED', commit: HEAD },
  ...more,
});
const PULL: SeenPull = {
  ...{ head: HEAD, author: AUTHOR, writers: [AUTHOR], pushers: [], askedByNobody: false, files: [FILE] },
};

function count(
  reviews: readonly SeenReview[],
  {
    after = MEMBER,
    pull = {},
    at = AT,
  }: { after?: typeof before; pull?: Partial<SeenPull>; at?: number } = {},
) {
  const change = { inForce: before, before, after };
  return approving(change, { ...PULL, ...pull }, { reviews, at });
}

describe('who counts', () => {
  test('a person of governance who approved the head, and nobody twice', () => {
    const [one] = BOARD;
    expect(count([yes(one)])).toMatchObject({ ok: true, counted: [{ person: one }], others: [] });
    expect(count([yes(one), yes(one)]).counted).toHaveLength(1);
    expect(count([]).ok).toBe(false);
  });

  test('by number: a login that changed is the same person, and one that was taken over is another', () => {
    const [one] = BOARD;
    expect(count([yes(one, { login: 'renamed' })]).ok).toBe(true);
    expect(count([yes(PEOPLE.collaborator, { login: `p${one}` })])).toMatchObject({
      ...{ ok: false, others: [{ person: PEOPLE.collaborator, why: 'role' }] },
    });
  });

  test.each<[string, SeenReview, Partial<SeenPull>, string]>([
    ['a bot', yes(BOARD[0], { bot: true }), {}, 'bot'],
    ['who opened it', yes(BOARD[0]), { author: BOARD[0] }, 'author'],
    ['who wrote a commit', yes(BOARD[0]), { writers: [AUTHOR, BOARD[0]] }, 'writer'],
    ['who pushed to it', yes(BOARD[0]), { pushers: [BOARD[0]] }, 'pusher'],
    ['who had it proposed', yes(BOARD[0]), { askedBy: BOARD[0] }, 'asked'],
    ['an approval of an earlier commit', yes(BOARD[0], { commit: 'b'.repeat(40) }), {}, 'old'],
    ['an approval of no commit', yes(BOARD[0], { commit: null }), {}, 'old'],
    ['a dismissed approval', yes(BOARD[0], { state: 'DISMISSED' }), {}, 'dismissed'],
    ['a comment', yes(BOARD[0], { state: 'COMMENTED' }), {}, 'commented'],
    ['somebody of another role', yes(PEOPLE.checker), {}, 'role'],
    ['a stranger', yes(424242), {}, 'role'],
  ])('not %s', (_what, review, pull, why) => {
    expect(count([review], { pull })).toMatchObject({ ok: false, counted: [], others: [{ why }] });
  });

  test('not whose role has ended, and not whose registration has', () => {
    const later = Date.parse('2027-02-01T12:00:00Z');
    expect(count([yes(BOARD[0])], { at: later }).others).toMatchObject([{ why: 'role' }]);
    const much = Date.parse('2028-02-01T12:00:00Z');
    expect(count([yes(STEWARD)], { after: GRANT, at: much }).others).toMatchObject([{ why: 'role' }]);
  });

  test('not whoever gains from it, by whatever way', () => {
    const self = changed(
      FILE,
      'papers: []',
      `  - {id: ${BOARD[0]}, roles: [developer], until: 2027-01-31, reason: r, ref: g}\npapers: []`,
    );
    expect(count([yes(BOARD[0])], { after: self }).others).toMatchObject([{ why: 'gains' }]);
    expect(count([yes(BOARD[1])], { after: self }).ok).toBe(true);
    // As a member of the project that may read more.
    const inside = {
      inForce: aGovernance(
        files({
          [FILE]: files()
            .get(FILE)!
            .replace(String(PEOPLE.collaborator), String(BOARD[0]))
            .replace(/copilot: .*\n/, ''),
        }),
      ),
    };
    const after = { ...GRANT, projects: inside.inForce.projects };
    const found = approving({ ...inside, before: inside.inForce, after }, PULL, {
      reviews: BOARD.map((id) => yes(id)),
      at: AT,
    });
    expect(found.others).toMatchObject([{ person: BOARD[0], why: 'gains' }]);
    const copilot = aGovernance(
      files({
        [FILE]: files().get(FILE)!.replace(`copilot: {id: ${PEOPLE.copilot}`, `copilot: {id: ${BOARD[0]}`),
      }),
    );
    const two = approving(
      { inForce: copilot, before: copilot, after: { ...GRANT, projects: copilot.projects } },
      PULL,
      { reviews: [yes(BOARD[0])], at: AT },
    );
    expect(two.others).toMatchObject([{ why: 'gains' }]);
    const team = changed(
      'teams.yml',
      `- {id: ${BOARD[2]}, until: 2027-01-31`,
      `- {id: ${BOARD[2]}, until: 2027-06-30`,
    );
    expect(count([yes(BOARD[2])], { after: team }).others).toMatchObject([{ why: 'gains' }]);
  });

  test.each([
    [
      'a repository that may stay private',
      '{id: 70011, visibility: private}',
      '{id: 70011, visibility: private, exempt: {reason: r, ref: g}}',
    ],
    ['a workspace that is opened again', '', ''],
  ])('not who is in the project of %s', (_what, from, to) => {
    const own = files().get(FILE)!.replace(String(PEOPLE.collaborator), String(BOARD[0]));
    const [was, is] = from
      ? [own, own.replace(/\{id: 70011, visibility: private[^}]*\}/, to)]
      : [`${own}archived: [absence-main]\n`, own];
    expect(is).not.toBe(was);
    const inForce = aGovernance(files({ [FILE]: was }));
    const after = aGovernance(files({ [FILE]: is }));
    const found = approving({ inForce, before: inForce, after }, PULL, { reviews: [yes(BOARD[0])], at: AT });
    expect(found).toMatchObject({ ok: false, others: [{ person: BOARD[0], why: 'gains' }] });
  });

  test('who asks for changes holds it back until they say otherwise; a comment says nothing', () => {
    const no = yes(BOARD[0], { state: 'CHANGES_REQUESTED' });
    expect(count([yes(BOARD[1]), no])).toMatchObject({ ok: false, objecting: [{ person: BOARD[0] }] });
    expect(count([no, yes(BOARD[0])]).ok).toBe(true);
    expect(count([yes(BOARD[0]), yes(BOARD[0], { state: 'COMMENTED' })]).ok).toBe(true);
    expect(count([yes(BOARD[0]), no]).ok).toBe(false);
    expect(count([yes(BOARD[1]), yes(424242, { state: 'CHANGES_REQUESTED' })]).ok).toBe(true);
    expect(count([yes(BOARD[1]), { ...no, bot: true }]).ok).toBe(true);
    expect(count([yes(BOARD[1]), yes(BOARD[0], { state: 'PENDING' })]).others).toEqual([]);
  });

  test('nothing is counted when nobody knows who wrote it, or for whom', () => {
    const all = BOARD.map((id) => yes(id));
    expect(count(all, { pull: { writers: [AUTHOR, null] } })).toMatchObject({
      ok: false,
      faults: ['unknown-writer'],
    });
    expect(count(all, { pull: { askedByNobody: true } })).toMatchObject({
      ok: false,
      faults: ['unknown-asker'],
    });
  });
});

describe('how many it takes', () => {
  const takes = (after: typeof before, list: string[] = [FILE]): Record<string, number> =>
    Object.fromEntries(
      count([], { after, pull: { files: list } }).demands.map(({ what, number }) => [what, number]),
    );
  const person = '- {id: 5550199, login: new, name: New, until: 2027-08-31}\n';

  test.each<[string, typeof before, Record<string, number>]>([
    ['a member', MEMBER, { membership: 1 }],
    ['a person', changed('people.yml', /$/, person), { membership: 1 }],
    ['a grant of a dataset', GRANT, { permissions: 2 }],
    [
      'a backend for a person',
      changed(
        'people.yml',
        '{id: attainment, until: 2027-08-31}',
        '{id: attainment, until: 2027-08-31}, {id: rehearsal, until: 2027-08-31}',
      ),
      { permissions: 2 },
    ],
    [
      'a backend for a project',
      changed(FILE, 'backends: [attainment]', 'backends: [attainment, rehearsal]'),
      { permissions: 2 },
    ],
    [
      'another steward',
      changed('permissions/datasets.yml', 'sp-data-stewards', 'sp-others'),
      { permissions: 2 },
    ],
    ['a longer project', changed(FILE, /^until: 2027-02-28/m, 'until: 2027-03-31'), { application: 2 }],
    ['another lay summary', changed(FILE, 'What absence', 'Why absence'), { application: 2 }],
    [
      'a paper',
      changed(FILE, 'papers: []', 'papers: [{title: A, authors: [B], on: 2026-10-01, state: preprint}]'),
      { membership: 1 },
    ],
    [
      'a team',
      changed('teams.yml', `- {id: ${BOARD[2]}, until: 2027-01-31`, `- {id: ${BOARD[2]}, until: 2027-06-30`),
      { others: 2 },
    ],
    ['the rules', changed('policies.yml', 'permissions: 2', 'permissions: 1'), { others: 2 }],
    [
      'an image',
      changed(
        'images.yml',
        /$/,
        `- {name: r, version: v1, image: northshire-images/r, digest: 'sha256:${'7'.repeat(64)}'}\n`,
      ),
      { images: 2 },
    ],
    [
      'an alert',
      changed(
        'alerts.yml',
        /$/,
        '- {id: a, level: info, title: T, text: x, from: 2026-10-01, until: 2026-10-02}\n',
      ),
      { alerts: 1 },
    ],
    ['nothing that counts', before, { membership: 1 }],
  ])('%s', (_what, after, needs) => {
    expect(takes(after)).toEqual(needs);
  });

  test('a project that is new, with all that comes with it, takes what an application takes', () => {
    const text = files()
      .get(FILE)!
      .replace('id: ns-2026-014', 'id: ns-2026-015')
      .replace('NS-2026-014', 'NS-2026-015')
      .replace('70011', '70012')
      .replace('absence-study', 'other-study');
    expect(takes(aGovernance(files({ 'projects/ns-2026-015.yml': text })))).toEqual({
      application: 2,
      permissions: 2,
    });
  });

  test('stopping a project takes nobody, going back to work somebody', () => {
    const stopped = changed(
      FILE,
      'status: ongoing',
      'status: retired\nstatus_since: 2026-10-01\nstatus_reason: no money',
    );
    expect(takes(stopped)).toEqual({ status: 0 });
    expect(count([], { after: stopped }).ok).toBe(true);
    const back = approving({ inForce: stopped, before: stopped, after: before }, PULL, {
      reviews: [],
      at: AT,
    });
    expect(back).toMatchObject({
      ok: false,
      demands: expect.arrayContaining([expect.objectContaining({ what: 'status', number: 1 })]) as unknown,
    });
    const more = changed(FILE, 'status: ongoing', 'status: retired\nconflicts: [5550110]');
    expect(takes(more)).toEqual({ status: 0, application: 2 });
  });

  test('nothing comes with it unseen: neither what no sentence names, nor another file', () => {
    const stopped = ['status: ongoing', 'status: retired\nstatus_reason: no money'] as const;
    const text = files()
      .get(FILE)!
      .replace(...stopped);
    const reference = text.replace(/ref: [\w-]+/, 'ref: GOV-999');
    expect(reference).not.toBe(text);
    expect(takes(aGovernance(files({ [FILE]: reference })))).toEqual({ status: 0, membership: 1 });
    const alone = aGovernance(files({ [FILE]: text }));
    expect(takes(alone, [FILE])).toEqual({ status: 0 });
    expect(takes(alone, [FILE, 'people.yml'])).toEqual({ status: 0, membership: 1 });
  });

  test('a file that is none of governance takes the most there is', () => {
    expect(takes(MEMBER, [FILE, 'CODEOWNERS'])).toEqual({ membership: 1, files: 2 });
  });

  test('as many as governance in force says: a change does not lower what it takes itself', () => {
    const policies = 'approvals: {membership: 3, images: 1, alerts: 4}\n';
    const strict = aGovernance(files({ 'policies.yml': policies }));
    const lowered = { ...MEMBER, policies: { ...MEMBER.policies, approvals: { membership: 1 } } };
    const found = approving({ inForce: strict, before: strict, after: lowered }, PULL, {
      reviews: [],
      at: AT,
    });
    expect(found.demands.map(({ what, number }) => [what, number])).toEqual(
      expect.arrayContaining([
        ['membership', 3],
        ['others', 4],
      ]),
    );
    const image = { ...strict, images: before.images.slice(1), alerts: [] };
    const one = approving({ inForce: strict, before: strict, after: image }, PULL, { reviews: [], at: AT });
    expect(one.demands).toMatchObject([{ what: 'images', number: 1 }]);
  });

  test('data stewards count for what they grant, tech support for images, and for nothing else', () => {
    expect(count([yes(STEWARD), yes(BOARD[0])], { after: GRANT }).ok).toBe(true);
    expect(count([yes(STEWARD)], { after: MEMBER }).others).toMatchObject([{ why: 'role' }]);
    const image = { ...before, images: before.images.slice(1) };
    expect(count([yes(TECH), yes(BOARD[0])], { after: image }).ok).toBe(true);
    expect(count([yes(TECH)], { after: GRANT }).others).toMatchObject([{ why: 'role' }]);
    const both = { ...MEMBER, images: image.images };
    expect(count([yes(TECH), yes(PEOPLE.governor)], { after: both }).ok).toBe(true);
    expect(count([yes(TECH), yes(424242)], { after: both }).demands).toMatchObject([
      { what: 'membership', counted: 0 },
      { what: 'images', counted: 1 },
    ]);
  });

  test('populations and components have stewards of their own', () => {
    const table = (grants: string): string =>
      `opted:\n  steward_team: sp-data-stewards\n  ask: https://research.example.edu/ask\n  grants: [${grants}]\n`;
    const named = {
      'deployment.yml': edited({
        'deployment.yml': [
          'project_number:',
          'population_permissions: [opted]\ncomponent_permissions: [opted]\nproject_number:',
        ],
      }).get('deployment.yml')!,
    };
    const grant = `{project: ${PROJECT}, from: 2026-10-01, until: 2027-01-31, reason: r, ref: g}`;
    const at = (p: string, c: string) =>
      aGovernance(
        files({ ...named, 'permissions/populations.yml': table(p), 'permissions/components.yml': table(c) }),
      );
    for (const [p, c] of [
      [grant, ''],
      ['', grant],
    ] as const) {
      const inForce = at('', '');
      const found = approving({ inForce, before: inForce, after: at(p, c) }, PULL, {
        reviews: [yes(STEWARD), yes(BOARD[0])],
        at: AT,
      });
      expect(found).toMatchObject({
        ok: true,
        demands: [{ what: 'permissions', teams: ['sp-data-stewards'] }],
      });
    }
    const other = aGovernance(
      files({
        ...named,
        'permissions/populations.yml': table('').replace('sp-data-stewards', 'sp-x'),
        'permissions/components.yml': table(''),
      }),
    );
    const inForce = at('', '');
    // Whoever is named in the change itself does not yet grant anything.
    expect(
      approving({ inForce, before: inForce, after: other }, PULL, { reviews: [], at: AT }).demands,
    ).toMatchObject([{ teams: ['sp-data-stewards'] }, { teams: ['sp-data-stewards'] }].slice(0, 1));
  });
});
