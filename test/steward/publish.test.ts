import { afterEach, expect, test } from '@jest/globals';
import { existsSync, readdirSync } from 'node:fs';
import { sha256 } from '../../src/lib/hash.ts';
import { withdrawPublication } from '../../src/publication/publication.ts';
import { onOneDatabase } from '../support/database.ts';
import { FILES, must, OWNER, RELEASE, REQUEST as FIRST, WHO } from '../support/publication.ts';
import { unzip } from '../support/unzip.ts';
import { stewardWorld, type StewardWorld } from '../support/steward.ts';

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

  test('what was approved becomes a GitHub Release with its files, manifest, statements and crate', async () => {
    const w = await aWorld();
    const { id } = await w.approved();
    expect(await w.step()).toBe(1);
    expect(await w.step()).toBe(0);
    const [release, ...more] = w.releases();
    expect(more).toEqual([]);
    expect(release).toMatchObject({ tag: `outputs-${id}.1`, draft: false, target: w.commit, latestAt: null });
    expect([...release!.assets.values()].map(({ name, state }) => `${name} ${state}`)).toEqual([
      'output--figure.svg uploaded',
      'output--notes.txt uploaded',
      'output--table.csv uploaded',
      'provenance.intoto.jsonl uploaded',
      'five-safes-ro-crate.zip uploaded',
      'manifest.json uploaded',
    ]);
    expect((await w.asset(release!, 'output--table.csv')).toString()).toBe(FILES[0]!.text);
    const manifest = JSON.parse((await w.asset(release!, 'manifest.json')).toString()) as object;
    expect(manifest).toMatchObject({
      format: 'sallyport-publication/v1',
      tag: `outputs-${id}.1`,
      commit: w.commit,
      checkers: [WHO.checker1, WHO.checker2],
      publishers: [WHO.publisher],
      files: [
        { path: 'output/figure.svg', asset: 'output--figure.svg', sha256: sha256(FILES[1]!.text) },
        { path: 'output/notes.txt' },
        { path: 'output/table.csv', size: FILES[0]!.text.length, action: 'model', commit: w.commit },
      ],
    });
    const view = await w.view(id);
    expect(view.state).toBe('published');
    expect(view.editions).toMatchObject([{ state: 'published', code: null, commit: w.commit }]);
    expect(view.editions[0]!.url).toContain(`/releases/tag/outputs-${id}.1`);
    expect(w.sandbox.state.repos.git(w.study()).refs.get(`refs/tags/outputs-${id}.1`)).toBe(w.commit);
    expect(readdirSync(w.work)).toEqual([]);
  });

  test('a poll that waits is answered the moment something was approved', async () => {
    const w = await aWorld();
    const parts = await w.steward();
    const waiting = parts.hub.poll(60_000);
    const { id } = await w.approved();
    expect((await waiting).orders.map(({ publication }) => publication)).toEqual([id]);
  });

  test('withdrawing takes every file from GitHub and leaves a note where they were', async () => {
    const today = (): string => new Date().toISOString().slice(0, 10);
    const begun = today();
    const w = await aWorld();
    const { id } = await w.approved();
    await w.step();
    const [published] = w.releases();
    must(await withdrawPublication(w.deps, { publication: id, actor: WHO.author, category: 'superseded' }));
    await w.step();
    const [left, ...more] = w.releases();
    expect(more).toEqual([]);
    expect(left).toMatchObject({ id: published!.id, tag: published!.tag, draft: false, latestAt: null });
    expect([left!.name, left!.assets.size]).toEqual(['Withdrawn results', 0]);
    // Midnight may have come in between.
    const said = [begun, today()].reduce((text, day) => text.replaceAll(day, 'DAY'), left!.body ?? '');
    expect(said.replaceAll(id, 'ID')).toMatchInlineSnapshot(`
     "<!-- sallyport:withdrawn:ID:1 -->
     The files that were published here were **withdrawn on DAY**: other results take their place.

     Do not use copies of them. [Publication ID, edition 1](https://research.example.edu/publications/ID) says what became of it."
    `);
    for (const { path, text } of FILES) {
      expect(left!.body).not.toContain(path);
      expect(left!.body).not.toContain(sha256(text));
    }
    expect((await w.view(id)).editions).toMatchObject([{ state: 'gone' }]);
    // Done twice, as after a crash between the deed and the report.
    expect(await w.step()).toBe(0);
  });

  test('where GitHub does not let a published release be changed it goes as a whole', async () => {
    const w = await aWorld();
    const { id } = await w.approved();
    await w.step();
    must(await withdrawPublication(w.deps, { publication: id, actor: WHO.author, category: 'disclosure' }));
    w.sandbox.state.faults.add({
      kind: 'answer',
      next: 1,
      method: 'PATCH',
      path: '/releases/[0-9]+$',
      status: 422,
    });
    await w.step();
    expect(w.releases()).toEqual([]);
    expect([...w.sandbox.state.repos.git(w.study()).refs.keys()]).toEqual(['refs/heads/main']);
    expect((await w.view(id)).editions).toMatchObject([{ state: 'gone' }]);
  });

  test('what was approved and never published leaves no note', async () => {
    const w = await aWorld();
    const { id } = await w.approved();
    must(await withdrawPublication(w.deps, { publication: id, actor: WHO.author, category: 'wrong-file' }));
    await w.step();
    expect(w.releases()).toEqual([]);
    expect((await w.view(id)).editions).toMatchObject([{ state: 'gone' }]);
  });

  test('files of several releases of a workspace become one GitHub Release, and a recall takes one out', async () => {
    const w = await aWorld();
    const second = `${FIRST}-2`;
    w.released([{ path: 'output/later.csv', text: 'a\n5\n' }], { release: second, batch: 2 });
    const { id } = await w.approvedSet([
      { release: RELEASE, number: 1 },
      { release: second, number: 1 },
    ]);
    await w.step();
    const [release] = w.releases();
    const manifest = JSON.parse((await w.asset(release!, 'manifest.json')).toString()) as object;
    expect(manifest).toMatchObject({
      dataOwner: { data: ['results'], ...OWNER, by: WHO.publisher },
      files: [
        { path: 'output/later.csv', release: second },
        { path: 'output/table.csv', release: RELEASE },
      ],
    });
    const said = (await w.asset(release!, 'provenance.intoto.jsonl')).toString().trim().split('\n');
    expect(said).toHaveLength(4);
    expect(release!.body).toContain('Approval by the owner of the data: `DAA-77`, 2026-11-01.');
    const crate = unzip(await w.asset(release!, 'five-safes-ro-crate.zip'));
    const text = [...crate.values()].map((bytes) => bytes.toString('utf8')).join('\n');
    for (const part of [second, 'Approval by the owner of the data: given', 'Written down as DAA-77'])
      expect(text).toContain(part);
    w.deps.releases.recall(second, 1);
    await w.step();
    expect(w.releases().map(({ tag }) => tag)).toEqual([`outputs-${id}.2`]);
    expect([...w.releases()[0]!.assets.values()].map(({ name }) => name)).not.toContain('output--later.csv');
    expect(await w.step()).toBe(0);
  });

  test('a recall deletes the release and reissues the rest under a new tag', async () => {
    const w = await aWorld();
    const { id } = await w.approved();
    await w.step();
    w.deps.releases.recall(RELEASE, 1);
    await w.step();
    const [release, ...more] = w.releases();
    expect(more).toEqual([]);
    expect(release!.tag).toBe(`outputs-${id}.2`);
    expect([...release!.assets.values()].map(({ name }) => name)).not.toContain('output--table.csv');
    const gone = FILES[0]!;
    for (const { name } of release!.assets.values()) {
      const bytes = (await w.asset(release!, name)).toString('latin1');
      expect(bytes).not.toContain(gone.path);
      expect(bytes).not.toContain(sha256(gone.text));
    }
    expect((await w.view(id)).editions).toMatchObject([{ state: 'gone' }, { state: 'published' }]);
  });

  test('a file that is empty is in the crate alone', async () => {
    const w = await aWorld();
    w.released([{ path: 'output/empty.txt', text: '' }, ...FILES]);
    await w.approved();
    await w.step();
    const [release] = w.releases();
    expect([...release!.assets.values()].map(({ name }) => name)).not.toContain('output--empty.txt');
    const manifest = JSON.parse((await w.asset(release!, 'manifest.json')).toString()) as { files: object[] };
    expect(manifest.files[0]).toMatchObject({ path: 'output/empty.txt', asset: null, size: 0 });
  });

  test('a part is published alone: nothing is said of the other files', async () => {
    const w = await aWorld();
    await w.approved([3]);
    await w.step();
    const [release] = w.releases();
    const said = (await w.asset(release!, 'provenance.intoto.jsonl')).toString().trim().split('\n');
    expect(said).toHaveLength(2);
    for (const { name } of release!.assets.values())
      expect((await w.asset(release!, name)).toString('latin1')).not.toContain('table.csv');
  });

  test('what was made at a commit that GitHub no longer takes is published at the default branch', async () => {
    const w = await aWorld();
    for (const [method, path] of [
      ['POST', '/releases$'],
      ['PATCH', '/releases/[0-9]+$'],
    ] as const)
      w.sandbox.state.faults.add({ kind: 'answer', next: 1, method, path, status: 422 });
    await w.approved();
    await w.step();
    expect(w.releases()[0]).toMatchObject({ draft: false, target: 'main' });
  });

  test('a tag that somebody else made is left alone, and the next one is taken', async () => {
    const w = await aWorld();
    const { id } = await w.approved();
    const git = w.sandbox.state.repos.git(w.study());
    await git.setRef(`refs/tags/outputs-${id}.1`, w.commit);
    await w.step();
    await w.step();
    expect(w.releases().map(({ tag }) => tag)).toEqual([`outputs-${id}.2`]);
    expect((await w.view(id)).editions).toMatchObject([
      { state: 'gone', code: 'steward.tag-taken' },
      { state: 'published' },
    ]);
    expect(git.refs.has(`refs/tags/outputs-${id}.1`)).toBe(true);
  });

  test("somebody else's release under the tag is left alone too", async () => {
    const w = await aWorld();
    const { id } = await w.approved();
    await w.sandbox.state.releases.create(w.lead(), w.study(), {
      tag: `outputs-${id}.1`,
      draft: true,
      name: 'mine',
    });
    await w.step();
    await w.step();
    expect(w.releases().map(({ tag, name }) => [tag, name])).toEqual([
      [`outputs-${id}.1`, 'mine'],
      [`outputs-${id}.2`, 'Results of NS-2026-014, edition 2'],
    ]);
  });

  test('what members add to a draft, or change in it, is not published', async () => {
    const w = await aWorld();
    const { id } = await w.approved();
    const parts = await w.steward(async (call, work) => {
      const done = await work();
      if (call === 'create') {
        const [draft] = w.releases();
        w.sandbox.state.releases.assets.add(
          w.lead(),
          draft!,
          { name: 'mine.csv', label: null, contentType: 'text/csv' },
          undefined,
        );
      }
      return done;
    });
    await w.step(parts);
    const [release] = w.releases();
    expect(release).toMatchObject({ draft: false });
    expect([...release!.assets.values()].map(({ name }) => name)).not.toContain('mine.csv');
    expect((await w.view(id)).state).toBe('published');
    expect(existsSync(w.work)).toBe(true);
  });
});
