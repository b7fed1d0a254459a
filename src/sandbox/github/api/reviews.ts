/** Reviews of pull requests, and forks. */
import type { Api } from '../http/api.ts';
import { json, ok, page, signed, text, wholeNumber, type Answer, type RepoCall } from '../http/call.ts';
import { fail, isFailure, notFound, type Failure } from '../state/failure.ts';
import type { Org, Review } from '../state/model.ts';
import type { Pull } from '../state/pulls.ts';

export function reviewRoutes(api: Api): void {
  api.onRepo('get', '/pulls/:number/reviews', 'pulls.read', (call) =>
    onPull(call, (pull) => {
      // In the order in which they came.
      const { items, headers } = page(call, call.state.reviews.all(pull));
      return ok(
        items.map((review) => call.state.present.review(call.repo, pull, review)),
        headers,
      );
    }),
  );

  api.onRepo('post', '/pulls/:number/reviews', 'pulls.read', (call) =>
    onPull(call, async (pull) => {
      const by = signed(call);
      if (isFailure(by)) return by;
      const given = json(call);
      const event = text(given, 'event');
      if (!event) return fail(422, 'Pending reviews are not played here: give an "event".');
      const review = await call.state.reviews.submit(by, call.repo, pull, {
        event,
        body: text(given, 'body') ?? null,
        commit: text(given, 'commit_id'),
      });
      return isFailure(review) ? review : ok(call.state.present.review(call.repo, pull, review));
    }),
  );

  api.onRepo('get', '/pulls/:number/reviews/:review', 'pulls.read', (call) =>
    onReview(call, (pull, review) => ok(call.state.present.review(call.repo, pull, review))),
  );

  api.onRepo('put', '/pulls/:number/reviews/:review/dismissals', 'pulls.read', (call) =>
    onReview(call, (pull, review) => {
      const by = signed(call);
      if (isFailure(by)) return by;
      if (!text(json(call), 'message')) return fail(422, 'Message cannot be blank');
      const no = call.state.reviews.dismiss(by, call.repo, pull, review);
      return no ?? ok(call.state.present.review(call.repo, pull, review));
    }),
  );
}

export function forkRoutes(api: Api): void {
  api.onRepo('get', '/forks', 'metadata.read', (call) => {
    const seen = call.state.forks
      .of(call.repo)
      .filter((fork) => !call.state.repos.refuse(call.actor, fork, 'metadata.read'));
    const { items, headers } = page(call, seen);
    return ok(
      items.map((fork) => call.state.present.repo(fork)),
      headers,
    );
  });

  /** An App needs `administration: write` here and where the fork will be, and `contents: read` here. */
  api.onRepo('post', '/forks', 'contents.read', async (call) => {
    const { state, repo } = call;
    const by = signed(call);
    if (isFailure(by)) return by;
    const given = json(call);
    const organisation = text(given, 'organization');
    const account = organisation === undefined ? by.user : state.people.accountNamed(organisation);
    if (!account) return notFound();
    if (by.kind === 'installation') {
      const no = state.repos.refuse(by, repo, 'repo.admin');
      if (no) return no;
      if (by.installation.account !== account.id) return fail(403, 'Resource not accessible by integration');
    } else if (account.id !== by.user.id && !(account as Org).members?.has(by.user.id)) return notFound();
    const name = text(given, 'name');
    const fork = await state.forks.make(repo, account, name === undefined ? {} : { name });
    if (isFailure(fork)) return fork;
    if (by.kind === 'person') fork.collaborators.set(by.user.id, 'admin');
    return { status: 202, body: state.present.repoFull(fork) };
  });
}

function onPull(
  call: RepoCall,
  handler: (pull: Pull) => Answer | Failure | Promise<Answer | Failure>,
): Answer | Failure | Promise<Answer | Failure> {
  const pull = call.state.pulls.find(call.repo, wholeNumber(call.params['number']));
  return pull ? handler(pull) : notFound();
}

function onReview(
  call: RepoCall,
  handler: (pull: Pull, review: Review) => Answer | Failure,
): Answer | Failure | Promise<Answer | Failure> {
  return onPull(call, (pull) => {
    const review = call.state.reviews.find(pull, wholeNumber(call.params['review']));
    return review ? handler(pull, review) : notFound();
  });
}
