/** Releases, issue forms, assignees, the timeline and consent in a real browser. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startSandbox, type Sandbox, type SandboxSeed } from '../../src/sandbox/github/github.ts';
import { mountPages } from '../../src/sandbox/pages/of-state.ts';
import { startChromium } from '../support/chrome.ts';
import { follows, leads } from '../support/navigation.ts';
import { faultsOf } from '../support/axe.ts';
import { requires } from '../support/require.ts';
import { callApi, type CallOptions, type Reply } from './world.ts';

const { describe, test } = requires('chromium');

const TABLE = 'group,count\na,10\n';

describe('the pages of the release life', () => {
  let folder: string;
  let sandbox: Sandbox;
  let browser: Browser;
  let page: Page;
  let app: { url: string; seen: string[]; stop(): Promise<void> };

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'sallyport-release-pages-'));
    app = await listener();
    sandbox = await startSandbox({ dataDir: folder, mount: mountPages, seed: seed(`${app.url}/callback`) });
    browser = await startChromium();
    page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
    // A page that loads itself anew would come between a test and the page it goes to.
    await page.route('**/_web/changes*', (route) => route.fulfill({ status: 204 }));
    for (const repo of ['study', 'hidden'])
      await release(repo, 'v1', { name: 'First tables', body: '**Notes**' });
    await release('study', 'v2', { name: 'Not yet', draft: true });
  });

  afterAll(async () => {
    await browser.close();
    await sandbox.stop();
    await app.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const call = (method: string, where: string, options: CallOptions = {}): Promise<Reply> =>
    callApi(`${sandbox.url}/api/v3`, method, where, { as: sandbox.tokens['lead'], ...options });
  /** At rest: a page that hears of something new is loaded anew. */
  const open = async (where: string) => {
    await sandbox.state.idle();
    return page.goto(`${sandbox.url}${where}`);
  };
  const become = async (login: string) => {
    await open('/');
    await leads(page, () => page.selectOption('#who', login));
  };
  async function release(repo: string, tag_name: string, more: Record<string, unknown>): Promise<void> {
    const made = await call('POST', `/repos/example/${repo}/releases`, { body: { tag_name, ...more } });
    await call('POST', String(made.data['upload_url']).replace(/\{.*$/, '?name=table.csv'), {
      bytes: Buffer.from(TABLE),
      headers: { 'content-type': 'text/csv' },
    });
  }
  const axe = () => faultsOf(page);

  test('a release shows notes and files with size and digest, and a file comes down as it is', async () => {
    await become('visitor');
    await open('/example/study/releases');
    expect(await page.textContent('[data-testid=releases]')).toContain('First tables');
    expect(await page.textContent('[data-testid=releases]')).not.toContain('Not yet');
    expect(await axe()).toEqual([]);

    await follows(page, 'text=First tables');
    expect(await page.innerHTML('[data-testid=notes]')).toContain('<strong>Notes</strong>');
    const digest = `sha256:${createHash('sha256').update(TABLE).digest('hex')}`;
    expect(await page.textContent('[data-testid="asset table.csv"]')).toContain(
      `${TABLE.length} bytes${digest}`,
    );
    expect(await axe()).toEqual([]);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('[data-testid="download table.csv"]'),
    ]);
    expect(readFileSync(await download.path(), 'utf8')).toBe(TABLE);
  });

  test('a draft and its files are there for who may write', async () => {
    await become('lead');
    await open('/example/study/releases');
    expect(await page.textContent('[data-testid="release v2"]')).toContain('Draft');
    const href =
      (await page.getAttribute('[data-testid="release v2"] [data-testid="download table.csv"]', 'href')) ??
      '';
    expect(href).toContain('/download/untagged-');
    expect((await fetch(`${sandbox.url}${href}`)).status).toBe(404);
    await follows(page, 'text=Not yet');
    expect(await page.textContent('[data-testid=tag]')).toBe('v2');
  });

  test('releases of a private repository and their files do not exist for strangers', async () => {
    await become('visitor');
    const statuses = [];
    for (const where of ['', '/tag/v1', '/download/v1/table.csv', '/../issues/new/choose'])
      statuses.push((await open(`/example/hidden/releases${where}`))?.status());
    expect(statuses).toEqual([404, 404, 404, 404]);
  });

  test('a form is chosen, asked for what is missing, and becomes an issue with the labels of the form', async () => {
    await become('visitor');
    await open('/example/study/issues');
    await follows(page, '[data-testid=new-issue]');
    expect(await page.textContent('[data-testid="broken bad.yml"]')).toContain('description');
    expect(await page.locator('[data-testid=blank-issue]').count()).toBe(0);
    expect(await axe()).toEqual([]);

    await follows(page, '[data-testid="template release.yml"]');
    expect(await page.inputValue('[data-testid=issue-title]')).toBe('Release: ');
    expect(await axe()).toEqual([]);
    await page.fill('[data-testid="field patterns"]', 'output/*.csv\noutput/figure.svg');
    await follows(page, '[data-testid=issue-submit]');
    expect(await page.textContent('[data-testid=form-error]')).toBe('Required: Workspace, I read the rules');
    expect(await page.inputValue('[data-testid="field patterns"]')).toContain('figure.svg');

    await page.fill('[data-testid="field workspace"]', 'pupils-main');
    await page.selectOption('[data-testid="field audience"]', 'Paper');
    await page.getByLabel('I read the rules').check();
    await follows(page, '[data-testid=issue-submit]');
    await page.waitForSelector('[data-testid=issue-state]');
    const { data } = await call('GET', `/repos/example/study/issues/${page.url().split('/').at(-1)}`);
    expect(String(data['body']).replaceAll('\r', '')).toBe(
      '### Workspace\n\npupils-main\n\n### Patterns\n\n```text\noutput/*.csv\noutput/figure.svg\n```\n\n' +
        '### Audience\n\nPaper\n\n### Rules\n\n- [X] I read the rules',
    );
    const labels = Object.values(data['labels'] ?? {}).map((label) => label['name']);
    expect([labels, data['user']?.['login']]).toEqual([['release: draft'], 'visitor']);
  });

  test('an address answers fields in advance; a private repository does not insist', async () => {
    await become('lead');
    await open('/example/hidden/issues/new?template=release.yml&workspace=pupils&title=Mine&patterns=a');
    expect([
      await page.inputValue('[data-testid="field workspace"]'),
      await page.inputValue('[data-testid="field patterns"]'),
      await page.inputValue('[data-testid=issue-title]'),
    ]).toEqual(['pupils', 'a', 'Mine']);
    await page.fill('[data-testid="field workspace"]', '');
    await follows(page, '[data-testid=issue-submit]');
    await page.waitForSelector('[data-testid=issue-state]');
    expect(await page.textContent('[data-testid=comment]')).toContain('No response');
  });

  test('an issue shows who was assigned and who labelled it, between the comments', async () => {
    await become('lead');
    await open('/example/study/issues/1');
    await page.click('[data-testid=assignees] summary');
    await follows(page, '[data-testid="assign lead"]');
    await page.waitForSelector('[data-testid="event assigned"]');
    await follows(page, '[data-testid="label release: draft"]');
    await page.waitForSelector('[data-testid="event unlabeled"]');
    await page.fill('#body', 'Done');
    await follows(page, '[data-testid=comment-submit]');
    await page.waitForSelector('[data-testid=comments] [data-testid=comment]');

    expect(await page.textContent('[data-testid=assignees] p')).toBe('lead');
    expect(await page.textContent('[data-testid="event unlabeled"]')).toContain(
      'lead took off the label release: draft',
    );
    expect(await axe()).toEqual([]);
  });

  test('a person agrees that an App acts for them, is sent back with code and state, and is not asked again', async () => {
    const clientId = sandbox.apps['sallyport']?.clientId ?? '';
    const ask = `/login/oauth/authorize?client_id=${clientId}&state=xyz`;
    await become('');
    await open(ask);
    expect(await page.textContent('[data-testid=authorize]')).toContain(
      'Sallyport wants to know who you are',
    );
    expect(await axe()).toEqual([]);
    await follows(page, '[data-testid=oauth-no]');
    await page.waitForURL(/callback/);
    expect(new URL(page.url()).searchParams.get('error')).toBe('access_denied');

    await open(ask);
    await page.selectOption('[data-testid=oauth-login]', 'visitor');
    await follows(page, '[data-testid=oauth-yes]');
    await page.waitForURL(/callback\?code/);
    const answer = new URL(page.url()).searchParams;
    expect(answer.get('state')).toBe('xyz');
    const token = await callApi(sandbox.url, 'POST', '/login/oauth/access_token', {
      body: {
        client_id: clientId,
        client_secret: sandbox.apps['sallyport']?.clientSecret,
        code: answer.get('code'),
      },
      headers: { accept: 'application/json', 'content-type': 'application/json' },
    });
    const me = await call('GET', '/user', { as: String(token.data['access_token']) });
    expect(me.data['login']).toBe('visitor');

    await open(ask);
    expect(page.url()).toContain(`${app.url}/callback?code=`);
    await open(`${ask}&prompt=select_account`);
    expect(await page.locator('[data-testid=authorize]').count()).toBe(1);
    await open(`${ask}&login=lead`);
    expect(await page.inputValue('[data-testid=oauth-login]')).toBe('lead');
  });

  test('nobody is sent to an address that is not registered, and no other site can answer for them', async () => {
    const clientId = sandbox.apps['sallyport']?.clientId ?? '';
    const seen = app.seen.length;
    const wrong = [
      'client_id=unknown',
      `client_id=${clientId}&redirect_uri=${encodeURIComponent(`${app.url}/other`)}`,
      `client_id=${clientId}&code_challenge=short&code_challenge_method=S256`,
    ];
    for (const query of wrong) {
      const answer = await open(`/login/oauth/authorize?${query}`);
      expect([answer?.status(), await page.textContent('[data-testid=notice]')]).toEqual([
        400,
        'Be careful!',
      ]);
    }
    const forged = await fetch(`${sandbox.url}/login/oauth/authorize`, {
      method: 'POST',
      body: new URLSearchParams({ query: `client_id=${clientId}`, login: 'lead', answer: 'yes' }),
      redirect: 'manual',
    });
    expect([forged.status, app.seen.length]).toEqual([403, seen]);
  });
});

