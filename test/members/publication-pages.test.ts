/** Publications on the hub's pages in a real browser: choosing files, following what becomes of them, taking them back. */
import { beforeAll, expect } from '@jest/globals';
import { takeReport } from '../../src/publication/edition-state.ts';
import { decidePublication } from '../../src/publication/publication.ts';
import { onOneDatabase } from '../support/database.ts';
import { PEOPLE, PROJECT } from '../support/governance.ts';
import { follows } from '../support/navigation.ts';
import { must } from '../support/publication.ts';
import { requires } from '../support/require.ts';
import { membersStage, overhang, signsIn } from './stage.ts';
import { LOGINS } from './world.ts';

const { describe, test } = requires('chromium');
const STUDY = { id: 70011, owner: 'northshire-research', name: 'study', private: false };

describe('publications in Chromium', () => {
  onOneDatabase((open) => {
    const stage = membersStage(open);
    beforeAll(() => {
      const member = { id: PEOPLE.copilot, until: '2027-01-31', reason: 'rota', ref: 'GOV-118', away: [] };
      const team = { role: 'output_publisher' as const, team: 'sp-publishers', members: [member] };
      stage.hub.state.governance!.teams.push(team);
    });
    /** Accessible in both colours, on a telephone and on a desktop, and nothing hangs over, on a laptop either. */
    async function looked(name: string): Promise<void> {
      for (const width of [390, 1280]) {
        await stage.page.setViewportSize({ width, height: 800 });
        await stage.accessible();
        await stage.shot(`${name}-${width}`);
        expect(await overhang(stage.page)).toBeLessThanOrEqual(0);
      }
      await stage.page.setViewportSize({ width: 1024, height: 720 });
      expect(await overhang(stage.page)).toBeLessThanOrEqual(0);
    }

    test('from released files to a publication that is taken back, with boxes, links and buttons', async () => {
      const { hub, page } = stage;
      const first = hub.outputs.release({
        'output/table.csv': 'a,b\n',
        'output/figure.svg': '<svg/>',
        'x.csv': 'x',
      });
      hub.outputs.release({
        'output/table.csv': 'a,b\n5,5\n',
        'output/a-long-name-for-a-table-of-absence-by-school-type-and-year.csv': 'c\n',
      });
      hub.outputs.recall(first, 3);
      await page.goto(`${hub.origin}/login?next=/releases`);
      await signsIn(page, LOGINS.lead, hub.origin);
      await looked('releases');
      await follows(page, 'text=Publish files of study-main');
      await page.check('text=output/figure.svg');
      await page.check('text=a-long-name-for-a-table');
      await page.fill('#reference', 'a\u0001b');
      await follows(page, 'text=Ask for publication');
      expect(await page.textContent('[data-testid=refusal]')).toContain('publication.bad-reference');
      // 409 is what it is.
      stage.faults.length = 0;
      expect(await page.locator('input[type=checkbox]:checked').count()).toBe(2);
      await page.fill('#reference', '');
      await looked('publish');
      await follows(page, 'text=Ask for publication');

      expect(await page.textContent('[data-testid=publication]')).toContain('waits for a publisher');
      expect(await page.textContent('[data-testid=owner]')).toContain('Not told yet');
      await looked('publication-draft');
      const id = new URL(page.url()).pathname.split('/').at(-1)!;
      const who = { publication: id, actor: PEOPLE.copilot, decision: 'approve' as const, repository: STUDY };
      must(
        await decidePublication(hub.publishing, { ...who, owner: { reference: 'DAA-77', on: '2026-05-03' } }),
      );
      const url = `${hub.sandbox.url}/northshire-research/study/releases/tag/outputs-${id}.1`;
      const result = { outcome: 'published', githubRelease: 5, url, commit: 'a'.repeat(40) } as const;
      await takeReport(hub.publishing, { publication: id, edition: 1, want: 'published', result });

      await page.reload();
      expect(await page.textContent('[data-testid=owner]')).toContain('DAA-77 of 2026-05-03');
      await looked('publication');
      await page.selectOption('#category', { label: 'other results take their place' });
      await follows(page, 'text=Withdraw this publication');
      expect(await page.textContent('[data-testid=publication]')).toContain('other results take their place');
      expect(await page.locator('[data-testid=withdraw]').count()).toBe(0);
      await looked('publication-withdrawn');
      await page.goto(`${hub.origin}/publish/${PROJECT}/attainment/study-main`);
      expect(await page.textContent('main')).toContain('withdrawn');
      await follows(page, 'text=Sign out');
      await page.goto(`${hub.origin}/publications/${id}`);
      expect(await page.textContent('main')).not.toContain('figure.svg');
      await looked('publication-public');
    });

    test('the addresses that statements name are readable pages, from one to the next', async () => {
      const { hub, page } = stage;
      await page.goto(`${hub.origin}/`);
      await follows(page, 'text=how to check a download');
      await looked('provenance');
      await follows(page, 'text=How a file was reviewed');
      expect(await page.textContent('[data-testid=fields]')).toContain('predicate.signers[]');
      await looked('predicate');
      await follows(page, 'text=the zone of a backend');
      await follows(page, 'text=Pupil attainment warehouse');
      expect(await page.textContent('[data-testid=builder]')).toContain('container of its own');
      await looked('builder');
    });
  });
});
