/** The data owner's approval of a publication. */
import { describe, expect, test } from '@jest/globals';
import { publicationById, publicFiles } from '../../src/publication/publication.ts';
import { eachDatabase } from '../support/database.ts';
import { codeOf, must, OWNER, RELEASE, WHO } from '../support/publication.ts';
import { ask, decide, ledger, ownersInLedger, world as worldOn } from './asking.ts';

eachDatabase((open) => {
  const world = (changes: { publish?: number } = {}) => worldOn(open, changes);

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
});
