/** Pull requests. Their comments, labels and reactions are those of issues. */
import { commitsOf, revList } from '../git/history.ts';
import type { Api } from '../http/api.ts';
import {
  created,
  json,
  ok,
  page,
  signed,
  text,
  wholeNumber,
  type Answer,
  type RepoCall,
} from '../http/call.ts';
import { fail, isFailure, notFound, type Failure } from '../state/failure.ts';
import type { Pull } from '../state/pulls.ts';

export function pullRoutes(api: Api): void {
  api.onRepo('get', '/pulls', 'pulls.read', (call) => {
    const state = call.query.get('state') ?? 'open';
    // GitHub filters by `owner:branch` and takes no notice of a branch without its owner.
    const wanted = /^([^:]+):(.+)$/.exec(call.query.get('head') ?? '');
    const from = (pull: Pull): string =>
      call.state.repos.ownerOf(call.state.pulls.headRepo(call.repo, pull) ?? call.repo).login.toLowerCase();
    const base = call.query.get('base');
    const found = call.state.pulls
      .all(call.repo)
      .filter(
        (pull) =>
          (state === 'all' || pull.state === state) &&
          (!wanted || (pull.pull.head === wanted[2] && from(pull) === wanted[1]!.toLowerCase())) &&
          (!base || pull.pull.base === base),
      )
      .reverse();
    const { items, headers } = page(call, found);
    return ok(
      items.map((pull) => call.state.present.pullSimple(call.repo, pull)),
      headers,
    );
  });

  api.onRepo('post', '/pulls', 'metadata.read', async (call) => {
    const by = signed(call);
    if (isFailure(by)) return by;
    const given = json(call);
    const [title, head, base] = ['title', 'head', 'base'].map((key) => text(given, key));
    if (!title || !head || !base)
      return fail(422, 'Invalid request.\n\n"title", "head" and "base" are required.');
    const pull = await call.state.pulls.create(by, call.repo, {
      title,
      head,
      ...(text(given, 'head_repo') === undefined ? {} : { headRepo: text(given, 'head_repo')! }),
      base,
      body: text(given, 'body') ?? null,
      draft: given['draft'] === true,
    });
    return isFailure(pull) ? pull : created(call.state.present.pull(call.repo, pull));
  });

  api.onRepo('get', '/pulls/:number', 'pulls.read', (call) =>
    onPull(call, (pull) => ok(call.state.present.pull(call.repo, pull))),
  );

  api.onRepo('patch', '/pulls/:number', 'metadata.read', (call) =>
    onPull(call, (pull) => {
      const by = signed(call);
      if (isFailure(by)) return by;
      const given = json(call);
      const state = text(given, 'state');
      if (state !== undefined && state !== 'open' && state !== 'closed') return fail(422, 'Invalid state');
      const no = call.state.issues.edit(by, call.repo, pull, {
        title: text(given, 'title'),
        body: text(given, 'body'),
        state,
      });
      return no ?? ok(call.state.present.pull(call.repo, pull));
    }),
  );

  api.onRepo('get', '/pulls/:number/files', 'pulls.read', (call) =>
    onPull(call, async (pull) => {
      const { items, headers } = page(call, await call.state.pulls.files(call.repo, pull));
      return ok(
        items.map((file) => call.state.present.file(call.repo, pull.pull.headSha, file)),
        headers,
      );
    }),
  );

  api.onRepo('get', '/pulls/:number/commits', 'pulls.read', (call) =>
    onPull(call, async (pull) => {
      const store = call.state.repos.git(call.repo);
      const shas = await revList(store, pull.pull.headSha, { not: [pull.pull.baseSha], max: 250 });
      const { items, headers } = page(call, await commitsOf(store, shas.reverse()));
      return ok(
        items.map((commit) => call.state.present.commit(call.repo, commit)),
        headers,
      );
    }),
  );

  api.onRepo('get', '/commits/:sha/pulls', 'pulls.read', async (call) => {
    const commit = await call.state.repos.git(call.repo).resolve(call.params['sha'] ?? '');
    if (!commit) return fail(422, `No commit found for SHA: ${call.params['sha']}`);
    const store = call.state.repos.git(call.repo);
    const found: Pull[] = [];
    for (const pull of call.state.pulls.all(call.repo)) {
      const { headSha, mergeSha, baseSha } = pull.pull;
      const brought = await revList(store, headSha, { not: [baseSha], max: 250 });
      if (headSha === commit.sha || mergeSha === commit.sha || brought.includes(commit.sha)) found.push(pull);
    }
    const { items, headers } = page(call, found);
    return ok(
      items.map((pull) => call.state.present.pullSimple(call.repo, pull)),
      headers,
    );
  });

  api.onRepo('put', '/pulls/:number/merge', 'metadata.read', (call) =>
    onPull(call, async (pull) => {
      const by = signed(call);
      if (isFailure(by)) return by;
      const given = json(call);
      const method = text(given, 'merge_method') ?? 'merge';
      if (method !== 'merge' && method !== 'squash')
        return fail(405, `${method} merges are not allowed on this repository.`);
      const merged = await call.state.pulls.merge(by, call.repo, pull, {
        method,
        sha: text(given, 'sha'),
        title: text(given, 'commit_title'),
        message: text(given, 'commit_message'),
      });
      return isFailure(merged)
        ? merged
        : ok({ sha: merged.sha, merged: true, message: 'Pull Request successfully merged' });
    }),
  );
}

function onPull(
  call: RepoCall,
  handler: (pull: Pull) => Answer | Failure | Promise<Answer | Failure>,
): Answer | Failure | Promise<Answer | Failure> {
  const pull = call.state.pulls.find(call.repo, wholeNumber(call.params['number']));
  return pull ? handler(pull) : notFound();
}
