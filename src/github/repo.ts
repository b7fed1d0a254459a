/**
 * One repository on GitHub, as the App sees it: questions that are answered or "not there", and writes.
 *
 * Every remote call of the room that concerns a repository is here. "Not there" is undefined; every other
 * failure is thrown as Octokit's RequestError, which `trouble.ts` reads.
 */
import type { App, Octokit } from './app.ts';
import { issueCalls } from './issues.ts';
import { instantOf } from './payloads.ts';
import { orMissing } from './trouble.ts';

/** Identity is the id; owner and name are how it was last called. */
export interface RepoRef {
  id: number;
  owner: string;
  name: string;
  installation: number;
}

export interface CheckOutput {
  title: string;
  summary: string;
  text?: string;
}
export interface CheckAnnotation {
  path: string;
  start_line: number;
  end_line: number;
  start_column?: number;
  end_column?: number;
  annotation_level: 'notice' | 'warning' | 'failure';
  title: string;
  message: string;
}
export interface CheckAction {
  label: string;
  description: string;
  identifier: string;
}
export type Conclusion =
  | 'success'
  | 'failure'
  | 'neutral'
  | 'cancelled'
  | 'skipped'
  | 'action_required'
  | 'timed_out';
export interface CheckState {
  status: 'queued' | 'in_progress' | 'completed';
  conclusion?: Conclusion;
  started_at?: string;
  completed_at?: string;
  output: CheckOutput;
  actions: CheckAction[];
  details_url?: string;
}
export interface SeenCheck {
  id: number;
  external_id: string | null;
  status: string;
  conclusion: string | null;
  annotations: number;
}

/** GitHub takes 50 annotations a call and adds them to those it has. */
export const ANNOTATIONS_PER_CALL = 50;

export type RepoClient = Awaited<ReturnType<typeof repoClient>>;

export async function repoClient(app: App, repo: RepoRef) {
  const octokit = await app.forInstallation(repo.installation);
  return onRepository(octokit, app.appId, await app.botLogin(), repo);
}

