/** Facts about contents, commits, refs, caching, and git itself. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshBranch, headOf, type Fact, type GitHubUnderTest } from './facts-types.ts';

export const codeFacts: Fact[] = [
  {
    name: 'contents are answered at a sha, as they were then',
    async check(github) {
      const as = await github.token();
      const { branch, sha } = await freshBranch(github);
      const path = `/repos/${github.repo}/contents/facts/${branch}.txt`;
      const at = await github.call('GET', `${path}?ref=${sha}`, { as });
      assert.equal(Buffer.from(String(at.data['content']), 'base64').toString(), `${branch}\n`);
      const raw = await github.call('GET', `${path}?ref=${sha}`, {
        as,
        headers: { accept: 'application/vnd.github.raw+json' },
      });
      assert.equal(raw.text, `${branch}\n`);
      const before = await github.call('GET', `/repos/${github.repo}/commits/${sha}`, { as });
      const parent = String(before.data['parents']?.[0]?.['sha']);
      assert.equal((await github.call('GET', `${path}?ref=${parent}`, { as })).status, 404);
    },
  },
  {
    name: 'contents up to 1 MB are exact bytes in base64; above it there are none, and the raw form has them',
    async check(github) {
      const as = await github.token();
      const { branch } = await freshBranch(github);
      const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x63, 0xe9, 0x0d, 0x0a]);
      const large = Buffer.alloc(1_100_000, 'x');
      const path = (name: string) => `/repos/${github.repo}/contents/facts/${branch}-${name}`;
      for (const [name, content] of [
        ['bytes', bytes],
        ['large', large],
      ] as const) {
        const body = { message: name, content: content.toString('base64'), branch };
        const put = await github.call('PUT', path(name), { as: github.writer, body });
        assert.equal(put.status, 201);
      }
      const small = await github.call('GET', `${path('bytes')}?ref=${branch}`, { as });
      assert.deepEqual(Buffer.from(String(small.data['content']), 'base64'), bytes);
      const listed = await github.call('GET', `${path('large')}?ref=${branch}`, { as });
      const { type, size, encoding, content } = listed.data;
      assert.deepEqual([type, size, encoding, content], ['file', large.length, 'none', '']);
      const raw = await github.call('GET', `${path('large')}?ref=${branch}`, {
        as,
        headers: { accept: 'application/vnd.github.raw+json' },
      });
      assert.equal(raw.text.length, large.length);
    },
  },
  {
    name: 'contents of an unknown ref are 404',
    async check(github) {
      const as = await github.token();
      assert.equal(
        (await github.call('GET', `/repos/${github.repo}/contents/?ref=${'1'.repeat(40)}`, { as })).status,
        404,
      );
    },
  },
  {
    name: 'an unknown commit is 422, not 404',
    async check(github) {
      const as = await github.token();
      assert.equal(
        (await github.call('GET', `/repos/${github.repo}/commits/${'1'.repeat(40)}`, { as })).status,
        422,
      );
    },
  },
  {
    name: 'a file that is there cannot be written without its sha, nor with an old one',
    async check(github) {
      const { branch } = await freshBranch(github);
      const path = `/repos/${github.repo}/contents/facts/${branch}.txt`;
      const body = { message: 'again', content: 'YQ==', branch };
      assert.equal((await github.call('PUT', path, { as: github.writer, body })).status, 422);
      assert.equal(
        (await github.call('PUT', path, { as: github.writer, body: { ...body, sha: '1'.repeat(40) } }))
          .status,
        409,
      );
    },
  },
  {
    name: 'a branch moves only forwards unless forced',
    async check(github) {
      const { branch } = await freshBranch(github);
      const path = `/repos/${github.repo}/git/refs/heads/${branch}`;
      const back = { sha: await headOf(github) };
      assert.equal((await github.call('PATCH', path, { as: github.writer, body: back })).status, 422);
      assert.equal(
        (await github.call('PATCH', path, { as: github.writer, body: { ...back, force: true } })).status,
        200,
      );
    },
  },
  {
    name: 'matching refs of nothing are an empty list, a missing ref is 404',
    async check(github) {
      const as = await github.token();
      const none = github.fresh('nothing');
      const matching = await github.call('GET', `/repos/${github.repo}/git/matching-refs/heads/${none}`, {
        as,
      });
      assert.deepEqual([matching.status, Number(matching.data['length'])], [200, 0]);
      assert.equal(
        (await github.call('GET', `/repos/${github.repo}/git/ref/heads/${none}`, { as })).status,
        404,
      );
    },
  },
  {
    name: 'compare tells ahead from behind and diverged',
    async check(github) {
      const as = await github.token();
      const { branch } = await freshBranch(github);
      const base = await headOf(github);
      const status = async (basehead: string): Promise<unknown> =>
        (await github.call('GET', `/repos/${github.repo}/compare/${basehead}`, { as })).data['status'];
      assert.equal(await status(`${base}...${branch}`), 'ahead');
      assert.equal(await status(`${branch}...${base}`), 'behind');
      assert.equal(await status(`${base}...${base}`), 'identical');
    },
  },
  {
    name: 'compare lists commits page by page, and says on each how many there are',
    async check(github) {
      const as = await github.token();
      const { branch } = await freshBranch(github);
      const base = await headOf(github);
      const page = async (number: number): Promise<number[]> => {
        const path = `/repos/${github.repo}/compare/${base}...${branch}?per_page=1&page=${number}`;
        const { data } = await github.call('GET', path, { as });
        return [Number(data['total_commits']), Number(data['commits']?.['length'])];
      };
      assert.deepEqual(
        [await page(1), await page(2)],
        [
          [1, 1],
          [1, 0],
        ],
      );
    },
  },
  {
    name: 'asking again with the ETag is 304 and costs nothing',
    async check(github) {
      const as = await github.token();
      const path = `/repos/${github.repo}/contents/README.md`;
      const first = await github.call('GET', path, { as });
      const again = await github.call('GET', path, {
        as,
        headers: { 'if-none-match': first.headers.get('etag') ?? '' },
      });
      assert.equal(again.status, 304);
      const used = (reply: { headers: Headers }): number => Number(reply.headers.get('x-ratelimit-used'));
      const third = await github.call('GET', path, { as });
      assert.equal(used(third) - used(first), 1);
    },
  },
  {
    name: 'a page has at most 100 entries, and Link leads on',
    async check(github) {
      await freshBranch(github);
      const as = await github.token();
      const { data, headers } = await github.call('GET', `/repos/${github.repo}/branches?per_page=1`, { as });
      assert.equal(Number(data['length']), 1);
      assert.match(headers.get('link') ?? '', /[?&]page=2\b[^>]*>; rel="next"/);
    },
  },
  {
    name: 'git clones with an installation token and fetches one commit by sha',
    async check(github) {
      const { sha } = await freshBranch(github);
      const folder = mkdtempSync(join(tmpdir(), 'fact-'));
      try {
        await git(folder, 'init', '-q');
        const url = withToken(github, await github.token());
        const fetched = await git(folder, 'fetch', '-q', '--depth=1', url, sha);
        assert.equal(fetched.code, 0, fetched.text);
        assert.equal((await git(folder, 'rev-parse', 'FETCH_HEAD')).text.trim(), sha);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  },
  {
    name: 'git push with contents: read is refused',
    async check(github) {
      const folder = mkdtempSync(join(tmpdir(), 'fact-'));
      try {
        const url = withToken(github, await github.token());
        assert.equal((await git(folder, 'clone', '-q', '--depth=1', url, '.')).code, 0);
        const pushed = await git(folder, 'push', url, `HEAD:refs/heads/${github.fresh('no')}`);
        assert.notEqual(pushed.code, 0);
        assert.match(pushed.text, /403|denied|not granted/i);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  },
];

function withToken(github: GitHubUnderTest, token: string): string {
  const url = new URL(github.gitUrl);
  url.username = 'x-access-token';
  url.password = token;
  return url.href;
}

/** Asynchronous: the sandbox serves from this process. */
export function git(cwd: string, ...args: string[]): Promise<{ code: number; text: string }> {
  const env = {
    PATH: process.env['PATH'],
    HOME: cwd,
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
  const who = ['-c', 'user.name=Wes', '-c', 'user.email=wes@example.org', '-c', 'init.defaultBranch=main'];
  return new Promise((resolve) => {
    execFile('git', [...who, ...args], { cwd, env }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, text: out + err }),
    );
  });
}
