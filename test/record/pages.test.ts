/** The public record over HTTP: a run, a refusal, who may do what, for somebody who is signed in nowhere. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sql } from 'drizzle-orm';
import { noteSilences } from '../../src/jobs/jobs.ts';
import { pauseBackend } from '../../src/jobs/pause.ts';
import { onOneDatabase } from '../support/database.ts';
import { aWorld, type World } from '../support/world.ts';
import { edited, PEOPLE, PROJECT } from '../support/governance.ts';
import { record } from '../../src/db/record.ts';
import { tidy } from '../support/tidy.ts';

const ORGS = `- id: riverside-university
  name: Riverside University
  logo: https://pictures.example.edu/riverside.png
  members_label: Riverside members
- {id: nobody-yet, name: Nobody yet}
`;
const ALERTS = `- {id: away, level: danger, title: 'Away <b>', text: 'See [here](https://example.org) or [there](javascript:x).', from: 2020-01-01, until: 2127-01-01}
- {id: ours, level: info, title: For one project, text: Only there., scope: {projects: [ns-2026-014]}, from: 2020-01-01, until: 2127-01-01}
- {id: past, level: info, title: Long over, text: Gone., from: 2020-01-01, until: 2020-01-02}
`;

onOneDatabase((open) => {
  let world: World;
  let id: string;
  let jobs: string[];

  beforeAll(async () => {
    const governance = edited({});
    governance.set('orgs.yml', ORGS);
    governance.set('alerts.yml', ALERTS);
    world = await aWorld({ database: await open(), governance });
    const issue = world.as('lead').issue();
    world.as('lead').comment(issue, '/run model');
    await world.settle();
    await world.agent().ends('extract');
    await world.agent().ends('model', 'nonzero_exit', { outputsMissing: true });
    await world.settle();
    world.as('stranger').comment(issue, '/run model --backend nowhere');
    await world.settle();
    [id = ''] = await world.requests();
    jobs = Array.from(
      (await get(`/requests/${id}`)).text.matchAll(/href="\/jobs\/([a-z0-9]{16})"/g),
      ([, job]) => job!,
    );
  });
  afterAll(() => world.stop());

  async function get(
    path: string,
    accept = 'text/html',
  ): Promise<{ status: number; text: string; headers: Headers }> {
    const answer = await fetch(`${world.hub.url}${path}`, { headers: { accept }, redirect: 'manual' });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  }
  const wordsIn = (html: string): string =>
    tidy(
      html
        .slice(html.indexOf('<h1'), html.indexOf('</main>'))
        .replace(/<[^>]+>/g, ' ')
        .replace(/\s+/g, ' '),
    );

  test('the list shows who asked for what, with a permanent address', async () => {
    const { status, text, headers } = await get('/requests');
    expect(status).toBe(200);
    expect(text).toContain(`<a href="/requests/${id}">model</a>`);
    expect(text).toContain('Rowan Example');
    expect(text).toMatch(/<meta property="og:title" content="Requests of northshire-schools"\/>/);
    expect(headers.get('content-security-policy')).toContain("script-src 'self'");
    expect((await get('/requests?state=failed')).text).toContain(id);
    expect((await get('/requests?state=succeeded')).text).not.toContain(id);
    expect((await get('/requests?state=nonsense')).status).toBe(400);
    expect((await get('/log?state=failed')).headers.get('location')).toBe('/requests?state=failed');
    expect((await get('/requests?org=riverside-university&action=model&text=STUDY')).text).toContain(id);
    expect((await get('/requests?org=nobody-yet')).text).toContain('There are none.');
    expect((await get('/requests?org=nowhere')).status).toBe(400);
    expect((await get('/figures')).headers.get('content-security-policy')).not.toContain('script-src');
  });

  test('a request shows its pipeline, its jobs, and where it came from', async () => {
    const { text } = await get(`/requests/${id}`);
    expect(wordsIn(text)).toMatchInlineSnapshot(
      `" Request ID1 Rowan Example asked for model on attainment for ns-2026-014 State failed Asked for by Rowan Example , TIME Project ns-2026-014 Backend attainment Code northshire-research/study at SHORT , branch main On GitHub issue or pull request , check run Workspace study-main Started TIME Ended TIME , after DURATION Policy SHORT Jobs extract succeeded model failed Action State Started Took extract succeeded TIME DURATION model failed: the program ended with an error TIME DURATION In the ledger TIME : request submitted (takes its place within seconds) "`,
    );
    expect(text).toContain(`/northshire-research/study/commit/${world.head()}`);
    expect(text).toMatch(/\/northshire-research\/study\/issues\/\d+"/);
    expect(text).toMatch(/\/northshire-research\/study\/runs\/\d+"/);
    expect(text).toMatch(/<svg [^>]*role="img"/);
    expect(jobs).toHaveLength(2);
  });

  test('a job has a page of its own, with what it runs and what it needs', async () => {
    const { text } = await get(`/jobs/${jobs[1]}`);
    expect(text).toContain('<code>python:v2 analysis/model.py</code>');
    expect(text).toContain(`<a href="/jobs/${jobs[0]}">extract</a>`);
    expect(text).toContain('failed: the program ended with an error');
  });

  test.each([
    '/requests/0000000000000000',
    '/requests/x',
    '/jobs/0000000000000000',
    '/jobs/%00',
    '/projects/x',
    '/people/1',
    '/people/x',
    '/orgs/x',
    '/status/x',
    '/releases/%00',
    '/publications/%00',
    '/codelist/org/%00/v1',
  ])('there is nothing at %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  test('feeds and copies say the same', async () => {
    const atom = await get('/requests.atom?project=absence-study');
    expect(atom.headers.get('content-type')).toContain('application/atom+xml');
    expect(atom.text).toContain(`<id>${world.config().origin}/requests/${id}</id>`);
    const feed = JSON.parse((await get('/requests.feed')).text) as { items: { url: string }[] };
    expect(feed.items.map(({ url }) => url)).toContain(`${world.config().origin}/requests/${id}`);
    const json = JSON.parse((await get('/requests.json?kind=run')).text) as { requests: { id: string }[] };
    expect(json.requests.map((one) => one.id)).toContain(id);
    const csv = await get('/requests.csv');
    expect(csv.headers.get('content-disposition')).toMatch(/^attachment; filename="requests-[\d-]+\.csv"$/);
    expect(csv.text.split('\r\n').filter((line) => line.includes(id))).toHaveLength(1);
    const no = await get('/requests.json?state=nonsense');
    expect([no.status, JSON.parse(no.text)]).toMatchObject([400, { code: 'record.bad-filter' }]);
  });

  test('alerts stand on the pages that they are for, as text, and in a feed', async () => {
    const home = (await get('/')).text;
    expect(home).toMatch(/<div class="flash flash-error mb-3"><strong>Away &lt;b><\/strong>/);
    expect(home).toContain('href="https://example.org" rel="noopener noreferrer nofollow"');
    expect(home).not.toMatch(/href="?javascript/);
    expect(home).not.toContain('For one project');
    for (const path of [`/projects/${PROJECT}`, `/requests/${id}`, `/jobs/${jobs[0]}`])
      expect((await get(path)).text).toContain('For one project');
    const all = (await get('/alerts')).text;
    expect([...all.matchAll(/id="(away|ours|past)"/g)].map(([, each]) => each)).toEqual([
      'away',
      'ours',
      'past',
    ]);
    expect((await get('/alerts.atom')).text).toContain('<title>danger: Away &#60;b&#62;</title>');
    expect(JSON.parse((await get('/alerts.json')).text)).toMatchObject({
      alerts: [{ id: 'away', when: 'now' }, { when: 'now' }, { id: 'past', when: 'over' }],
    });
  });

  test('an organisation has a name, and a picture that tells nobody who looks', async () => {
    const { text, headers } = await get('/orgs/riverside-university');
    expect(text).toContain('<h1 class="f2 text-normal">Riverside University</h1>');
    expect(text).toContain('Riverside members');
    expect(text).toMatch(/<img [^>]*referrerpolicy="no-referrer"/);
    expect(headers.get('content-security-policy')).toContain("img-src https://pictures.example.edu 'self'");
    expect((await get('/orgs')).headers.get('content-security-policy')).not.toContain('pictures');
    expect((await get('/orgs/nobody-yet')).text).toContain('None yet.');
    expect((await get('/orgs.atom')).text).toContain('Riverside University');
  });

  test('a workspace has a page that stays', async () => {
    const { text } = await get('/workspaces/study-main');
    expect(text).toContain(`/requests/${id}`);
    expect(text).toContain('First run on real data');
    expect(text).toMatch(/<link rel="canonical" href="[^"]*\/workspaces\/study-main"/);
    expect((await get('/requests?workspace=study-main')).text).toContain(id);
    expect((await get('/requests?workspace=other')).text).not.toContain(id);
    expect((await get('/requests?workspace=%20-')).status).toBe(400);
    for (const path of ['/workspaces/nothing', '/workspaces/%00', `/workspaces/${'x'.repeat(300)}`])
      expect((await get(path)).status).toBe(404);
  });

  test('who could do what on a day is what the log says, on pages and for programs', async () => {
    const today = new Date(world.hub.room.clock.now()).toISOString().slice(0, 10);
    const answer = await get(`/people.json?on=${today}`);
    expect([answer.status, answer.text.slice(0, 200)]).toEqual([200, expect.stringContaining('"rights":[')]);
    const now = JSON.parse(answer.text) as {
      rights: { what: string; person: { id: number }; project: string | null }[];
    };
    expect(now.rights.filter(({ person }) => person.id === PEOPLE.lead).map(({ what }) => what)).toEqual(
      expect.arrayContaining(['person', 'backend', 'member']),
    );
    const page = (await get(`/permissions?on=${today}`)).text;
    expect(page).toContain(`Permissions on ${today}`);
    expect(page).toContain(`/projects/${PROJECT}`);
    expect((await get(`/people/${PEOPLE.lead}?on=${today}`)).text).toContain('member as lead');
    expect(JSON.parse((await get('/people.json?on=2019-01-01')).text)).toEqual({
      on: '2019-01-01',
      rights: [],
      next: null,
    });
    expect((await get('/people?on=2019-01-01')).text).toContain('The log tells of none.');
    for (const bad of ['2026-02-30', 'yesterday', '2026-1-1', "2026-01-01'--"]) {
      expect((await get(`/people?on=${encodeURIComponent(bad)}`)).status).toBe(400);
      expect((await get(`/permissions.json?on=${encodeURIComponent(bad)}`)).status).toBe(400);
    }
    expect((await get('/people?on=')).status).toBe(200);
  });

  test('what governance names no more leads to what the record keeps', async () => {
    const right = {
      ...{ event: 'given', project: 'old-study', person: null, name: null, repository: null, scope: null },
      ...{ from: null, until: '2020-01-01', reason: null, ref: null, what: 'project' },
    };
    await world.hub.room.db.transaction((tx) =>
      record(tx, {
        ...{ time: '2019-01-01T09:00:00.000Z', type: 'grant', actor: 'hub', policy_commit: null },
        subject: 'project:old-study',
        body: right,
      }),
    );
    const gone = await get('/projects/old-study');
    expect([gone.status, gone.text]).toEqual([200, expect.stringContaining('Governance names it no more')]);
    expect(gone.text).toContain('/requests?project=old-study');
    const moved = await get('/projects/absence-study');
    expect([moved.status, moved.headers.get('location')]).toEqual([301, `/projects/${PROJECT}`]);
    const published = await get('/published/abc');
    expect([published.status, published.headers.get('location')]).toEqual([301, '/publications/abc']);
  });

  test('every list can be followed, and is there for programs', async () => {
    const lists = [
      ...['releases', 'published', 'projects', 'people', 'orgs', 'permissions', 'status', 'alerts'],
      ...['ledger', 'repositories'],
    ];
    for (const list of lists) {
      expect([list, (await get(`/${list}`)).status]).toEqual([list, 200]);
      const atom = await get(`/${list}.atom`);
      expect([list, atom.status, atom.headers.get('content-type')]).toEqual([
        ...[list, 200, 'application/atom+xml; charset=utf-8'],
      ]);
      expect(atom.text).toContain(`<id>${world.config().origin}/${list}.atom</id>`);
      const feed = JSON.parse((await get(`/${list}.feed`)).text) as { version: string; title: string };
      expect([list, feed.version]).toEqual([list, 'https://jsonfeed.org/version/1.1']);
      const { text } = await get(`/${list}`);
      // For programs in the head, for people beneath the list.
      expect([
        list,
        text.split(`href="/${list}.atom"`).length,
        text.split(`href="/${list}.feed"`).length,
      ]).toEqual([list, 3, 3]);
    }
    for (const copy of ['/releases.csv', '/releases.json', '/published.csv', '/published.json', '/orgs.csv'])
      expect([copy, (await get(copy)).status]).toEqual([copy, 200]);
  });

  test('search leads there at once', async () => {
    expect((await get(`/search?q=${id}`)).headers.get('location')).toBe(`/requests/${id}`);
    expect((await get(`/search?q=${jobs[0]}`)).headers.get('location')).toBe(`/jobs/${jobs[0]}`);
    expect((await get('/search?q=nobody-at-all')).text).toContain('Nothing is called that');
    expect((await get('/search?q=example')).text).toContain('Rowan Example');
  });

  test('projects, people, organisations and permissions are what governance says, without addresses', async () => {
    const project = await get(`/projects/${PROJECT}`);
    expect(project.text).toContain('Absence and exam results');
    expect(project.text).toContain('northshire-research/study');
    expect((await get('/projects/absence-study')).headers.get('location')).toBe(`/projects/${PROJECT}`);
    const pages = await Promise.all(
      [
        '/projects',
        '/people',
        `/people/${PEOPLE.lead}`,
        '/orgs',
        '/orgs/riverside-university',
        '/permissions',
        '/projects.atom',
        '/projects.feed',
      ].map(get1),
    );
    expect(pages.map(({ status }) => status)).toEqual(pages.map(() => 200));
    const all = [project, ...pages].map(({ text }) => text);
    const copies = await Promise.all(
      ['projects', 'people', 'permissions'].flatMap((list) => [get(`/${list}.csv`), get(`/${list}.json`)]),
    );
    expect(copies.map(({ text }) => text.slice(0, 10))).toEqual([
      'id,number,',
      '{"policy":',
      'id,login,n',
      '{"policy":',
      'kind,name,',
      '{"policy":',
    ]);
    all.push(...copies.map(({ text }) => text));
    for (const hidden of ['rowan@example.edu', 'safe-researcher', 'DAA-77', 'help@example.edu'])
      expect(all.join()).not.toContain(hidden);
  });
  const get1 = (path: string) => get(path);

  test('the map of the site names its pages, and robots are told where it is', async () => {
    const map = await get('/sitemap.xml');
    expect(map.headers.get('content-type')).toContain('application/xml');
    const paths = Array.from(map.text.matchAll(/<loc>(.*?)<\/loc>/g), ([, url]) => new URL(url!).pathname);
    expect(paths).toEqual(
      expect.arrayContaining(['/requests', `/projects/${PROJECT}`, '/status/attainment']),
    );
    const answers = await Promise.all(paths.map(get1));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
    expect((await get('/robots.txt')).text).toContain(`Sitemap: ${world.config().origin}/sitemap.xml`);
  });

  test('a backend says how it is to people, and to probes in a status', async () => {
    expect((await get('/status')).text).toContain('Pupil attainment warehouse');
    expect((await get('/status/attainment')).text).toContain('curl -f');
    const probe = await get('/status/attainment', '*/*');
    expect([probe.status, probe.text]).toEqual([200, expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z\n$/)]);
    expect(JSON.parse((await get('/status.json')).text)).toMatchObject({
      backends: [{ id: 'attainment', state: 'working' }, { id: 'rehearsal' }],
    });
    world.later(19 * 60_000);
    expect((await get('/status/attainment', '*/*')).status).toBe(503);
    await noteSilences(world.hub.room.jobs, 0);
    await noteSilences(world.hub.room.jobs, 0);
    const uptime = async () =>
      (await get('/status/attainment')).text.match(/data-testid="uptime">([\d.]+)/)?.[1];
    expect(await uptime()).toBe('99.95');
    world.later((23 * 60 + 1) * 60_000);
    expect(await uptime()).toBe('96.75');
    // It calls again: what was silent stays written down.
    await world.agent().tasks();
    await noteSilences(world.hub.room.jobs, 0);
    world.later(1000);
    expect([await uptime(), (await get('/status/attainment', '*/*')).status]).toEqual(['96.75', 200]);
  });

  test('a request that waits says how many are before it, what came before, and when nobody answers', async () => {
    const ask = async (line: string): Promise<string> => {
      world.as('lead').comment(world.as('lead').issue(), line);
      await world.settle();
      return (await world.requests()).at(-1)!;
    };
    const shown = async (request: string): Promise<string> =>
      wordsIn((await get(`/requests/${request}`)).text);
    const pause = (paused: boolean) =>
      pauseBackend(world.hub.room.jobs, { backend: 'attainment', paused, why: 'a test' });
    await pause(true);
    const first = await ask('/run extract');
    const second = await ask('/run model');
    expect(new Set([id, first, second]).size).toBe(3);
    // The first took something, the second never succeeded: of the one it is known how long it takes.
    expect(await shown(first)).toMatch(
      /In the queue next at its backend; what is left has usually taken DURATION/,
    );
    expect(await shown(first)).toMatch(/Before it \S+ failed after DURATION, of the same commit/);
    expect(await shown(second)).toMatch(/In the queue 1 request before it; how long it takes is not known/);
    await pause(false);
    await world.settle();
    await world.agent().ends('extract');
    await world.settle();
    const page = await shown(second);
    expect(page).toMatch(/Before it \S+ succeeded/);
    expect(page).not.toContain('Last that succeeded');
    expect(page).not.toContain('no news');
    world.later(31 * 60_000);
    expect(await shown(second)).toContain('Silence no news from where it runs since TIME');
    expect((await get(`/requests/${id}`)).text).not.toContain('data-testid="silent"');
    await world.agent().tasks();
    expect(await shown(second)).not.toContain('no news');
  });

  test('what stands still is said on its page and on the status pages, with since when and without why', async () => {
    const at = Date.parse('2026-11-20T10:00:00Z');
    const freeze = (n: number, scope: string, subject: string | null) =>
      world.database.db.execute(sql`
        insert into freezes (id, scope, subject, running, why, by, by_login, at)
        values (${`freeze000000000${n}`}, ${scope}, ${subject}, 'stop', 'a secret reason', 1, 'noor-example', ${at}::bigint)`);
    expect((await get(`/projects/${PROJECT}`)).text).not.toContain('data-testid="paused"');
    await freeze(1, 'project', PROJECT);
    await freeze(2, 'project', PROJECT);
    await freeze(3, 'backend', 'rehearsal');

    const project = wordsIn((await get(`/projects/${PROJECT}`)).text);
    expect(project).toContain(`Paused since`);
    expect(project).toContain(PROJECT);
    const status = (await get('/status')).text;
    expect(status.match(/<strong>Paused/g)).toHaveLength(2);
    expect((await get('/status/rehearsal')).text).toContain('data-testid="paused"');
    expect((await get('/status/attainment')).text).not.toContain('data-testid="paused"');
    expect(JSON.parse((await get('/status.json')).text)).toMatchObject({
      paused: [
        { scope: 'project', id: PROJECT, since: '2026-11-20T10:00:00.000Z' },
        { scope: 'backend', id: 'rehearsal' },
      ],
      backends: expect.arrayContaining([
        expect.objectContaining({ id: 'rehearsal', pausedAt: '2026-11-20T10:00:00.000Z' }),
      ]) as unknown,
    });
    await freeze(4, 'all', null);
    expect(JSON.parse((await get('/status.json')).text)).toMatchObject({
      paused: [{}, {}, { scope: 'all', id: null }],
    });
    const everywhere = (await get('/status/attainment')).text;
    expect(everywhere).toContain('everything here');
    for (const page of [project, status, everywhere]) expect(page).not.toMatch(/secret reason|noor-example/);
    await world.database.db.execute(sql`delete from freezes`);
  });
});
