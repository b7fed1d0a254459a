/**
 * `review.signing_code: required`, from GitHub's webhook to the airlock's rules and back to the issue: what
 * the hub makes of labels and comments is done by a real airlock, and its answer is what the hub tells.
 */
import { afterEach, expect, test } from '@jest/globals';
import { AirlockWorld, airlockGovernance, WHO, type Name } from '../support/airlock.ts';
import { AIRLOCK_MIGRATIONS, onOneDatabase } from '../support/database.ts';
import { governanceFiles } from '../support/governance.ts';
import {
  aReleaseWorld,
  CHECKERS,
  releaseGovernance,
  REVIEWS,
  type ReleaseWorld,
} from '../support/release-world.ts';

const DEMANDED = {
  'policies.yml': `${governanceFiles().get('policies.yml')}review: {signing_code: required}\n`,
};

onOneDatabase((openHub) => {
  onOneDatabase((openZone) => {
    let town: ReleaseWorld;
    let zone: AirlockWorld;
    afterEach(async () => {
      await town.world.stop();
      await zone.close();
    });

    /** The hub's newest order, done in the zone by the checker who holds the place there. */
    async function handed(id: string, who: Name): Promise<string> {
      await town.world.settle();
      const order = (await town.orders()).at(-1)!;
      expect(order.actor).toBe(CHECKERS.first);
      const deed = { ...order.deed, request: id };
      const { outcome, code } = await zone.room.order({ id: order.id, actor: WHO[who], at: 0, deed });
      await town.answers(order.id, code);
      return code ?? outcome;
    }

    test('a label, a verdict and a wrong code are refused with what to do; the code shown in the viewer signs', async () => {
      town = await aReleaseWorld({ database: await openHub(), governance: releaseGovernance(DEMANDED) });
      await town.submitted();
      zone = await AirlockWorld.open(await openZone(), { governance: airlockGovernance(DEMANDED) });
      const id = await zone.submitted();
      const [first] = await zone.checkers(id);
      await zone.readsAll(first!, id);
      await zone.does(first!, id, 'grade', { path: 'output/table.csv', grade: 'approve' });
      await zone.answered(id, first!);
      const says = (text: string) => town.as('checker').comment(REVIEWS, town.review(), text);
      expect(town.review().body).toContain('commenting `/submit-review` with the code');
      expect(town.review().body).not.toContain('verdict: ');

      town.as('checker').label(REVIEWS, town.review(), 'verdict: submit');
      expect(await handed(id, first!)).toBe('release.signing-code-missing');
      expect(town.said(REVIEWS, town.review()).at(-1)).toBe(
        '@kim-example: Here a signature on GitHub carries the code that the viewer shows you; labels cannot. Grade every file in the viewer, then comment /submit-review with the code, or sign there. (release.signing-code-missing)',
      );
      for (const verdict of ['/approve', '/approve 1', '/submit-review']) {
        says(verdict);
        expect([verdict, await handed(id, first!)]).toEqual([verdict, 'release.signing-code-missing']);
      }
      says('/submit-review 0123456789ab');
      expect(await handed(id, first!)).toBe('release.signing-code');
      expect(await zone.state(id)).toMatchObject({ state: 'submitted', reviews: [] });

      const page = await zone.page(first!, id);
      expect(page).toMatchObject({ signatureMissing: true, signingCode: 'required' });
      says(`/submit-review ${String(await zone.room.shownCode(WHO[first!], id))}`);
      expect(await handed(id, first!)).toBe('done');
      expect(await zone.state(id)).toMatchObject({ state: 'reviewing', reviews: [{ checker: WHO[first!] }] });
    });

    test('a code of an earlier turn signs nothing', async () => {
      town = await aReleaseWorld({ database: await openHub(), governance: releaseGovernance(DEMANDED) });
      await town.submitted();
      zone = await AirlockWorld.open(await openZone(), { governance: airlockGovernance(DEMANDED) });
      const id = await zone.submitted();
      const [first] = await zone.checkers(id);
      const before = String(await zone.room.shownCode(WHO[first!], id));
      await zone.does(first!, id, 'return', { category: 'wrong-files' });
      await zone.does('author', id, 'submit', {});
      await zone.readsAll(first!, id);
      await zone.does(first!, id, 'grade', { path: 'output/table.csv', grade: 'approve' });
      await zone.answered(id, first!);

      const says = () => town.as('checker').comment(REVIEWS, town.review(), `/submit-review ${before}`);
      // The hub has not heard yet that it came back.
      says();
      expect(await handed(id, first!)).toBe('release.turn-over');
      const { turn } = await zone.state(id);
      await town.shows('resubmitted', { state: 'submitted', turn });
      says();
      expect(await handed(id, first!)).toBe('release.signing-code');
    });
  }, AIRLOCK_MIGRATIONS);
});
