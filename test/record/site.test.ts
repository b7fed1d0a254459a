/** What all pages and copies share: a page of them at a time, and a picture for whoever shows a link. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { onOneDatabase, type TestDatabase } from '../support/database.ts';
import { aGovernance } from '../support/governance.ts';
import { putReleases } from './rows.ts';
import { aStage, type Stage } from './stage.ts';

const PEOPLE = 450;

onOneDatabase((open) => {
  let stage: Stage;
  let database: TestDatabase;
  beforeAll(async () => {
    database = await open();
    const g = aGovernance();
    const [one] = g.people;
    const people = Array.from({ length: PEOPLE }, (_, n) => ({ ...one!, id: 1000 + n, login: `login-${n}` }));
    const [project] = g.projects;
    const projects = Array.from({ length: 201 }, (_, n) => ({ ...project!, id: `p-${n}` }));
    const [dataset] = g.datasets;
    const datasets = Array.from({ length: 203 }, (_, n) => ({ ...dataset!, dataset: `set-${n}` }));
    stage = await aStage(database, undefined, { ...g, people, projects, datasets });
  });
  afterAll(() => stage.stop());
  const get = async (path: string) => (await fetch(`${stage.origin}${path}`)).text();
  const rowsIn = (html: string, name: string): number =>
    new RegExp(`data-testid="${name}".*?</table>`, 's').exec(html)![0].split('<tr>').length - 2;

  test.each([
    ['/people', 'people', [200, 200, 50]],
    ['/projects', 'projects', [200, 1]],
    ['/permissions', 'grants', [200, 3]],
  ])('%s shows so many and leads to the rest, however many there are', async (path, name, sizes) => {
    const seen: number[] = [];
    const links = new Set<string>();
    for (let at: string | undefined = path; at !== undefined; ) {
      const html = await get(at);
      seen.push(rowsIn(html, name));
      at = /rel="next"[^>]* href="([^"]+)"/.exec(html)?.[1];
      links.add(at ?? '');
    }
    expect([seen, links.size]).toEqual([sizes, sizes.length]);
    expect(rowsIn(await get(`${path}?after=99999`), name)).toBe(0);
    expect(rowsIn(await get(`${path}?after=-1`), name)).toBe(200);
  });

  test('a link to a page has a picture, as large as the page says', async () => {
    const text = await get('/requests');
    expect(text).toContain('<meta name="twitter:card" content="summary_large_image"/>');
    const said = (name: string) => new RegExp(`property="og:image${name}" content="([^"]+)"`).exec(text)?.[1];
    const address = said('') ?? '';
    expect(address.startsWith(`${stage.origin}/assets/card-`)).toBe(true);
    const picture = await fetch(address);
    expect([picture.headers.get('content-type'), picture.headers.get('cache-control')]).toEqual([
      'image/png',
      'public, max-age=31536000, immutable',
    ]);
    // A PNG begins with both.
    const bytes = Buffer.from(await picture.arrayBuffer());
    expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)].map(String)).toEqual([
      said(':width'),
      said(':height'),
    ]);
    expect(said(':alt')).toMatch(/\.$/);
  });

  test('a copy of releases ends somewhere, and says where the next begins', async () => {
    await putReleases(database.db, 5003);
    const first = await fetch(`${stage.origin}/releases.json`);
    const { releases, next } = (await first.json()) as { releases: { id: string }[]; next: string };
    expect([releases.length, first.headers.get('link')]).toEqual([5000, `<${next}>; rel="next"`]);
    const second = await fetch(next);
    const rest = (await second.json()) as { releases: { id: string; recalledAt: string }[]; next: null };
    expect([rest.releases.length, rest.next, second.headers.get('link')]).toEqual([3, null, null]);
    expect(new Set([...releases, ...rest.releases].map(({ id }) => id)).size).toBe(5003);
    const csv = await fetch(next.replace('.json', '.csv'));
    expect((await csv.text()).trim().split('\r\n')).toHaveLength(4);
    // A feed tells of a recall when it happens: every tenth was recalled in part.
    await database.db.execute(sql`update released_files set recalled_at = recalled_at + 60000`);
    const feed = await fetch(`${stage.origin}/releases.feed`);
    const { items } = (await feed.json()) as { items: { date_published: string; date_modified: string }[] };
    expect(items.filter((one) => one.date_modified > one.date_published)).toHaveLength(5);
  });
});
