/** Who asks for a publication and who approves it, and what is public then. */
import { expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { rowsOf } from '../../src/db/database.ts';
import {
  publicationById,
  publicationsOf,
  publicFiles,
  withdrawPublication,
} from '../../src/publication/publication.ts';
import { dueOrders, isFrozen } from '../../src/publication/edition-state.ts';
import { settleAll } from '../../src/publication/settle.ts';
import { repositories } from '../../src/db/schema/github.ts';
import { PROJECT, REPOSITORY } from '../support/governance.ts';
import { eachDatabase } from '../support/database.ts';
import { codeOf, must, OWNER, PUBLIC_STUDY, RELEASE, REQUEST, WHO } from '../support/publication.ts';
import { ask, decide, ledger, of, PRIVATE, world as worldOn } from './asking.ts';

eachDatabase((open) => {
  const world = (changes: { publish?: number } = {}) => worldOn(open, changes);

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

  test('while the project is frozen nothing is asked for, approved or handed out, and taking back goes on', async () => {
    const deps = await world();
    await deps.db.insert(repositories).values({
      id: REPOSITORY,
      owner: 'northshire-research',
      name: 'study',
      installationId: 1,
      private: false,
      updatedAt: 0,
    });
    const out = must(await ask(deps, { files: [1], owner: OWNER }));
    const waiting = must(await ask(deps, { files: [2], owner: OWNER }));
    must(await decide(deps, out.id));
    expect(await dueOrders(deps)).toMatchObject([{ want: 'published', publication: out.id }]);
    await deps.db.execute(sql`
      insert into freezes (id, scope, subject, running, why, by, by_login, at)
      values ('freeze0000000001', 'project', ${PROJECT}, 'stop', 'unclear', 1, 'noor-example', 1)`);

    expect(codeOf(await ask(deps, { files: [3], owner: OWNER }))).toBe('freeze.frozen');
    expect(codeOf(await decide(deps, waiting.id))).toBe('freeze.frozen');
    expect(await dueOrders(deps)).toEqual([]);
    expect(await isFrozen(deps.db, out.id)).toBe(true);
    expect(await isFrozen(deps.db, 'nothing')).toBe(false);
    deps.releases.recall(RELEASE, 1);
    await settleAll(deps);
    expect(await dueOrders(deps)).toMatchObject([{ want: 'gone', publication: out.id }]);
  });
});
