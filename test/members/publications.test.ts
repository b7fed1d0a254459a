/** Publications on the hub's pages: who sees what of one, who asks for one and for which files, who takes it back. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { takeReport } from '../../src/publication/edition-state.ts';
import { decidePublication, publicationById, requestPublication } from '../../src/publication/publication.ts';
import type { ReleaseView } from '../../src/outputs/outputs.ts';
import { onOneDatabase } from '../support/database.ts';
import { PEOPLE, PROJECT } from '../support/governance.ts';
import { must } from '../support/publication.ts';
import { hiddenFields, hubPages, type Browser, type HubPages } from './world.ts';

const OWNER = { reference: 'DAA-77', on: '2026-05-03' };
const PLACE = `/publish/${PROJECT}/attainment/study-main`;

onOneDatabase((open) => {
  let hub: HubPages;
  afterEach(() => hub.stop());

  /** Two releases of the study's workspace; the co-pilot may publish. */
  async function world(): Promise<{ first: ReleaseView; second: ReleaseView }> {
    hub = await hubPages(await open());
    const teams = hub.state.governance!.teams;
    const member = { id: PEOPLE.copilot, until: '2027-01-31', reason: 'rota', ref: 'GOV-118', away: [] };
    teams.push({ role: 'output_publisher', team: 'sp-publishers', members: [member] });
    const first = hub.outputs.release({ 'output/table.csv': 'a,b\n', 'output/figure.svg': '<svg/>' });
    const second = hub.outputs.release({ 'output/table.csv': 'a,b\n5,5\n', 'output/later.csv': 'c\n' });
    return { first, second };
  }
  const draft = async ({ id }: ReleaseView) =>
    must(
      await requestPublication(hub.publishing, {
        of: { release: id },
        actor: PEOPLE.lead,
        repository: { id: 70011, owner: 'northshire-research', name: 'study', private: false },
      }),
    );
  const approve = (publication: string) =>
    decidePublication(hub.publishing, {
      ...{ publication, actor: PEOPLE.copilot, decision: 'approve', owner: OWNER },
      repository: { id: 70011, owner: 'northshire-research', name: 'study', private: false },
    });
  async function published(release: ReleaseView): Promise<string> {
    const { id } = await draft(release);
    must(await approve(id));
    const url = 'https://github.example/northshire-research/study/releases/tag/outputs';
    const result = { outcome: 'published', githubRelease: 5, url, commit: 'a'.repeat(40) } as const;
    await takeReport(hub.publishing, { publication: id, edition: 1, want: 'published', result });
    return id;
  }
  /** The form of the page, with these boxes ticked: `fields` cannot say one name twice. */
  async function ticked(browser: Browser, files: readonly string[], more: Record<string, string> = {}) {
    const { text } = await browser.get(PLACE);
    const body = new URLSearchParams({ ...hiddenFields(text, PLACE), ...more });
    for (const file of files) body.append('file', file);
    return browser.post(PLACE, body);
  }

  describe('choosing files over all releases of a workspace', () => {
    test('a lead ticks files of two releases and has one draft, once', async () => {
      const { first, second } = await world();
      const lead = await hub.as('lead');
      const { text } = await lead.get(PLACE);
      expect(text).toContain('one of 2 versions');
      const files = [`${first.id}/2`, `${second.id}/1`];
      const made = await ticked(lead, files, OWNER);
      expect([made.status, made.location]).toEqual([
        303,
        expect.stringMatching(/^\/publications\/[a-z0-9]{16}$/),
      ]);
      const id = made.location.split('/').at(-1)!;
      expect(await publicationById(hub.publishing, id)).toMatchObject({
        state: 'draft',
        owner: { ...OWNER, by: PEOPLE.lead },
        files: expect.arrayContaining([
          expect.objectContaining({ release: first.id, number: 2 }),
          expect.objectContaining({ release: second.id, number: 1 }),
        ]),
      });
      expect((await ticked(lead, [...files].reverse())).location).toBe(made.location);
      expect((await lead.get(PLACE)).text).toContain('waits for a publisher');
      expect((await lead.get(`/releases/${first.id}`)).text).toContain(made.location);
    });

    test('what was ticked and written is there again when it is refused', async () => {
      const { first, second } = await world();
      const lead = await hub.as('lead');
      const twice = await ticked(lead, [`${first.id}/1`, `${second.id}/1`], { reference: 'DAA-77', on: '' });
      expect(twice.status).toBe(409);
      expect(twice.text).toContain('publication.two-versions');
      expect(twice.text.match(/ checked/g)).toHaveLength(2);
      expect(twice.text).toContain('value="DAA-77"');
      expect((await ticked(lead, [])).text).toContain('members.nothing-chosen');
      hub.outputs.study.private = true;
      expect((await ticked(lead, [`${first.id}/1`])).text).toContain('publication.private-repository');
    });

    test('a file of another workspace, or of nothing, was not on the page and is not taken', async () => {
      const { first } = await world();
      const elsewhere = hub.outputs.release({ 'x.csv': 'x' }, { workspace: 'study-other' });
      const lead = await hub.as('lead');
      expect((await ticked(lead, [`${elsewhere.id}/1`])).text).toContain('members.nothing-chosen');
      expect((await ticked(lead, [`${first.id}/9`])).text).toContain('publication.no-file');
      expect((await ticked(lead, ['../../etc', `${first.id}/0`])).text).toContain('members.nothing-chosen');
    });

    test('a collaborator sees why there is nothing to tick, and is refused when they send it anyway', async () => {
      const { first } = await world();
      const collaborator = await hub.as('collaborator');
      const { text } = await collaborator.get(PLACE);
      expect(text).toContain('A publication is asked for by the author');
      expect(text).not.toContain('Ask for publication');
      expect((await ticked(collaborator, [`${first.id}/1`])).text).toContain('publication.not-yours');
    });

    test.each(['copilot', 'stranger', 'governor'] as const)('there is no such page for %s', async (role) => {
      await world();
      const browser = await hub.as(role);
      expect((await browser.get(PLACE)).status).toBe(404);
      expect((await browser.get(`/publish/${PROJECT}/attainment/nowhere`)).status).toBe(404);
    });

    test('a form of another page, or without its token, does nothing', async () => {
      const { first } = await world();
      const lead = await hub.as('lead');
      const { text } = await lead.get(PLACE);
      const whole = { ...hiddenFields(text, PLACE), file: `${first.id}/1` };
      const foreign = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };
      expect((await lead.post(PLACE, whole, foreign)).status).toBe(403);
      expect((await lead.post(PLACE, { file: `${first.id}/1` })).status).toBe(403);
      expect((await hub.browser().post(PLACE, whole)).status).toBe(403);
      expect(
        await hub.deps.publications.ofWorkspace({
          project: PROJECT,
          backend: 'attainment',
          workspace: 'study-main',
        }),
      ).toEqual([]);
    });

    test('five thousand boxes fit into the form, and a flood does not', async () => {
      const { first } = await world();
      const lead = await hub.as('lead');
      const many = Array.from({ length: 5000 }, (_, n) => `${first.id}/${n + 1}`);
      expect((await ticked(lead, many)).text).toContain('publication.no-file');
      expect((await ticked(lead, ['x'.repeat(400_000)])).status).toBe(413);
    });
  });

  describe('the page of a publication', () => {
    test('says to everybody that it is asked for, and not of what', async () => {
      const { first } = await world();
      const { id } = await draft(first);
      for (const browser of [hub.browser(), await hub.as('stranger')]) {
        const { status, text } = await browser.get(`/publications/${id}`);
        expect(status).toBe(200);
        expect(text).toContain('waits for a publisher');
        expect(text).not.toContain('table.csv');
        expect(text).not.toContain(first.files[0]!.sha256.slice(0, 16));
        expect(text).not.toContain('Rowan');
      }
      for (const role of ['lead', 'copilot'] as const)
        expect((await (await hub.as(role)).get(`/publications/${id}`)).text).toContain('output/table.csv');
      expect((await hub.browser().get('/publications/nobody0000000000')).status).toBe(404);
      expect((await hub.browser().get('/publications/..%2f')).status).toBe(404);
    });

    test("shows what is public to everybody, with the data owner's approval", async () => {
      const { first } = await world();
      const id = await published(first);
      const { text } = await hub.browser().get(`/publications/${id}`);
      expect(text).toContain('output/table.csv');
      expect(text).toContain('DAA-77');
      expect(text).toContain('2026-05-03');
      expect(text).not.toContain('Withdraw this publication');
    });

    test.each(['lead', 'copilot', 'governor'] as const)(
      'a %s withdraws it with a reason, and it is said everywhere',
      async (role) => {
        const { first } = await world();
        const id = await published(first);
        const browser = await hub.as(role);
        const form = `/publications/${id}/withdraw`;
        expect((await browser.submit(`/publications/${id}`, form)).text).toContain('members.which-category');
        expect((await browser.submit(`/publications/${id}`, form, { category: 'x' })).status).toBe(409);
        const done = await browser.submit(`/publications/${id}`, form, { category: 'superseded' });
        expect([done.status, done.location]).toEqual([303, `/publications/${id}`]);
        const { text } = await hub.browser().get(`/publications/${id}`);
        expect(text).toContain('other results take their place');
        expect(text).not.toContain('table.csv');
        expect(await publicationById(hub.publishing, id)).toMatchObject({
          state: 'withdrawn',
          endedBy: PEOPLE[role],
          why: 'superseded',
          editions: [{ state: 'unwanted' }],
        });
        expect(hub.state.woken).toBeGreaterThan(0);
      },
    );

    test.each(['collaborator', 'checker', 'stranger'] as const)(
      'a %s has no form, and a form of theirs is refused',
      async (role) => {
        const { first } = await world();
        const id = await published(first);
        const browser = await hub.as(role);
        const { text } = await browser.get(`/publications/${id}`);
        expect(text).not.toContain('Withdraw this publication');
        const token = hiddenFields(text, '/logout');
        const said = await browser.post(`/publications/${id}/withdraw`, { ...token, category: 'superseded' });
        expect([said.status, said.text.includes('publication.not-yours-to-end')]).toEqual([409, true]);
        expect((await publicationById(hub.publishing, id))?.state).toBe('published');
      },
    );

    test('nobody withdraws without a session, without the token, or from another site', async () => {
      const { first } = await world();
      const id = await published(first);
      const lead = await hub.as('lead');
      const form = `/publications/${id}/withdraw`;
      const whole = hiddenFields((await lead.get(`/publications/${id}`)).text, form);
      const said = { ...whole, category: 'disclosure' };
      expect((await hub.browser().post(form, said)).status).toBe(403);
      expect((await lead.post(form, { category: 'disclosure' })).status).toBe(403);
      expect((await lead.post(form, said, { origin: 'https://elsewhere.example' })).status).toBe(403);
      expect((await publicationById(hub.publishing, id))?.state).toBe('published');
    });

    test('a recalled file is not named, to members either', async () => {
      const { first } = await world();
      const { id } = await draft(first);
      hub.outputs.recall(first, 1);
      const { text } = await (await hub.as('lead')).get(`/publications/${id}`);
      expect(text).not.toContain('output/table.csv');
      expect(text).toContain('recalled');
    });
  });
});
