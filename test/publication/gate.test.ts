import { describe, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import {
  decidePublication,
  publicationById,
  publicationsOf,
  publicFiles,
  requestPublication,
  settleAll,
  settleRelease,
  withdrawPublication,
} from '../../src/publication/publication.ts';
import { eachDatabase } from '../support/database.ts';
import {
  codeOf,
  FILES,
  must,
  OWNER,
  PUBLIC_STUDY,
  publicationDeps,
  publicationGovernance,
  RELEASE,
  REQUEST,
  WHO,
  type TestDeps,
} from '../support/publication.ts';

const PRIVATE = { ...PUBLIC_STUDY, private: true };
const ask = (deps: TestDeps, more: Partial<Parameters<typeof requestPublication>[1]> = {}) =>
  requestPublication(deps, {
    of: { release: RELEASE },
    actor: WHO.author,
    repository: PUBLIC_STUDY,
    ...more,
  });
const decide = (
  deps: TestDeps,
  publication: string,
  more: Partial<Parameters<typeof decidePublication>[1]> = {},
) =>
  decidePublication(deps, {
    publication,
    actor: WHO.publisher,
    decision: 'approve',
    repository: PUBLIC_STUDY,
    owner: OWNER,
    ...more,
  });

const of = (...numbers: number[]) => numbers.map((number) => ({ release: RELEASE, number }));

async function ledger({ db }: TestDeps): Promise<Record<string, unknown>[]> {
  const rows = await rowsOf<{ entry: string }>(db, sql`select entry from ledger_leaves order by id`);
  return rows.map(({ entry }) => {
    const { type, actor, body } = JSON.parse(entry) as {
      type: string;
      actor: string;
      body: { event: string };
    };
    return { type, actor, event: body.event };
  });
}

async function ownersInLedger({ db }: TestDeps): Promise<string[]> {
  const rows = await rowsOf<{ entry: string }>(db, sql`select entry from ledger_leaves order by id`);
  return rows.flatMap(({ entry }) => {
    const { actor, body } = JSON.parse(entry) as { actor: string; body: Record<string, string> };
    return body['owner_reference']
      ? [`${actor} ${body['event']} ${body['owner_reference']} ${body['owner_on']}`]
      : [];
  });
}

eachDatabase((open) => {
  async function world(changes: { publish?: number } = {}): Promise<TestDeps> {
    const deps = publicationDeps(await open(), publicationGovernance(changes));
    deps.releases.add();
    return deps;
  }

  test('a publication is asked for, approved by a further person, and then its files are public', async () => {
    const deps = await world();
    const draft = must(await ask(deps, { owner: OWNER }));
    expect(draft).toMatchObject({
      state: 'draft',
      requestedBy: WHO.author,
      needed: 1,
      owner: { ...OWNER, by: WHO.author },
      ownerMissing: false,
    });
    expect(draft.files.map(({ path, public: open }) => [path, open])).toEqual([
      ['output/table.csv', false],
      ['output/figure.svg', false],
      ['output/notes.txt', false],
    ]);
    expect(await publicFiles(deps, RELEASE)).toEqual([]);
    const approved = must(await decide(deps, draft.id));
    expect(approved).toMatchObject({ state: 'approved', approvals: [{ person: WHO.publisher }] });
    expect(approved.editions).toMatchObject([
      { number: 1, tag: `outputs-${draft.id}.1`, state: 'wanted', files: of(1, 2, 3) },
    ]);
    expect(await publicFiles(deps, RELEASE)).toEqual([1, 2, 3]);
    expect(deps.woken).toBeGreaterThan(1);
    expect(await ledger(deps)).toEqual([
      { type: 'publication', actor: `person:${WHO.author}`, event: 'requested' },
      { type: 'publication', actor: `person:${WHO.publisher}`, event: 'approved' },
    ]);
    expect(await rowsOf(deps.db, sql`select topic, subject from outbox`)).toEqual([
      { topic: 'publication', subject: draft.id },
    ]);
  });

  test('an identical set has one draft, whoever asks, and says it twice in no record', async () => {
    const deps = await world();
    const first = must(await ask(deps, { files: [2, 1, 1] }));
    const again = must(await ask(deps, { files: [1, 2], actor: WHO.lead }));
    expect(again.id).toBe(first.id);
    expect(again.requestedBy).toBe(WHO.author);
    expect(await ledger(deps)).toHaveLength(1);
    expect(must(await ask(deps, { files: [3] })).id).not.toBe(first.id);
  });

  test('without numbers the set is what is out and asked for nowhere else', async () => {
    const deps = await world();
    deps.releases.recall(RELEASE, 1);
    must(await ask(deps, { files: [2] }));
    const rest = must(await ask(deps));
    expect(rest.files.map(({ number }) => number)).toEqual([3]);
    expect(codeOf(await ask(deps))).toBe('publication.nothing-left');
  });

  test('asking again without numbers gives the publication that has them all', async () => {
    const deps = await world();
    const first = must(await ask(deps));
    expect(must(await ask(deps)).id).toBe(first.id);
    must(await decide(deps, first.id));
    expect(must(await ask(deps)).id).toBe(first.id);
  });

  test("a request's newest release is meant when none is named", async () => {
    const deps = await world();
    const release = `${REQUEST}-2`;
    deps.releases.add([{ path: 'output/later.csv', text: 'a\n5\n' }], { release, batch: 2 });
    expect(must(await ask(deps, { of: { request: REQUEST } })).releases).toEqual([release]);
    expect(codeOf(await ask(deps, { of: { request: 'nobodysrequest00' } }))).toBe('publication.no-release');
  });

  test.each([
    ['a release that is not here', { of: { release: 'x-1' } }, 'publication.no-release'],
    ['a stranger', { actor: WHO.stranger }, 'publication.not-yours'],
    ['a collaborator', { actor: WHO.collaborator }, 'publication.not-yours'],
    ['a checker', { actor: WHO.checker1 }, 'publication.not-yours'],
    ['a private repository', { repository: PRIVATE }, 'publication.private-repository'],
    ['another repository', { repository: { ...PUBLIC_STUDY, id: 1 } }, 'publication.other-repository'],
    ['a file that is not there', { files: [4] }, 'publication.no-file'],
    ['no file at all', { files: [] }, 'publication.no-file'],
    ['a reference of two lines', { owner: { reference: 'a\nb' } }, 'publication.bad-reference'],
    ['a letter for a reference', { owner: { reference: 'x'.repeat(101) } }, 'publication.bad-reference'],
    ['a reference that is Markdown', { owner: { reference: '[x](//evil)' } }, 'publication.bad-reference'],
    ['a day that is none', { owner: { ...OWNER, on: '2026-02-30' } }, 'publication.bad-day'],
    ['a day to come', { owner: { ...OWNER, on: '2026-11-21' } }, 'publication.bad-day'],
  ])('asking is refused: %s', async (_what, more, code) => {
    const deps = await world();
    expect(codeOf(await ask(deps, more))).toBe(code);
    expect(await publicationsOf(deps, {})).toEqual([]);
  });

  test('an author who left the project asks for nothing, a lead for everything', async () => {
    const deps = await world();
    deps.releases.edit(RELEASE, (facts) => ({ ...facts, author: WHO.stranger }));
    expect(codeOf(await ask(deps, { actor: WHO.stranger }))).toBe('publication.not-yours');
    expect(must(await ask(deps, { actor: WHO.lead })).requestedBy).toBe(WHO.lead);
  });

  test.each([
    ['a person without the role', WHO.stranger, 'publication.not-publisher'],
    ['a checker without the role', WHO.checker1, 'publication.not-publisher'],
    ['the author, who is a publisher too', WHO.author, 'publication.own-request'],
  ])('approving is refused to %s', async (_who, actor, code) => {
    const deps = await world();
    const draft = must(await ask(deps, { actor: WHO.lead }));
    expect(codeOf(await decide(deps, draft.id, { actor }))).toBe(code);
    expect(must(await publicationById(deps, draft.id)!)).toMatchObject({ state: 'draft', approvals: [] });
  });

  test('a publisher who checked a release of the set does not approve it, and may approve another set', async () => {
    const deps = await world();
    const second = `${REQUEST}-2`;
    const checkers = [WHO.checker2, WHO.checker3];
    deps.releases.add([{ path: 'a.csv', text: 'a', checkers }], { release: second, batch: 2 });
    const theirs = must(await ask(deps, { of: { release: second } }));
    const others = must(await ask(deps, { files: [2] }));
    expect(codeOf(await decide(deps, theirs.id, { actor: WHO.checker3 }))).toBe('publication.reviewed-them');
    expect(must(await decide(deps, others.id, { actor: WHO.checker3 })).state).toBe('approved');
  });

  test('a reviewer who was against it, and was overruled, does not approve it either', async () => {
    const deps = await world();
    // The third checker signed too; none of the approvals of a file names them.
    deps.releases.edit(RELEASE, (facts) => ({ ...facts, reviewers: [...facts.reviewers, WHO.checker3] }));
    const draft = must(await ask(deps));
    expect(codeOf(await decide(deps, draft.id, { actor: WHO.checker3 }))).toBe('publication.reviewed-them');
    expect(must(await decide(deps, draft.id)).state).toBe('approved');
  });

  describe("the data owner's approval", () => {
    const asked = { actor: WHO.publisher, owner: undefined };

    test('is needed where governance grants the project data, and given with the approval', async () => {
      const deps = await world();
      const draft = must(await ask(deps));
      expect(draft).toMatchObject({ owner: null, ownerMissing: true });
      expect(codeOf(await decide(deps, draft.id, asked))).toBe('publication.owner-missing');
      expect(await publicFiles(deps, RELEASE)).toEqual([]);
      const told = { ...OWNER, by: WHO.publisher, at: deps.clock.now() };
      expect(must(await decide(deps, draft.id))).toMatchObject({ owner: told, ownerMissing: false });
      expect(await ownersInLedger(deps)).toEqual([
        `person:${WHO.publisher} owner-told DAA-77 2026-11-01`,
        `person:${WHO.publisher} approved DAA-77 2026-11-01`,
      ]);
    });

    test('may come with the request, or with the same request made again', async () => {
      const deps = await world();
      const draft = must(await ask(deps));
      const again = must(await ask(deps, { actor: WHO.lead, owner: { reference: 'Minutes 4 (2026)' } }));
      expect(again.id).toBe(draft.id);
      // Without a day of its own it is the day on which it is told.
      expect(again.owner).toMatchObject({
        reference: 'Minutes 4 (2026)',
        on: '2026-11-20',
        by: WHO.lead,
      });
      expect(must(await decide(deps, draft.id, asked)).state).toBe('approved');
      await ask(deps, { owner: { reference: 'Later-1' } });
      expect((await publicationById(deps, draft.id))?.owner?.reference).toBe('Minutes 4 (2026)');
    });

    test('is told once in the record however often it is said', async () => {
      const deps = await world({ publish: 2 });
      const draft = must(await ask(deps, { owner: OWNER }));
      must(await decide(deps, draft.id));
      expect((await ledger(deps)).map(({ event }) => event)).toEqual(['requested', 'approved']);
      expect((await publicationById(deps, draft.id))?.owner?.by).toBe(WHO.author);
    });

    test('is not asked for when policy leaves it open, or no data is granted to the project', async () => {
      const open = await world();
      open.governed!.policies.publish.dataOwnerReference = 'optional';
      expect(must(await decide(open, must(await ask(open)).id, asked)).state).toBe('approved');
      const without = await world();
      without.governed!.datasets = [];
      const draft = must(await ask(without));
      expect(draft.ownerMissing).toBe(false);
      expect(must(await decide(without, draft.id, asked)).state).toBe('approved');
    });
  });

  describe('files of several releases of one workspace', () => {
    const SECOND = `${REQUEST}-2`;
    const set = [...of(2), { release: SECOND, number: 1 }];
    async function two(changes: Parameters<TestDeps['releases']['add']>[1] = {}): Promise<TestDeps> {
      const deps = await world();
      deps.releases.add([{ path: 'output/later.csv', text: 'a\n5\n' }], {
        release: SECOND,
        batch: 2,
        ...changes,
      });
      return deps;
    }

    test('are one publication, public at once, and taken back one by one', async () => {
      const deps = await two();
      const draft = must(await ask(deps, { of: { files: set } }));
      expect(draft).toMatchObject({ releases: [RELEASE, SECOND], requests: [REQUEST] });
      expect(must(await decide(deps, draft.id)).editions).toMatchObject([{ files: set }]);
      expect([await publicFiles(deps, RELEASE), await publicFiles(deps, SECOND)]).toEqual([[2], [1]]);
      deps.releases.recall(SECOND, 1);
      await settleAll(deps);
      expect([await publicFiles(deps, RELEASE), await publicFiles(deps, SECOND)]).toEqual([[2], []]);
      expect((await publicationById(deps, draft.id))?.editions.at(-1)).toMatchObject({ files: of(2) });
      for (const which of [{ release: SECOND }, { release: RELEASE }, { request: REQUEST }])
        expect((await publicationsOf(deps, which)).map(({ id }) => id)).toEqual([draft.id]);
    });

    test('in whatever order they are named they are the same set', async () => {
      const deps = await two();
      const first = must(await ask(deps, { of: { files: set } }));
      expect(must(await ask(deps, { of: { files: [...set].reverse() }, actor: WHO.lead })).id).toBe(first.id);
      expect(must(await ask(deps, { files: [2] })).id).not.toBe(first.id);
    });

    test('the same number of two releases are two files', async () => {
      const deps = await two();
      const [one, other] = [of(1), [{ release: SECOND, number: 1 }]];
      must(await decide(deps, must(await ask(deps, { of: { files: one } })).id));
      expect(await publicFiles(deps, SECOND)).toEqual([]);
      must(await decide(deps, must(await ask(deps, { of: { files: other } })).id));
      expect(await publicFiles(deps, SECOND)).toEqual([1]);
    });

    test('are refused when one of them is of another workspace, not here, or twice the same path', async () => {
      const foreign = await two({ workspace: 'study-other' });
      expect(codeOf(await ask(foreign, { of: { files: set } }))).toBe('publication.other-workspace');
      const deps = await two();
      const missing = [...set, { release: `${REQUEST}-3`, number: 1 }];
      expect(codeOf(await ask(deps, { of: { files: missing } }))).toBe('publication.no-release');
      expect(codeOf(await ask(deps, { of: { files: [] } }))).toBe('publication.no-release');
      const again = await world();
      again.releases.add([{ path: FILES[1]!.path, text: 'newer' }], { release: SECOND, batch: 2 });
      expect(codeOf(await ask(again, { of: { files: set } }))).toBe('publication.two-versions');
    });

    test("are asked for by the author of all of them, or a lead, and approved by no release's author", async () => {
      const deps = await two({ author: WHO.checker3 });
      expect(codeOf(await ask(deps, { of: { files: set } }))).toBe('publication.not-yours');
      const draft = must(await ask(deps, { of: { files: set }, actor: WHO.lead }));
      for (const actor of [WHO.author, WHO.checker3])
        expect(codeOf(await decide(deps, draft.id, { actor }))).toBe('publication.own-request');
    });

    test('of two sets that share one file of another release, one becomes public', async () => {
      const deps = await two();
      const first = must(await ask(deps, { of: { files: set } }));
      const second = must(await ask(deps, { of: { files: [...of(1), { release: SECOND, number: 1 }] } }));
      const answers = await Promise.all([
        decide(deps, first.id),
        decide(deps, second.id, { actor: WHO.publisher2 }),
      ]);
      expect(answers.map(codeOf).sort()).toEqual(['no refusal', 'publication.already-public']);
    });
  });

  test('whoever asked does not approve', async () => {
    const deps = await world();
    deps.releases.edit(RELEASE, (facts) => ({ ...facts, author: WHO.lead }));
    const g = deps.governed!;
    const publishers = g.teams.find(({ role }) => role === 'output_publisher')!;
    publishers.members.push({ ...publishers.members[0]!, id: WHO.lead });
    const draft = must(await ask(deps, { actor: WHO.lead }));
    expect(codeOf(await decide(deps, draft.id, { actor: WHO.lead }))).toBe('publication.own-request');
  });

  test.each([
    ['a repository that became private', { repository: PRIVATE }, 'publication.private-repository'],
    ['another repository', { repository: { ...PUBLIC_STUDY, id: 1 } }, 'publication.other-repository'],
    ['a reference of two lines', { owner: { reference: 'a\nb' } }, 'publication.bad-reference'],
    ['a publication that is not there', { publication: 'nobody0000000000' }, 'publication.unknown'],
  ])('approving is refused: %s', async (_what, more, code) => {
    const deps = await world();
    const draft = must(await ask(deps));
    expect(codeOf(await decide(deps, draft.id, more))).toBe(code);
  });

  test('governance asks for two approvals, and one person counts once', async () => {
    const deps = await world({ publish: 2 });
    const draft = must(await ask(deps));
    expect(must(await decide(deps, draft.id)).state).toBe('draft');
    expect(must(await decide(deps, draft.id))).toMatchObject({ state: 'draft', needed: 2, approvals: [{}] });
    expect(must(await decide(deps, draft.id, { actor: WHO.publisher2 })).state).toBe('approved');
    expect(must(await decide(deps, draft.id)).editions).toHaveLength(1);
  });

  test('an approval of somebody who lost the role since does not count', async () => {
    const deps = await world({ publish: 2 });
    const draft = must(await ask(deps));
    must(await decide(deps, draft.id));
    const publishers = deps.governed!.teams.find(({ role }) => role === 'output_publisher')!;
    publishers.members = publishers.members.filter(({ id }) => id !== WHO.publisher);
    expect(must(await decide(deps, draft.id, { actor: WHO.publisher2 })).state).toBe('draft');
  });

  test('a publisher rejects, once, and the set can be asked for again', async () => {
    const deps = await world();
    const draft = must(await ask(deps));
    expect(codeOf(await decide(deps, draft.id, { decision: 'reject', actor: WHO.stranger }))).toBe(
      'publication.not-publisher',
    );
    const said = { decision: 'reject' as const };
    expect(must(await decide(deps, draft.id, said))).toMatchObject({
      state: 'rejected',
      endedBy: WHO.publisher,
      why: null,
    });
    expect(must(await decide(deps, draft.id, said)).state).toBe('rejected');
    expect(codeOf(await decide(deps, draft.id))).toBe('publication.not-open');
    expect(must(await ask(deps)).id).not.toBe(draft.id);
  });

  test('a file is public by one publication or by none', async () => {
    const deps = await world();
    const first = must(await ask(deps, { files: [1, 2] }));
    const second = must(await ask(deps, { files: [2, 3] }));
    must(await decide(deps, first.id));
    expect(codeOf(await decide(deps, second.id))).toBe('publication.already-public');
    expect(codeOf(await ask(deps, { files: [1] }))).toBe('publication.already-public');
    expect(await publicFiles(deps, RELEASE)).toEqual([1, 2]);
    must(
      await withdrawPublication(deps, { publication: first.id, actor: WHO.author, category: 'superseded' }),
    );
    expect(await publicFiles(deps, RELEASE)).toEqual([]);
    must(await decide(deps, second.id));
    expect(await publicFiles(deps, RELEASE)).toEqual([2, 3]);
  });

  test('of two sets with one file in common, approved at the same moment, one becomes public', async () => {
    const deps = await world();
    const first = must(await ask(deps, { files: [1, 2] }));
    const second = must(await ask(deps, { files: [2, 3] }));
    const answers = await Promise.all([
      decide(deps, first.id),
      decide(deps, second.id, { actor: WHO.publisher2 }),
    ]);
    expect(answers.map(codeOf).sort()).toEqual(['no refusal', 'publication.already-public']);
  });

  test('the database itself holds no file in two live publications', async () => {
    const deps = await world();
    const first = must(await ask(deps, { files: [1, 2] }));
    const second = must(await ask(deps, { files: [2, 3] }));
    must(await decide(deps, first.id));
    await expect(
      deps.db.execute(sql`update publication_files set live = true where publication = ${second.id}`),
    ).rejects.toThrow();
  });

  test('withdrawing ends the edition and says why, for requester, lead, publisher and governance alone', async () => {
    const deps = await world();
    const { id } = must(await ask(deps));
    must(await decide(deps, id));
    const withdraw = (actor: number) =>
      withdrawPublication(deps, { publication: id, actor, category: 'wrong-file' });
    expect(codeOf(await withdraw(WHO.stranger))).toBe('publication.not-yours-to-end');
    expect(codeOf(await withdraw(WHO.checker1))).toBe('publication.not-yours-to-end');
    // Who asked for it and has left the project since has no say any more.
    const project = deps.governed!.projects[0]!;
    const { members } = project;
    const publishers = deps.governed!.teams.find(({ role }) => role === 'output_publisher')!;
    publishers.members = publishers.members.filter(({ id: member }) => member !== WHO.author);
    project.members = members.filter(({ id: member }) => member !== WHO.author);
    expect(codeOf(await withdraw(WHO.author))).toBe('publication.not-yours-to-end');
    project.members = members;
    expect(must(await withdraw(WHO.publisher2))).toMatchObject({
      state: 'withdrawn',
      endedBy: WHO.publisher2,
      why: 'wrong-file',
      editions: [{ number: 1, state: 'unwanted' }],
    });
    expect(must(await withdraw(WHO.publisher2)).state).toBe('withdrawn');
    expect(codeOf(await withdraw(WHO.governor))).toBe('publication.ended');
    expect(codeOf(await withdraw(WHO.lead))).toBe('publication.ended');
    expect(
      codeOf(
        await withdrawPublication(deps, {
          publication: 'nobody0000000000',
          actor: WHO.lead,
          category: 'wrong-file',
        }),
      ),
    ).toBe('publication.unknown');
    expect((await ledger(deps)).at(-1)).toEqual({
      type: 'withdrawal',
      actor: `person:${WHO.publisher2}`,
      event: 'withdrawn',
    });
  });

  test('a recall takes the file out and reissues the rest under a new tag', async () => {
    const deps = await world();
    const { id } = must(await ask(deps));
    must(await decide(deps, id));
    deps.releases.recall(RELEASE, 2);
    expect(await publicFiles(deps, RELEASE)).toEqual([1, 3]);
    await settleAll(deps);
    await settleAll(deps);
    const now = must((await publicationById(deps, id))!);
    expect(now.state).toBe('approved');
    expect(now.editions).toMatchObject([
      { number: 1, tag: `outputs-${id}.1`, state: 'unwanted', files: of(1, 2, 3) },
      { number: 2, tag: `outputs-${id}.2`, state: 'wanted', files: of(1, 3) },
    ]);
    expect(now.files.map(({ number, public: open, recalled }) => [number, open, recalled])).toEqual([
      [1, true, false],
      [2, false, true],
      [3, true, false],
    ]);
    expect((await ledger(deps)).at(-1)).toEqual({ type: 'withdrawal', actor: 'hub', event: 'recalled' });
  });

  test('when every file is recalled the publication ends', async () => {
    const deps = await world();
    const { id } = must(await ask(deps, { files: [1] }));
    must(await decide(deps, id));
    deps.releases.recall(RELEASE, 1);
    await settleRelease(deps, RELEASE);
    expect(await publicationById(deps, id)).toMatchObject({
      state: 'withdrawn',
      endedBy: null,
      editions: [{ state: 'unwanted' }],
    });
  });

  test('a file recalled while the draft waits is not published with it', async () => {
    const deps = await world();
    const { id } = must(await ask(deps, { files: [1, 2] }));
    deps.releases.recall(RELEASE, 1);
    expect(must(await decide(deps, id)).editions).toMatchObject([{ files: of(2) }]);
    const other = must(await ask(deps, { files: [3] }));
    deps.releases.recall(RELEASE, 3);
    expect(codeOf(await decide(deps, other.id))).toBe('publication.nothing-left');
  });

  test('nothing is decided before governance was read', async () => {
    const deps = await world();
    const { id } = must(await ask(deps));
    deps.governed = undefined;
    expect(codeOf(await ask(deps))).toBe('publication.not-ready');
    expect(codeOf(await decide(deps, id))).toBe('publication.not-ready');
    expect(
      codeOf(await withdrawPublication(deps, { publication: id, actor: WHO.lead, category: 'wrong-file' })),
    ).toBe('publication.not-ready');
  });

  test('publications are found by release, request, project and repository', async () => {
    const deps = await world();
    const { id } = must(await ask(deps));
    for (const which of [
      { release: RELEASE },
      { request: REQUEST },
      { project: 'ns-2026-014' },
      { repository: PUBLIC_STUDY.id },
    ])
      expect((await publicationsOf(deps, which)).map((one) => one.id)).toEqual([id]);
    expect(await publicationsOf(deps, { repository: 1 })).toEqual([]);
    expect(await publicationById(deps, 'nobody0000000000')).toBeUndefined();
  });
});
