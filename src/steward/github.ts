/**
 * GitHub as the steward uses it for releases: one token per repository, for contents alone, and the few calls that a
 * release takes. What else it does is beside this, each with tokens of its own.
 */
import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { minutes } from '../lib/clock.ts';
import type { Repository } from '../protocol/messages.ts';
import { AppGitHub, GitHubTrouble } from './app-github.ts';

export { GitHubTrouble, type GitHubOptions } from './app-github.ts';

const repositoryAnswer = z.object({
  id: z.int().positive(),
  full_name: z.string(),
  private: z.boolean(),
  visibility: z.string().optional(),
  archived: z.boolean(),
  html_url: z.string(),
  default_branch: z.string(),
});
const assetAnswer = z.object({
  id: z.int().positive(),
  name: z.string(),
  state: z.string(),
  size: z.int().min(0),
  digest: z.string().nullish(),
});
const releaseAnswer = z.object({
  id: z.int().positive(),
  tag_name: z.string(),
  draft: z.boolean(),
  html_url: z.string(),
  upload_url: z.string(),
  author: z.object({ login: z.string() }).nullish(),
});
export type RepositoryNow = z.infer<typeof repositoryAnswer>;
export type GitHubAsset = z.infer<typeof assetAnswer>;
export type GitHubRelease = z.infer<typeof releaseAnswer>;

const UPLOAD_TIMEOUT_MS = minutes(10);

export class StewardGitHub extends AppGitHub {
  /** Asked afresh each time: it may have become private a moment ago. */
  async repository(repo: Repository): Promise<RepositoryNow> {
    return repositoryAnswer.parse(await this.json('repository', at(repo), {}, await this.auth(repo)));
  }

  /** Every release with this tag name, drafts too. */
  async releasesTagged(repo: Repository, tag: string): Promise<GitHubRelease[]> {
    const all = await this.pages('releases', `${at(repo)}/releases`, releaseAnswer, repo);
    return all.filter((release) => release.tag_name === tag);
  }

  async createDraft(
    repo: Repository,
    wish: { tag: string; target: string; name: string; body: string },
  ): Promise<GitHubRelease> {
    const { tag: tag_name, target: target_commitish, name, body } = wish;
    const fields = { tag_name, target_commitish, name, body, draft: true };
    return releaseAnswer.parse(
      await this.json(
        'create',
        `${at(repo)}/releases`,
        { method: 'POST', body: fields },
        await this.auth(repo),
      ),
    );
  }

  /** Never as the repository's latest: that word belongs to the study's own releases. */
  async publish(
    repo: Repository,
    release: number,
    wish: { tag: string; target: string; body: string },
  ): Promise<GitHubRelease> {
    const { tag: tag_name, target: target_commitish, body } = wish;
    const fields = { tag_name, target_commitish, body, draft: false, make_latest: 'false' };
    return releaseAnswer.parse(
      await this.json(
        'publish',
        `${at(repo)}/releases/${release}`,
        { method: 'PATCH', body: fields },
        await this.auth(repo),
      ),
    );
  }

  /** Of a published one: its text alone. */
  async rewrite(
    repo: Repository,
    release: number,
    wish: { tag: string; name: string; body: string },
  ): Promise<void> {
    const { tag: tag_name, name, body } = wish;
    const ask = { method: 'PATCH' as const, body: { tag_name, name, body, make_latest: 'false' } };
    await this.json('rewrite', `${at(repo)}/releases/${release}`, ask, await this.auth(repo));
  }

  async deleteRelease(repo: Repository, release: number): Promise<void> {
    await this.remove('delete-release', `${at(repo)}/releases/${release}`, repo);
  }

  /** Undefined when there is none. */
  async tag(repo: Repository, tag: string): Promise<string | undefined> {
    const answer = await this.maybe('tag', `${at(repo)}/git/ref/tags/${tag}`, await this.auth(repo));
    return answer === undefined
      ? undefined
      : z.object({ object: z.object({ sha: z.string() }) }).parse(answer).object.sha;
  }

  async deleteTag(repo: Repository, tag: string): Promise<void> {
    await this.remove('delete-tag', `${at(repo)}/git/refs/tags/${tag}`, repo);
  }

  async assets(repo: Repository, release: number): Promise<GitHubAsset[]> {
    return this.pages('assets', `${at(repo)}/releases/${release}/assets`, assetAnswer, repo);
  }

  async deleteAsset(repo: Repository, asset: number): Promise<void> {
    await this.remove('delete-asset', `${at(repo)}/releases/assets/${asset}`, repo);
  }

  async upload(
    repo: Repository,
    release: GitHubRelease,
    file: { name: string; contentType: string; place: string; size: number },
  ): Promise<void> {
    const url = new URL(release.upload_url.replace(/\{[^}]*\}$/, ''));
    // The answer of a server names an address: only GitHub's own are spoken to.
    const hosts = [new URL(this.places.api).origin, 'https://uploads.github.com'];
    if (!hosts.includes(url.origin)) throw new GitHubTrouble('upload address', 0);
    url.searchParams.set('name', file.name);
    const authorization = await this.auth(repo);
    await this.around('upload', async () => {
      const answer = await this.send(url.href, 'POST', authorization, {
        body: createReadStream(file.place),
        headers: { 'content-type': file.contentType, 'content-length': String(file.size) },
        timeout: UPLOAD_TIMEOUT_MS,
      });
      if (answer.status !== 201) throw new GitHubTrouble('upload', answer.status);
    });
  }

  /** A file at a commit; undefined when there is none. */
  async content(repo: Repository, path: string, commit: string): Promise<Uint8Array | undefined> {
    const answer = await this.maybe(
      'content',
      `${at(repo)}/contents/${path}?ref=${commit}`,
      await this.auth(repo),
    );
    const read = z
      .object({ type: z.literal('file'), encoding: z.literal('base64'), content: z.string() })
      .safeParse(answer);
    return read.success ? Buffer.from(read.data.content, 'base64') : undefined;
  }
}

const at = ({ owner, name }: Repository): string => `/repos/${owner}/${name}`;
