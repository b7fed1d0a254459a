/** The real Probot 14 and Octokit, over sockets, as an App would use them. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createNodeMiddleware, Probot, ProbotOctokit, type ApplicationFunction } from 'probot';
import { APP_ID, INSTALLATION, keyOf, SECRET, world, type World } from './world.ts';

const R = { owner: 'acme', repo: 'study' };
/** Probot's throttle waits seconds between writes and cannot be switched off otherwise. */
const Octokit = ProbotOctokit.defaults((options: Record<string, unknown>) => ({
  ...options,
  retry: { enabled: false },
  throttle: { ...(options['throttle'] as object), enabled: false },
}));

let github: World;
let server: http.Server;
let probot: Probot;
const clicked: string[] = [];

const app: ApplicationFunction = (on) => {
  on.on('issue_comment.created', async (context) => {
    if (context.isBot || !context.payload.comment.body.startsWith('/run')) return;
    await context.octokit.rest.reactions.createForIssueComment({
      ...context.repo(),
      comment_id: context.payload.comment.id,
      content: 'eyes',
    });
    await context.octokit.rest.issues.createComment(context.issue({ body: 'Queued 1 job.' }));
  });
  on.on('push', async (context) => {
    const { data } = await context.octokit.rest.repos.getContent({
      ...context.repo(),
      path: 'project.yaml',
      ref: context.payload.after,
    });
    const text = 'content' in data ? Buffer.from(data.content, 'base64').toString() : '';
    await context.octokit.rest.checks.create({
      ...context.repo(),
      name: 'sallyport/project',
      head_sha: context.payload.after,
      conclusion: text.startsWith('version') ? 'success' : 'failure',
      output: { title: 'Checked', summary: text },
      actions: [{ label: 'Run all', description: 'Run every action', identifier: 'run-all' }],
    });
  });
  on.on('check_run.requested_action', async (context) => {
    clicked.push(context.payload.requested_action?.identifier ?? '');
  });
};

beforeAll(async () => {
  github = await world();
  probot = new Probot({
    appId: APP_ID,
    privateKey: keyOf(github, 'sally'),
    secret: SECRET,
    logLevel: 'fatal',
    Octokit,
    baseUrl: github.api,
  });
  const middleware = await createNodeMiddleware(app, { probot, webhooksPath: '/hook' });
  server = http.createServer((request, response) => void middleware(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sally = github.state.apps.named('sally');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  if (sally) github.state.apps.setWebhook(sally, { url, secret: SECRET });
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await github.stop();
});

test('Probot finds its App, its installation and its repositories', async () => {
  const asApp = await probot.auth();
  expect((await asApp.rest.apps.getAuthenticated()).data?.slug).toBe('sally');
  expect((await asApp.rest.apps.getRepoInstallation(R)).data.id).toBe(INSTALLATION);
  const octokit = await probot.auth(INSTALLATION);
  const repos = await octokit.paginate(octokit.rest.apps.listReposAccessibleToInstallation, { per_page: 1 });
  expect(repos.map((repo) => repo.full_name)).toEqual(['acme/study', 'acme/secret']);
});

test('a command is answered with a reaction and a comment', async () => {
  const wes = new Octokit({ auth: { token: github.tokens['wes'] }, baseUrl: github.api });
  const { data: issue } = await wes.rest.issues.create({ ...R, title: 'Run it' });
  const { data: comment } = await wes.rest.issues.createComment({
    ...R,
    issue_number: issue.number,
    body: '/run all',
  });
  await github.state.idle();

  const comments = await wes.paginate(wes.rest.issues.listComments, { ...R, issue_number: issue.number });
  expect(comments.map(({ user, body }) => [user?.login, body])).toEqual([
    ['wes', '/run all'],
    ['sally[bot]', 'Queued 1 job.'],
  ]);
  const reactions = await wes.rest.reactions.listForIssueComment({ ...R, comment_id: comment.id });
  expect(reactions.data.map(({ content, user }) => [content, user?.login])).toEqual([['eyes', 'sally[bot]']]);
});

test('a push is checked at its commit, and the button comes back', async () => {
  const wes = new Octokit({ auth: { token: github.tokens['wes'] }, baseUrl: github.api });
  const { data } = await wes.rest.repos.createOrUpdateFileContents({
    ...R,
    path: 'x.txt',
    message: 'Add x',
    content: 'eA==',
  });
  await github.state.idle();
  const { data: runs } = await wes.rest.checks.listForRef({ ...R, ref: data.commit.sha ?? '' });
  expect(runs.check_runs.map(({ name, conclusion, app: by }) => [name, conclusion, by?.slug])).toEqual([
    ['sallyport/project', 'success', 'sally'],
  ]);

  const [study, user] = [github.state.repos.find('acme', 'study'), github.state.people.user('wes')];
  const run = study?.checks.get(runs.check_runs[0]?.id ?? 0);
  if (!study || !user || !run) throw new Error('no seed');
  expect(github.state.checks.click({ kind: 'person', user }, study, run, 'run-all')).toBeUndefined();
  await github.state.idle();
  expect(clicked).toEqual(['run-all']);
});

test('Octokit reads deliveries whose ids no number can hold', async () => {
  const asApp = await probot.auth();
  const { data } = await asApp.request('GET /app/hook/deliveries');
  const id = String(data[0]?.id);
  expect(BigInt(id)).toBeGreaterThan(2n ** 53n);
  // The route's type says number; a text is what keeps the digits.
  const again = await asApp.request(`POST /app/hook/deliveries/${id}/attempts`);
  expect(again.status).toBe(202);
});
