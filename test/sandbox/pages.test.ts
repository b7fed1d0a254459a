/** The sandbox's pages in a real browser: what a person reads, and that buttons do what they say. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { isFailure, startSandbox, type Sandbox } from '../../src/sandbox/github/github.ts';
import { mountPages } from '../../src/sandbox/pages/of-state.ts';
import { startChromium } from '../support/chrome.ts';
import { follows, leads } from '../support/navigation.ts';
import { faultsOf } from '../support/axe.ts';
import { requires } from '../support/require.ts';

const { describe, test } = requires('chromium');
const CHANGES = '**/_web/changes*';

describe('the pages of the sandbox', () => {
  let folder: string;
  let sandbox: Sandbox;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'sallyport-pages-'));
    sandbox = await startSandbox({ dataDir: folder, mount: mountPages, seed: seed() });
    browser = await startChromium();
    page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
    // A page that loads itself anew would come between a test and the page it goes to: only one test is about that.
    await page.route(CHANGES, (route) => route.fulfill({ status: 204 }));
  });

  afterAll(async () => {
    await browser.close();
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** At rest: a page that hears of something new is loaded anew. */
  const open = async (where: string) => {
    await sandbox.state.idle();
    return page.goto(`${sandbox.url}${where}`);
  };
  const become = async (login: string) => {
    await open('/');
    await leads(page, () => page.selectOption('#who', login));
  };
  const api = async (method: string, where: string, body: unknown, login = 'lead-1') =>
    (
      await fetch(`${sandbox.url}/api/v3${where}`, {
        method,
        headers: { authorization: `Bearer ${sandbox.tokens[login]}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    ).json();

  test('the start page lists what one may see, and says that this is not GitHub', async () => {
    await open('/');
    expect(await page.textContent('.sp-banner')).toContain('Local sandbox, not GitHub');
    expect(await page.textContent('[data-testid=repositories]')).not.toContain('example/private-notes');

    await become('lead-1');
    expect(await page.textContent('[data-testid=repositories]')).toContain('example/private-notes');
  });

  test('a repository shows files, README and the address to clone', async () => {
    await open('/example/study');

    expect(await page.textContent('[data-testid=readme]')).toContain('A study');
    expect(await page.textContent('[data-testid=clone-url]')).toBe(`${sandbox.url}/example/study.git`);
    await follows(page, 'text=project.yaml');
    expect(await page.textContent('.sp-code')).toContain('version: 5');
  });

  test('an issue is opened, commented on, labelled and closed by the people who may', async () => {
    await become('lead-1');
    await open('/example/study/issues/new');
    await page.fill('[data-testid=issue-title]', 'Run the model');
    await page.fill('[data-testid=issue-body]', 'Soon');
    await follows(page, '[data-testid=issue-submit]');
    await page.waitForSelector('[data-testid=issue-state]');

    await page.fill('#body', '/run run_all\n\n<script>alert(1)</script> **bold**');
    await follows(page, '[data-testid=comment-submit]');
    await page.waitForSelector('[data-testid=comments] [data-testid=comment]');
    const html = await page.innerHTML('[data-testid=comments]');
    expect(html).toContain('<strong>bold</strong>');
    expect(html).toContain('&lt;script&gt;');

    await follows(page, '[data-testid="label help wanted"]');
    await page.waitForSelector('[data-testid=label]');
    expect(await page.textContent('[data-testid=label]')).toBe('help wanted');
    await follows(page, '[data-testid=issue-toggle]');
    await page.waitForFunction(
      () => document.querySelector('[data-testid=issue-state]')?.textContent === 'closed',
    );
  });

  test('a person who may not label is told so in the words of the API', async () => {
    await become('visitor');
    await open('/example/study/issues/1');
    await follows(page, '[data-testid="label help wanted"]');
    await page.waitForSelector('[data-testid=notice]');

    expect(await page.textContent('main')).toMatch(/Must have/);
  });

  test('a commit shows its checks, and a button of a completed check reaches the App', async () => {
    const head = sandbox.state.repos.find('example', 'study')!;
    const app = [...sandbox.state.data.apps.values()][0]!;
    const installation = [...sandbox.state.data.installations.values()][0]!;
    const bot = sandbox.state.data.users.get(app.bot)!;
    const by = {
      kind: 'installation',
      app,
      installation,
      user: bot,
      permissions: { checks: 'write' },
      repositories: null,
    } as const;
    const commit = await fetch(`${sandbox.url}/api/v3/repos/example/study/commits/main`);
    const { sha } = (await commit.json()) as { sha: string };
    const made = await sandbox.state.checks.create(by, head, {
      name: 'sallyport/project',
      headSha: sha,
      status: 'completed',
      conclusion: 'neutral',
      title: 'Two actions',
      summary: '```mermaid\ngraph TD\n  a["extract"]\n  b["model"]\n  a --> b\n```',
      actions: [{ label: 'Run all', identifier: 'run_all', description: 'Run every action' }],
    });
    expect(isFailure(made)).toBe(false);

    await become('lead-1');
    await open(`/example/study/commit/${sha}`);
    await follows(page, '[data-testid="button run_all"]');
    await sandbox.state.idle();
    const sent = sandbox.state.hooks.log
      .of(app.id, Date.now())
      .find((delivery) => delivery.action === 'requested_action');
    expect(JSON.parse(sent!.body)).toMatchObject({
      requested_action: { identifier: 'run_all' },
      sender: { login: 'lead-1' },
    });

    await follows(page, 'text=sallyport/project');
    await page.waitForSelector('.sp-graph svg');
    expect(await page.textContent('.sp-graph')).toContain('extract');
  });

  test('an open page looks again when somebody else comments', async () => {
    const other = await page.context().newPage();
    await other.goto(`${sandbox.url}/example/study/issues/1`);
    await api('POST', '/repos/example/study/issues/1/comments', { body: 'From elsewhere' }, 'visitor');

    await other.waitForFunction(() => document.body.textContent?.includes('From elsewhere'));
    await other.close();
  });

  test('a form of another site is refused', async () => {
    const answer = await fetch(`${sandbox.url}/example/study/issues/1/comment`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'body=forged&_token=guess',
    });

    expect(answer.status).toBe(403);
  });

  test('deliveries are listed with payload and can be sent again', async () => {
    await open('/settings/apps/sallyport');
    const before = await page.locator('[data-testid=deliveries] .Box-row').count();
    await follows(page, '[data-testid=redeliver] >> nth=0');
    await sandbox.state.idle();
    await page.reload();
    expect(await page.locator('[data-testid=deliveries] .Box-row').count()).toBe(before + 1);

    expect(await page.textContent('[data-testid=deliveries]')).toContain('redelivery');
  });

  test.each(['/', '/example/study', '/example/study/issues/1', '/example/study/commits'])(
    '%s has no fault that axe finds',
    async (where) => {
      await open(where);

      expect(await faultsOf(page)).toEqual([]);
    },
  );

  test('a pull request is reviewed and merged as a person', async () => {
    const repo = sandbox.state.repos.find('example', 'study')!;
    const lead = { kind: 'person' as const, user: sandbox.state.people.user('lead-1')! };
    const main = sandbox.state.repos.git(repo).branch('main')!;
    expect(await sandbox.state.repos.moveRef(lead, repo, 'refs/heads/topic', main, false)).toBeUndefined();
    const files = new Map([['NOTES.md', 'x']]);
    await sandbox.state.repos.commitFiles(lead, repo, { branch: 'topic', message: 'Notes', files });
    const made = await api('POST', '/repos/example/study/pulls', {
      title: 'Notes',
      head: 'topic',
      base: 'main',
    });
    const number = Number((made as { number: number }).number);
    await become('visitor');
    await open(`/example/study/pull/${number}`);
    await leads(page, () => page.click('[data-testid=approve]'));
    expect(await page.textContent('[data-testid="review visitor"]')).toContain('approved');
    expect(await faultsOf(page)).toEqual([]);
    await become('lead-1');
    await open(`/example/study/pull/${number}`);
    // Nobody approves their own.
    await leads(page, () => page.click('[data-testid=approve]'));
    expect(await page.textContent('body')).toContain('Can not approve your own');
    await open(`/example/study/pull/${number}`);
    await leads(page, () => page.click('[data-testid=merge]'));
    expect(await page.textContent('[data-testid=issue-state]')).toBe('merged');
  });
});

function seed(): Parameters<typeof startSandbox>[0]['seed'] {
  return {
    users: [{ login: 'lead-1', name: 'A lead' }, { login: 'visitor' }],
    orgs: [{ login: 'example', members: { 'lead-1': 'admin' } }],
    repos: [
      {
        owner: 'example',
        name: 'study',
        files: { 'README.md': '# A study\n', 'project.yaml': 'version: 5\nactions: {}\n' },
        labels: [{ name: 'help wanted' }],
      },
      { owner: 'example', name: 'private-notes', private: true, files: { 'README.md': 'x' } },
    ],
    apps: [
      {
        slug: 'sallyport',
        owner: 'example',
        manifest: {
          name: 'Sallyport',
          default_permissions: { checks: 'write', issues: 'write' },
          default_events: ['issue_comment', 'check_run', 'issues'],
        },
        // Nobody listens: deliveries fail and are listed.
        webhook: { url: 'http://127.0.0.1:9/', secret: 'hush' },
        installations: [{ account: 'example' }],
      },
    ],
  };
}