/** Where the App's people come back to. */
async function listener(): Promise<{ url: string; seen: string[]; stop(): Promise<void> }> {
  const seen: string[] = [];
  const server = http.createServer((request, response) => {
    if (request.url?.startsWith('/callback')) seen.push(request.url);
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>App</title>Back.');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

const FORM = `
name: Request a release
description: Ask for outputs to leave the secure zone
title: 'Release: '
labels: ['release: draft', 'never made']
body:
  - type: markdown
    attributes: { value: 'Say **what** you need.' }
  - type: input
    id: workspace
    attributes: { label: Workspace, description: The name on the airlock page }
    validations: { required: true }
  - type: textarea
    id: patterns
    attributes: { label: Patterns, render: text }
  - type: dropdown
    id: audience
    attributes: { label: Audience, options: [Paper, Talk] }
  - type: checkboxes
    id: rules
    attributes:
      label: Rules
      options: [{ label: I read the rules, required: true }]
`;

function seed(callback: string): SandboxSeed {
  const files = {
    'README.md': '# A study\n',
    '.github/ISSUE_TEMPLATE/release.yml': FORM,
    '.github/ISSUE_TEMPLATE/bad.yml': 'name: Bad\nbody: []\n',
    '.github/ISSUE_TEMPLATE/config.yml': 'blank_issues_enabled: false\n',
  };
  return {
    users: [{ login: 'lead' }, { login: 'visitor' }],
    orgs: [{ login: 'example', members: { lead: 'admin' } }],
    repos: [
      { owner: 'example', name: 'study', files, labels: [{ name: 'release: draft' }] },
      { owner: 'example', name: 'hidden', private: true, files },
    ],
    apps: [
      {
        slug: 'sallyport',
        owner: 'example',
        manifest: { name: 'Sallyport', default_permissions: { issues: 'write' }, callback_urls: [callback] },
        installations: [{ account: 'example' }],
      },
    ],
  };
}
