/** What the steward refuses whatever the hub says: nothing that the zone did not sign becomes public. */
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { newKeyPair } from '../../src/lib/keys.ts';
import type { PublishOrder } from '../../src/protocol/protocol.ts';
import { makeRepositoryPublic } from '../../src/steward/tasks/visibility.ts';
import { onOneDatabase } from '../support/database.ts';
import { PROJECT } from '../support/governance.ts';
import { FILES, RELEASE, REQUEST, WHO } from '../support/publication.ts';
import { stewardWorld, type StewardWorld } from '../support/steward.ts';
import type { StewardParts } from '../../src/steward/steward.ts';

let world: StewardWorld | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

onOneDatabase((open) => {
  async function aWorld(): Promise<StewardWorld> {
    world = await stewardWorld(await open());
    world.released();
    return world;
  }

  /** A hub that changes its orders on the way. */
  async function lying(
    w: StewardWorld,
    change: (order: PublishOrder) => Partial<PublishOrder>,
  ): Promise<StewardParts> {
    const parts = await w.steward();
    const poll = parts.hub.poll.bind(parts.hub);
    parts.hub.poll = async (...asked) => {
      const { orders, tasks } = await poll(...asked);
      return {
        tasks,
        orders: orders.map((order) => (order.want === 'published' ? { ...order, ...change(order) } : order)),
      };
    };
    return parts;
  }

  async function refusedWith(w: StewardWorld, parts?: StewardParts): Promise<string | null> {
    const { id } = await w.approved();
    await w.step(parts);
    expect(w.releases().filter(({ draft }) => !draft)).toEqual([]);
    return (await w.view(id)).editions[0]!.code;
  }

  test.each<[string, string, (order: PublishOrder) => Partial<PublishOrder>]>([
    [
      'a file that nobody signed',
      'steward.unstated',
      (order) => ({
        files: [
          ...order.files,
          { release: RELEASE, number: 9, path: 'output/other.csv', size: 14, sha256: '9'.repeat(64) },
        ],
      }),
    ],
    [
      'a file under another name',
      'steward.unstated',
      (order) => ({ files: order.files.map((file) => ({ ...file, path: `x${file.path}` })) }),
    ],
    ['one file twice', 'steward.unstated', (order) => ({ files: [...order.files, order.files[0]!] })],
    ['a statement less', 'steward.unstated', (order) => ({ statements: order.statements.slice(1) })],
    [
      'a statement twice',
      'steward.unstated',
      (order) => ({ statements: [...order.statements, order.statements[0]!] }),
    ],
    [
      'a statement about a file that is not to be published',
      'steward.unstated',
      (order) => ({ files: order.files.slice(1) }),
    ],
    [
      'an altered statement',
      'steward.unsigned',
      (order) => ({
        statements: order.statements.map((envelope, at) =>
          at === 0 ? { ...envelope, payload: order.statements[2]!.payload } : envelope,
        ),
      }),
    ],
    [
      'another release',
      'steward.other-release',
      ({ files }) => ({ files: files.map((file) => ({ ...file, release: `${REQUEST}-2` })) }),
    ],
    ['no word of the data owner', 'steward.no-owner', () => ({ owner: null })],
    [
      "a data owner's approval that a stranger told",
      'steward.no-owner',
      ({ owner }) => ({ owner: { ...owner!, by: WHO.stranger } }),
    ],
    [
      "a data owner's approval that is Markdown",
      'steward.no-owner',
      ({ owner }) => ({ owner: { ...owner!, reference: '[DAA](https://elsewhere.example)' } }),
    ],
    [
      'a publisher of whom it says itself that they reviewed a release of the set',
      'steward.few-publishers',
      () => ({ reviewers: [WHO.publisher] }),
    ],
    [
      'another repository',
      'steward.other-repository',
      (order) => ({ repository: { ...order.repository, id: 9001 } }),
    ],
    ['a tag of its own', 'steward.tag', (order) => ({ tag: order.tag.replace(/\.1$/, '.2') })],
    ['a requester who is nobody', 'steward.not-asked-for', () => ({ requestedBy: WHO.stranger })],
    [
      'no publisher',
      'steward.few-publishers',
      (order) => ({ approvals: [{ ...order.approvals[0]!, person: WHO.stranger }] }),
    ],
    [
      'the author as publisher',
      'steward.few-publishers',
      (order) => ({ approvals: [{ ...order.approvals[0]!, person: WHO.author }] }),
    ],
    [
      'a checker of the files as publisher',
      'steward.few-publishers',
      (order) => ({ approvals: [{ ...order.approvals[0]!, person: WHO.checker1 }] }),
    ],
  ])('a hub that invents %s', async (_what, code, change) => {
    const w = await aWorld();
    expect(await refusedWith(w, await lying(w, change))).toBe(code);
    expect(w.releases()).toEqual([]);
  });

  test('a hub that signs statements itself', async () => {
    const w = await aWorld();
    w.deps.releases.add(FILES, {}, newKeyPair());
    expect(await refusedWith(w)).toBe('steward.unsigned');
  });

  test('a hub that gives other bytes of the same length, or more, or fewer', async () => {
    const w = await aWorld();
    const { text } = FILES[0]!;
    w.deps.releases.swap(RELEASE, 1, text.replace('10', '11'));
    const { id } = await w.approved();
    for (const lie of [text.replace('10', '11'), `${text}more`, text.slice(1)]) {
      w.deps.releases.swap(RELEASE, 1, lie);
      await w.step();
      expect((await w.view(id)).editions).toMatchObject([{ state: 'wanted', code: 'steward.bytes-differ' }]);
      await w.again();
    }
    expect(w.releases()).toEqual([]);
    w.deps.releases.swap(RELEASE, 1, text);
    await w.step();
    expect((await w.view(id)).state).toBe('published');
  });

  test.each<[string, string, Parameters<StewardWorld['released']>[1], number[] | undefined]>([
    ['one checker twice', 'steward.unsigned', undefined, [WHO.checker1, WHO.checker1]],
    ['its author as checker', 'steward.few-checkers', undefined, [WHO.checker1, WHO.author]],
    ['somebody who is no checker', 'steward.unknown-checker', undefined, [WHO.checker1, WHO.stranger]],
    [
      'a project that has not this repository',
      'steward.not-of-project',
      { project: 'ns-2026-999' },
      undefined,
    ],
    ['another backend than whose key it is', 'steward.other-backend', { backend: 'rehearsal' }, undefined],
  ])('a statement of the zone that names %s', async (_what, code, changes, checkers) => {
    const w = await aWorld();
    const files = FILES.map((file) => (checkers ? { ...file, checkers } : file));
    if (code === 'steward.unsigned') {
      expect(() => w.released(files, changes)).toThrow();
      return;
    }
    w.released(files, changes);
    // To the hub it looks right.
    w.deps.releases.edit(RELEASE, (facts) => ({ ...facts, project: PROJECT, backend: 'attainment' }));
    expect(await refusedWith(w)).toBe(code);
  });

  test('statements of two releases at once', async () => {
    const w = await aWorld();
    w.deps.releases.edit(RELEASE, (facts) => facts);
    const parts = await lying(w, (order) => order);
    const { id } = await w.approved([1, 2]);
    const poll = parts.hub.poll.bind(parts.hub);
    parts.hub.poll = async (...asked) => {
      const { orders, tasks } = await poll(...asked);
      w.released([FILES[1]!], { release: `${REQUEST}-2`, batch: 2 });
      const foreign = (await w.deps.releases.byId(undefined, `${REQUEST}-2`))!.statements;
      return {
        tasks,
        orders: orders.map((order) =>
          order.want === 'published'
            ? { ...order, statements: [...order.statements.slice(0, 2), ...foreign] }
            : order,
        ),
      };
    };
    await w.step(parts);
    expect((await w.view(id)).editions[0]!.code).toBe('steward.other-release');
  });

  test('files of two workspaces at once', async () => {
    const w = await aWorld();
    const second = { release: `${REQUEST}-2`, batch: 2, workspace: 'study-other' };
    w.released([{ path: 'output/later.csv', text: 'a\n5\n' }], second);
    // To the hub it looks right.
    w.deps.releases.edit(second.release, (facts) => ({ ...facts, workspace: 'study-main' }));
    const { id } = await w.approvedSet([
      { release: RELEASE, number: 1 },
      { release: second.release, number: 1 },
    ]);
    await w.step();
    expect((await w.view(id)).editions[0]!.code).toBe('steward.mixed');
  });

  test('a repository that is private is refused, and published when it is public', async () => {
    const w = await aWorld();
    w.sandbox.state.repos.change(w.study(), { private: true }, null);
    expect(await refusedWith(w)).toBe('steward.private-repository');
    expect(w.releases()).toEqual([]);
    // What it has verified to be published from there makes it due.
    const parts = await w.steward();
    const wish = { repository: w.study().id, owner: w.settings.governance.owner, start: null };
    const flipped = await makeRepositoryPublic.carryOut(parts, wish, { id: 'x', askedAt: 0 });
    expect(flipped).toMatchObject({ state: 'public', already: false });
    expect(w.study().private).toBe(false);
    await w.again();
    await w.step();
    expect(w.releases()).toMatchObject([{ draft: false }]);
  });

  test('a repository made private while the files went up is not published to', async () => {
    const w = await aWorld();
    const { id } = await w.approved();
    const parts = await w.steward(async (call, work) => {
      const done = await work();
      if (call === 'upload') w.sandbox.state.repos.change(w.study(), { private: true }, null);
      return done;
    });
    await w.step(parts);
    expect(w.releases()).toEqual([]);
    expect((await w.view(id)).editions[0]!.code).toBe('steward.private-repository');
  });

  test('a file recalled between the approval and the last moment is not published', async () => {
    const w = await aWorld();
    const { id } = await w.approved();
    let recalled = false;
    const parts = await w.steward(async (call, work) => {
      const done = await work();
      if (call === 'upload' && !recalled) {
        recalled = true;
        w.deps.releases.recall(RELEASE, 2);
      }
      return done;
    });
    await w.step(parts);
    expect(w.releases()).toEqual([]);
    await w.step();
    const [release, ...more] = w.releases();
    expect(more).toEqual([]);
    expect(release).toMatchObject({ tag: `outputs-${id}.2`, draft: false });
    expect([...release!.assets.values()].map(({ name }) => name)).not.toContain('output--figure.svg');
  });

  test('an App that is not installed there says so', async () => {
    const w = await aWorld();
    await w.deps.db.execute(sql`update repositories set name = 'elsewhere'`);
    expect(await refusedWith(w)).toBe('steward.not-installed');
  });

  test('nothing is published by a governance that could not be read afresh', async () => {
    const w = await aWorld();
    const parts = await w.steward();
    parts.governance = async () => undefined;
    expect(await refusedWith(w, parts)).toBe('steward.governance');
  });

  test('without project.yaml at the commit there is no crate, and nothing is published', async () => {
    const w = await aWorld();
    w.released(FILES.map((file) => ({ ...file, madeBy: { commit: 'b'.repeat(40) } })));
    expect(await refusedWith(w)).toBe('steward.no-workflow');
  });
});
