/** A publication of files of several releases. */
import { describe, expect, test } from '@jest/globals';
import {
  publicationById,
  publicationsOf,
  publicFiles,
  settleAll,
} from '../../src/publication/publication.ts';
import { eachDatabase } from '../support/database.ts';
import { codeOf, FILES, must, RELEASE, REQUEST, WHO, type TestDeps } from '../support/publication.ts';
import { ask, decide, of, world as worldOn } from './asking.ts';

eachDatabase((open) => {
  const world = (changes: { publish?: number } = {}) => worldOn(open, changes);

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
});
