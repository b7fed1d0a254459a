/** Cut off after each call, the next steward finishes: one release, whole, and nothing twice. */
import { afterEach, expect, test } from '@jest/globals';
import { sha256 } from '../../src/lib/hash.ts';
import { withdrawPublication } from '../../src/publication/publication.ts';
import { onOneDatabase } from '../support/database.ts';
import { FILES, must, RELEASE, WHO } from '../support/publication.ts';
import { stewardWorld, type StewardWorld } from '../support/steward.ts';

class Died extends Error {}

let world: StewardWorld | undefined;
afterEach(async () => {
  await world?.stop();
  world = undefined;
});

/** Dies at the n-th call to GitHub: before it, or when it was done and nobody heard. */
function dyingAt(n: number, when: 'before' | 'after') {
  let calls = 0;
  return async <T>(_call: string, work: () => Promise<T>): Promise<T> => {
    calls += 1;
    if (calls === n && when === 'before') throw new Died();
    const done = await work();
    if (calls === n) throw new Died();
    return done;
  };
}

async function whole(w: StewardWorld, tag: string, files: number[]): Promise<void> {
  const [release, ...more] = w.releases();
  expect(more).toEqual([]);
  expect(release).toMatchObject({ tag, draft: false });
  expect(release!.assets.size).toBe(files.length + 3);
  const hashes = [...release!.assets.values()].map((asset) => asset.sha256);
  for (const number of files) expect(hashes).toContain(sha256(FILES[number - 1]!.text));
}

/** A dead process reports nothing: whatever `handle` makes of the exception stays unheard. */
async function dies(w: StewardWorld, around: ReturnType<typeof dyingAt>): Promise<boolean> {
  let died = false;
  const parts = await w.steward(async (call, work) => {
    if (died) throw new Died();
    try {
      return await around(call, work);
    } catch (error) {
      died ||= error instanceof Died;
      throw error;
    }
  });
  const report = parts.hub.report.bind(parts.hub);
  parts.hub.report = async (...told) => {
    if (!died) await report(...told);
  };
  await w.step(parts);
  return died;
}

onOneDatabase((open) => {
  test.each(['before', 'after'] as const)(
    'killed %s each call while publishing, recalling and withdrawing',
    async (when) => {
      world = await stewardWorld(await open());
      const w = world;
      w.released();
      const { id } = await w.approved();
      for (let n = 1; await dies(w, dyingAt(n, when)); n += 1)
        if (n > 60) throw new Error('it never gets through');
      await whole(w, `outputs-${id}.1`, [1, 2, 3]);

      w.deps.releases.recall(RELEASE, 1);
      for (let n = 1; await dies(w, dyingAt(n, when)); n += 1)
        if (n > 60) throw new Error('it never gets through');
      await w.step();
      await whole(w, `outputs-${id}.2`, [2, 3]);

      must(await withdrawPublication(w.deps, { publication: id, actor: WHO.author, category: 'wrong-file' }));
      for (let n = 1; await dies(w, dyingAt(n, when)); n += 1)
        if (n > 60) throw new Error('it never gets through');
      const left = w.releases().map(({ name, assets }) => [name, assets.size]);
      expect(left).toEqual([['Withdrawn results', 0]]);
      expect((await w.view(id)).editions).toMatchObject([{ state: 'gone' }, { state: 'gone' }]);
    },
    240_000,
  );

  test('an upload that broke off is begun again', async () => {
    world = await stewardWorld(await open());
    const w = world;
    w.released();
    const { id } = await w.approved();
    w.sandbox.state.faults.add({ kind: 'broken-upload', next: 1, method: 'POST', path: '/assets' });
    await w.step();
    expect(w.releases()[0]).toMatchObject({ draft: true });
    expect((await w.view(id)).editions).toMatchObject([{ state: 'wanted', code: 'steward.github' }]);
    expect(await w.step()).toBe(0);
    await w.again();
    expect(await w.step()).toBe(1);
    await whole(w, `outputs-${id}.1`, [1, 2, 3]);
  });

  test.each([
    ['a creation', 'POST', '/releases$'],
    ['an upload', 'POST', '/assets'],
    ['the publishing', 'PATCH', '/releases/'],
  ])('when GitHub does %s and the answer is lost, it is not done twice', async (_what, method, path) => {
    world = await stewardWorld(await open());
    const w = world;
    w.released();
    const { id } = await w.approved();
    w.sandbox.state.faults.add({ kind: 'after-effect', next: 1, method, path });
    await w.step();
    await w.again();
    await w.step();
    await whole(w, `outputs-${id}.1`, [1, 2, 3]);
  });

  test('a hub that goes away in the middle is asked again, and what was done is found', async () => {
    world = await stewardWorld(await open());
    const w = world;
    w.released();
    const { id } = await w.approved();
    const parts = await w.steward();
    const report = parts.hub.report.bind(parts.hub);
    parts.hub.report = async () => {
      throw new Died();
    };
    await expect(w.step(parts)).rejects.toThrow(Died);
    expect((await w.view(id)).state).toBe('approved');
    parts.hub.report = report;
    await w.step(parts);
    await whole(w, `outputs-${id}.1`, [1, 2, 3]);
    expect((await w.view(id)).state).toBe('published');
  });
});
