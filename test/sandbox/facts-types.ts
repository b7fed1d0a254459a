import type { CallOptions, Reply } from './world.ts';

/** A GitHub with the App installed (permissions of `app.yml`) and one scratch repository. */
export interface GitHubUnderTest {
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
  /** Seconds since 1970, by GitHub's clock. */
  now(): number;
  jwt(times?: { iat: number; exp: number }): Promise<string>;
  installation: number;
  /** A fresh installation token. */
  token(wish?: unknown): Promise<string>;
  /** `owner/name` of the scratch repository, whose default branch has a commit. */
  repo: string;
  /** Clone address. */
  gitUrl: string;
  /** Token of a member who may write there. */
  writer: string;
  /** Token of somebody who may only read there. */
  reader: string;
  /** The App's client, and where people sign in. */
  oauth?: { web: string; clientId: string; clientSecret: string };
  /** Waits until GitHub has sent what it has to send. */
  settle(): Promise<void>;
  /** A name nobody used before. */
  fresh(stem: string): string;
}

export interface Fact {
  name: string;
  /** What of `GitHubUnderTest` it cannot do without and may be absent. */
  needs?: 'oauth';
  check(github: GitHubUnderTest): Promise<void>;
}

/** The newest commit of the default branch. */
export async function headOf(github: GitHubUnderTest): Promise<string> {
  const { data } = await github.call('GET', `/repos/${github.repo}/commits?per_page=1`, {
    as: github.writer,
  });
  return String(data[0]?.['sha']);
}

/** Writes one file on a branch of its own. */
export async function freshBranch(github: GitHubUnderTest): Promise<{ branch: string; sha: string }> {
  const branch = github.fresh('fact');
  await github.call('POST', `/repos/${github.repo}/git/refs`, {
    as: github.writer,
    body: { ref: `refs/heads/${branch}`, sha: await headOf(github) },
  });
  const put = await github.call('PUT', `/repos/${github.repo}/contents/facts/${branch}.txt`, {
    as: github.writer,
    body: { message: `Say ${branch}`, content: Buffer.from(`${branch}\n`).toString('base64'), branch },
  });
  return { branch, sha: String(put.data['commit']?.['sha']) };
}

export async function freshIssue(
  github: GitHubUnderTest,
  as: string,
  body: Record<string, unknown> = {},
): Promise<Reply['data']> {
  const { data } = await github.call('POST', `/repos/${github.repo}/issues`, {
    as,
    body: { title: github.fresh('fact'), ...body },
  });
  return data;
}