function onRepository(octokit: Octokit, appId: number, bot: string, repo: RepoRef) {
  const at = { owner: repo.owner, repo: repo.name };
  const rest = octokit.rest;
  return {
    repo,
    bot,
    ...issueCalls(octokit, repo, bot),

    /** The repository as it is now; undefined when deleted, transferred or out of reach. */
    async describe(): Promise<
      | {
          id: number;
          private: boolean;
          archived: boolean;
          hasIssues: boolean;
          defaultBranch: string;
          pushedAt: number | undefined;
          topics: string[];
        }
      | undefined
    > {
      const found = await orMissing(rest.repos.get(at));
      return (
        found && {
          id: found.data.id,
          private: found.data.private,
          archived: found.data.archived ?? false,
          hasIssues: found.data.has_issues ?? true,
          defaultBranch: found.data.default_branch,
          pushedAt: instantOf(found.data.pushed_at),
          topics: found.data.topics ?? [],
        }
      );
    },

    /** Head of a branch. */
    async branchHead(branch: string): Promise<string | undefined> {
      const found = await orMissing(rest.git.getRef({ ...at, ref: `heads/${branch}` }));
      return found?.data.ref === `refs/heads/${branch}` ? found.data.object.sha : undefined;
    },

    /** The commit that a tag or branch means, `tags/v1`. */
    async commitOf(ref: string): Promise<string | undefined> {
      return (await orMissing(rest.repos.getCommit({ ...at, ref, per_page: 1 }), [404, 422]))?.data.sha;
    },

    async commitExists(sha: string): Promise<boolean> {
      const found = await orMissing(rest.repos.getCommit({ ...at, ref: sha, per_page: 1 }), [404, 422]);
      return found?.data.sha === sha;
    },

    /** Whether `head` contains `sha`. Commits of forks resolve here too, but are on no branch of ours. */
    async contains(head: string, sha: string): Promise<boolean> {
      if (head === sha) return true;
      const found = await orMissing(
        rest.repos.compareCommitsWithBasehead({ ...at, basehead: `${sha}...${head}`, per_page: 1 }),
      );
      return found?.data.status === 'ahead' || found?.data.status === 'identical';
    },

    async pull(number: number) {
      const found = await orMissing(rest.pulls.get({ ...at, pull_number: number }));
      if (!found) return undefined;
      const { head, base, state, user } = found.data;
      return {
        sha: head.sha,
        branch: head.ref,
        // Null when the fork is gone.
        from: (head.repo as { id: number } | null)?.id,
        base: base.ref,
        open: state === 'open',
        merged: found.data.merged,
        /** Who opened it. */
        author: { id: user.id, login: user.login, bot: user.type !== 'User' },
      };
    },

    /**
     * Bytes of a file at a commit; undefined when there is none, `'too-large'` above the limit. Octokit reads
     * the raw form as text, which loses a byte order mark and bytes that are no UTF-8: so base64, or the stream.
     */
    async file(path: string, sha: string, limit: number): Promise<Uint8Array | 'too-large' | undefined> {
      const found = await orMissing(rest.repos.getContent({ ...at, path, ref: sha }));
      // A folder is answered as a list.
      if (!found || Array.isArray(found.data) || found.data.type !== 'file') return undefined;
      const { size, encoding, content } = found.data;
      if (size > limit) return 'too-large';
      if (encoding === 'base64') return Buffer.from(content, 'base64');
      // Above 1 MB GitHub gives the raw form only; a blob's JSON is longer than Octokit can read.
      const raw = await orMissing(
        rest.repos.getContent({
          ...at,
          path,
          ref: sha,
          headers: { accept: 'application/vnd.github.raw+json' },
          request: { parseSuccessResponseBody: false },
        }),
      );
      return raw && new Uint8Array(await new Response(raw.data as unknown as BodyInit).arrayBuffer());
    },

    /** Names, sizes and blobs in a folder at a commit; undefined when there is none. */
    async folder(
      path: string,
      sha: string,
    ): Promise<{ name: string; type: string; size: number; sha: string }[] | undefined> {
      const found = await orMissing(rest.repos.getContent({ ...at, path, ref: sha }));
      if (!found || !Array.isArray(found.data)) return undefined;
      return found.data.map(({ name, type, size, sha: blob }) => ({ name, type, size, sha: blob }));
    },

    /** Whether a person may write here, by GitHub; the login must still be theirs. */
    async mayWrite(person: { id: number; login: string }): Promise<boolean> {
      const found = await orMissing(
        rest.repos.getCollaboratorPermissionLevel({ ...at, username: person.login }),
      );
      if (found?.data.user?.id !== person.id) return false;
      return ['admin', 'maintain', 'write'].includes(found.data.role_name || found.data.permission);
    },

    /** The person's id and whether they are an active member of the organisation; undefined when GitHub knows no such login. */
    async membership(org: string, login: string): Promise<{ id: number; active: boolean } | undefined> {
      const found = await orMissing(rest.orgs.getMembershipForUser({ org, username: login }));
      return found && { id: found.data.user?.id ?? 0, active: found.data.state === 'active' };
    },

    // ── checks ─────────────────────────────────────────────────────────────────────────────────

    /** Our run of this name and external id on the commit, newest first. */
    async findCheck(sha: string, name: string, externalId: string): Promise<SeenCheck | undefined> {
      const runs = await octokit.paginate(rest.checks.listForRef, {
        ...at,
        ref: sha,
        check_name: name,
        app_id: appId,
        filter: 'all',
        per_page: 100,
      });
      const found = runs.find((run) => run.app?.id === appId && run.external_id === externalId);
      return found && seen(found);
    },
    async createCheck(
      name: string,
      sha: string,
      externalId: string,
      state: CheckState,
      annotations: CheckAnnotation[],
    ) {
      const made = await rest.checks.create({
        ...at,
        name,
        head_sha: sha,
        external_id: externalId,
        ...state,
        output: { ...state.output, annotations },
      } as Parameters<typeof rest.checks.create>[0]);
      return made.data.id;
    },
    async updateCheck(id: number, state: CheckState, annotations: CheckAnnotation[] = []): Promise<void> {
      await rest.checks.update({
        ...at,
        check_run_id: id,
        ...state,
        output: { ...state.output, ...(annotations.length > 0 && { annotations }) },
      } as Parameters<typeof rest.checks.update>[0]);
    },

    // ── comments and reactions ─────────────────────────────────────────────────────────────────

    /** Our own comment that begins with the mark: by author, since anybody can write a mark. */
    async findComment(issue: number, mark: string): Promise<{ id: number; body: string } | undefined> {
      const comments = await octokit.paginate(rest.issues.listComments, {
        ...at,
        issue_number: issue,
        per_page: 100,
      });
      const ours = comments.find((each) => each.user?.login === bot && each.body?.startsWith(mark));
      return ours && { id: ours.id, body: ours.body ?? '' };
    },
    async createComment(issue: number, body: string): Promise<number> {
      return (await rest.issues.createComment({ ...at, issue_number: issue, body })).data.id;
    },
    async updateComment(id: number, body: string): Promise<void> {
      await rest.issues.updateComment({ ...at, comment_id: id, body });
    },
    /** Comments on commits can be made with `contents: read`, but neither changed nor reacted to. */
    async findCommitComment(sha: string, mark: string): Promise<{ id: number } | undefined> {
      const comments = await octokit.paginate(rest.repos.listCommentsForCommit, {
        ...at,
        commit_sha: sha,
        per_page: 100,
      });
      const ours = comments.find((each) => each.user?.login === bot && each.body.startsWith(mark));
      return ours && { id: ours.id };
    },
    async createCommitComment(sha: string, body: string): Promise<number> {
      return (await rest.repos.createCommitComment({ ...at, commit_sha: sha, body })).data.id;
    },
    async react(comment: number, content: Reaction): Promise<void> {
      await rest.reactions.createForIssueComment({ ...at, comment_id: comment, content });
    },
    async unreact(comment: number, content: Reaction): Promise<void> {
      const all = await octokit.paginate(rest.reactions.listForIssueComment, {
        ...at,
        comment_id: comment,
        content,
        per_page: 100,
      });
      for (const ours of all.filter((each) => each.user?.login === bot)) {
        await rest.reactions.deleteForIssueComment({ ...at, comment_id: comment, reaction_id: ours.id });
      }
    },
  };
}

export type Reaction = 'eyes' | 'rocket' | 'confused';

function seen(run: {
  id: number;
  external_id: string | null;
  status: string;
  conclusion: string | null;
  output?: { annotations_count?: number };
}): SeenCheck {
  return {
    id: run.id,
    external_id: run.external_id,
    status: run.status,
    conclusion: run.conclusion,
    annotations: run.output?.annotations_count ?? 0,
  };
}
