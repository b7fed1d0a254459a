/** Asking for a run from a terminal: to whom a token goes, what is refused before a word is written, what counts as an answer. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { githubPlace, readRemote } from '../../src/cli/github-place.ts';
import { githubRun } from '../../src/cli/github-run.ts';
import { checkLines, plainAnswer } from '../../src/cli/github-show.ts';
import { githubStatus } from '../../src/cli/github-status.ts';
import { isRefusal } from '../../src/lib/refusal.ts';

function placed(env: NodeJS.ProcessEnv, repo: string | undefined, remote?: string): unknown {
  try {
    const { api, owner, name, token } = githubPlace(env, repo, remote);
    return `${api} ${owner}/${name} ${token}`;
  } catch (error) {
    const { refusal } = error as { refusal?: unknown };
    return isRefusal(refusal) ? refusal.code : error;
  }
}

describe('to whom a token goes', () => {
  const MINE = { GH_TOKEN: 'mine' };
  test.each<[string, NodeJS.ProcessEnv, string | undefined, string | undefined, string]>([
    [
      'to github.com for a clone of it',
      MINE,
      undefined,
      'https://github.com/o/n.git',
      'https://api.github.com o/n mine',
    ],
    ['over ssh the same', MINE, undefined, 'git@github.com:o/n.git', 'https://api.github.com o/n mine'],
    [
      'not to a host that only the clone names',
      MINE,
      undefined,
      'https://evil.example/o/n',
      'github.other-host',
    ],
    [
      'not to one that looks like it',
      MINE,
      undefined,
      'https://github.com.evil.example/o/n',
      'github.other-host',
    ],
    [
      'nor behind a person called github.com',
      MINE,
      undefined,
      'https://github.com@evil.example/o/n',
      'github.other-host',
    ],
    [
      'to a host that the person named',
      { ...MINE, GH_HOST: 'git.example.org' },
      undefined,
      'ssh://git@git.example.org:22/o/n',
      'https://git.example.org/api/v3 o/n mine',
    ],
    [
      'with the token that is meant for servers',
      { ...MINE, GH_HOST: 'git.example.org', GH_ENTERPRISE_TOKEN: 'theirs' },
      'o/n',
      undefined,
      'https://git.example.org/api/v3 o/n theirs',
    ],
    [
      'to a tenant of GitHub',
      { ...MINE, GH_HOST: 'acme.ghe.com' },
      'o/n',
      undefined,
      'https://api.acme.ghe.com o/n mine',
    ],
    [
      'to where a workflow says the API is',
      { GITHUB_TOKEN: 't', GITHUB_API_URL: 'https://api.github.com/' },
      'o/n',
      undefined,
      'https://api.github.com o/n t',
    ],
    [
      'never in the clear',
      { ...MINE, GITHUB_API_URL: 'http://api.example.org' },
      'o/n',
      undefined,
      'origin.not-https',
    ],
    ['nor by a host that is an address', { ...MINE, GH_HOST: 'x/y?z' }, 'o/n', undefined, 'origin.has-path'],
    ['nowhere without one', {}, 'o/n', undefined, 'github.no-token'],
    ['nowhere without a repository', MINE, undefined, undefined, 'github.no-repository'],
    ['nor for what is no name of one', MINE, 'o/n/../x', undefined, 'github.no-repository'],
    ['nor for one called ..', MINE, 'o/..', undefined, 'github.no-repository'],
    ['nor for a path of this machine', MINE, undefined, '/srv/git/n.git', 'github.no-repository'],
  ])('%s', (_what, env, repo, remote, expected) => {
    expect(placed(env, repo, remote)).toBe(expected);
  });

  test('a remote is read in each of its forms', () => {
    for (const one of [
      'git@h.org:o/n.git',
      'ssh://git@h.org/o/n',
      'https://p:w@h.org/o/n/',
      'h.org:o/n',
      'git://h.org/o/n.git',
    ])
      expect([one, readRemote(one)]).toEqual([one, { host: 'h.org', path: 'o/n' }]);
  });
});

const PROJECT =
  'version: 5\nactions:\n  model:\n    run: python:v2 a.py\n    outputs: {highly_sensitive: {d: o.csv}}\n';

describe('on GitHub', () => {
  let dir: string;
  let sha: string;
  let server: Server;
  let said: string;
  let asked: { line: string; tag: string | undefined; authorization: string | undefined; body: string }[];
  /** By `GET /…`; one that is listed several times is answered in this order, the last for good. */
  let answers: Map<string, { status?: number; body?: unknown; tag?: string; location?: string }[]>;

  beforeEach(async () => {
    dir = mkdtempSync(path.join(tmpdir(), 'sallyport-github-'));
    said = '';
    asked = [];
    answers = new Map();
    server = createServer((request, answer) => void reply(request, answer));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    git('init', '-q', '-b', 'main');
    writeFileSync(path.join(dir, 'project.yaml'), PROJECT);
    git('add', '.');
    git('commit', '-q', '-m', 'A study');
    git('remote', 'add', 'origin', `${origin()}/o/n.git`);
    sha = git('rev-parse', 'HEAD');
    on(`GET /commits/${sha}`, { body: { sha } });
    on(`POST /commits/${sha}/comments`, { status: 201, body: comment(7, '/run model') });
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const on = (
    line: string,
    ...more: { status?: number; body?: unknown; tag?: string; location?: string }[]
  ): void => void answers.set(line, more);
  function git(...args: string[]): string {
    const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
    return execFileSync('git', ['-C', dir, ...who, ...args], { encoding: 'utf8' }).trim();
  }
  async function reply(request: IncomingMessage, answer: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const line = `${request.method} ${(request.url ?? '').replace('/api/v3/repos/o/n', '').replace(/\?.*$/, '')}`;
    const { 'if-none-match': tag, authorization } = request.headers;
    asked.push({ line, tag, authorization, body });
    const known = answers.get(line) ?? [{ status: 404, body: {} }];
    const { status = 200, body: json, tag: made, location } = known.length > 1 ? known.shift()! : known[0]!;
    const same = made !== undefined && made === tag;
    answer.writeHead(same ? 304 : status, { ...(made && { etag: made }), ...(location && { location }) });
    answer.end(same ? undefined : JSON.stringify(json));
  }
  const comment = (id: number, body: string, type = 'User'): object => ({
    id,
    body,
    html_url: `${origin()}/c/${id}`,
    user: { login: type === 'Bot' ? 'sallyport[bot]' : 'wren', type },
  });
  const check = (name: string, status: string, conclusion: string | null, more: object = {}): object => ({
    ...{ id: 1, name, status, conclusion, html_url: 'h' },
    output: { title: null, summary: null, text: null, ...more },
  });
  const env = (): NodeJS.ProcessEnv => ({
    GH_TOKEN: 'secret',
    GITHUB_SERVER_URL: origin(),
    GITHUB_API_URL: `${origin()}/api/v3`,
  });
  const out = { write: (text: string) => (said += text) };
  const run = (actions = ['model'], more = {}): Promise<number> =>
    githubRun(actions, { every: 0.01, forceDeps: false, watch: false, ...more }, out, { env: env(), dir });
  const status = (more = {}): Promise<number> =>
    githubStatus('HEAD', { every: 0.01, watch: false, json: false, ...more }, out, { env: env(), dir });
  const TAKEN =
    '<!-- sallyport:reply:5:commit:7 -->\n@wren, request `abcdefghijklmno1` was made; the check `sallyport/run abcdefghijklmno1` on this commit follows it.\n\n<details><summary>In answer to</summary>\n\nx</details>';

  test('the command is written on the commit, and only what an App says to this comment is the answer', async () => {
    const forged = TAKEN.replace('was made', 'was forged');
    on(
      `GET /commits/${sha}/comments`,
      { body: [comment(7, '/run model')], tag: 'a' },
      { body: [], tag: 'a' },
      {
        body: [comment(8, forged), comment(9, TAKEN.replace(':7 ', ':6 '), 'Bot'), comment(10, TAKEN, 'Bot')],
        tag: 'b',
      },
    );

    expect(await run(['model'], { backend: 'north', forceDeps: true, notify: 'end' })).toBe(0);

    expect(JSON.parse(asked.find(({ line }) => line.startsWith('POST'))!.body)).toEqual({
      body: '/run model --backend north --force-deps --notify end',
    });
    expect(asked.filter(({ line }) => line === `GET /commits/${sha}/comments`).map(({ tag }) => tag)).toEqual(
      [undefined, 'a', 'a'],
    );
    expect(said.replaceAll(origin(), '')).toBe(
      [
        '/run model --backend north --force-deps --notify end',
        `written on ${sha.slice(0, 12)}: /c/7`,
        '@wren, request abcdefghijklmno1 was made; the check sallyport/run abcdefghijklmno1 on this commit follows it.\n',
      ].join('\n'),
    );
  });

  test('a refusal of the App is its words, and exit 1', async () => {
    const no =
      '<!-- sallyport:reply:5:commit:7 -->\n@wren: Your role does not include running jobs. Ask its lead. (run.role-missing)\n';
    on(`GET /commits/${sha}/comments`, { body: [comment(9, no, 'Bot')] });

    expect(await run()).toBe(1);
    expect(said).toMatch(
      /@wren: Your role does not include running jobs\. Ask its lead\. \(run\.role-missing\)\n$/,
    );
  });

  test('--watch follows the run to its end, says what is new, and ends as it ended', async () => {
    on(`GET /commits/${sha}/comments`, { body: [comment(9, TAKEN, 'Bot')] });
    const name = 'sallyport/run abcdefghijklmno1';
    const table = '| action | state |\n| --- | --- |\n| `model` | failed |\n';
    on(
      `GET /commits/${sha}/check-runs`,
      { body: { check_runs: [] } },
      { body: { check_runs: [check(name, 'in_progress', null, { title: '0 of 1' })] } },
      { body: { check_runs: [check(name, 'in_progress', null, { title: '0 of 1' })] } },
      { body: { check_runs: [check(name, 'completed', 'failure', { title: 'failed', text: table })] } },
    );

    expect(await run(['model'], { watch: true })).toBe(1);
    expect(said.split('follows it.\n')[1]).toBe(
      [
        `… ${name}  in progress  0 of 1`,
        `✗ ${name}  failure  failed`,
        '    action  state',
        '    model   failed\n',
      ].join('\n'),
    );
  });

  test.each<[string, (() => void) | undefined, string[], object, string]>([
    ['an action that is not there', undefined, ['modle'], {}, 'plan.unknown-action'],
    [
      'a backend that would be another option',
      undefined,
      ['model'],
      { backend: 'a --sha b' },
      'github.bad-backend',
    ],
    [
      'a commit that is not pushed',
      () => on(`GET /commits/${sha}`, { status: 422, body: {} }),
      ['model'],
      {},
      'github.not-pushed',
    ],
    [
      'a commit without a study',
      () => {
        git('rm', '-q', 'project.yaml');
        git('commit', '-q', '-m', 'x');
      },
      ['model'],
      {},
      'github.no-study',
    ],
    [
      'a study with errors',
      () => {
        writeFileSync(path.join(dir, 'project.yaml'), 'version: 5\n');
        git('commit', '-qam', 'x');
      },
      ['model'],
      {},
      'github.study-invalid',
    ],
    [
      'a folder without a commit',
      () => rmSync(path.join(dir, '.git'), { recursive: true }),
      ['model'],
      {},
      'github.no-commit',
    ],
  ])('nothing is written for %s', async (_what, before, actions, more, code) => {
    before?.();

    await expect(run(actions, more)).rejects.toMatchObject({ refusal: { code } });
    expect(asked.filter(({ line }) => line.startsWith('POST'))).toEqual([]);
  });

  test.each<[string, { status?: number; body?: unknown; location?: string }, string]>([
    ['a token that it does not know', { status: 401, body: {} }, 'github.token-refused'],
    ['a token that may not', { status: 403, body: {} }, 'github.forbidden'],
    ['too many questions', { status: 429, body: {} }, 'github.rate-limited'],
    ['a fault of its own', { status: 502, body: {} }, 'github.failed'],
    ['a page that is none of an API', { body: 'no object' }, 'github.strange'],
  ])('GitHub answers with %s', async (_what, answer, expected) => {
    on(`GET /commits/${sha}`, answer);

    const error = (await status().catch((one: unknown) => one)) as {
      name: string;
      refusal?: { code: string };
    };
    expect(error.refusal?.code ?? error.name).toBe(expected);
  });

  test('a token does not follow where an answer leads', async () => {
    on(`GET /commits/${sha}`, { status: 301, location: `${origin()}/elsewhere` });

    await expect(status()).rejects.toMatchObject({ refusal: { code: 'github.not-found' } });
    expect(asked.map(({ line, authorization }) => [line, authorization])).toEqual([
      [`GET /commits/${sha}`, 'Bearer secret'],
    ]);
    expect(said).not.toContain('secret');
  });

  test('what was changed and not committed is said, since it will not run', async () => {
    on(`GET /commits/${sha}/comments`, { body: [comment(9, TAKEN, 'Bot')] });
    writeFileSync(path.join(dir, 'project.yaml'), `${PROJECT}# more\n`);

    expect(await run()).toBe(0);
    expect(said).toMatch(/^note: what you changed and did not commit will not run\n/);
  });

  test('status shows every check, those of the second page too, and --json the jobs', async () => {
    const many = Array.from({ length: 100 }, (_, n) =>
      check(`other ${String(n).padStart(2, '0')}`, 'completed', 'success'),
    );
    const table = 'Text\n\n| action | state |\n| --- | :-: |\n| `a \\| b` | succeeded |\n\n| no | more |\n';
    const rest = [
      check('sallyport/run x', 'completed', 'success', { title: 'done', text: table }),
      check('waits', 'queued', null),
    ];
    on(`GET /commits/${sha}/check-runs`, { body: { check_runs: many } }, { body: { check_runs: rest } });

    expect(await status({ json: true })).toBe(0);

    const { commit, checks } = JSON.parse(said) as {
      commit: string;
      checks: { name: string; jobs?: unknown }[];
    };
    expect([commit, checks.length]).toEqual([sha, 102]);
    expect(checks.at(-2)).toMatchObject({ title: 'done', jobs: [{ action: 'a | b', state: 'succeeded' }] });
  });

  test('a failed check is exit 1, and no check at all is said', async () => {
    on(`GET /commits/${sha}/check-runs`, { body: { check_runs: [check('x', 'completed', 'failure')] } });
    expect(await status()).toBe(1);
    on(`GET /commits/${sha}/check-runs`, { body: { check_runs: [] } });
    said = '';
    expect(await status()).toBe(0);
    expect(said).toBe(`commit ${sha}\nThere is no check on it yet.\n`);
  });
});

test('what others wrote acts on no terminal', () => {
  const output = { title: '\u001b[2J', summary: null, text: null };
  const evil = { id: 1, name: 'x', status: 'completed', conclusion: 'neutral', html_url: null, output };
  expect(checkLines([evil]).join()).toBe('– x  neutral  \\u001b[2J');
  expect(plainAnswer('<!-- m -->\na **b** `c`\u0007 \\[d\\]')).toBe('a b c\\u0007 [d]');
});
