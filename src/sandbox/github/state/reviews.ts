/**
 * Reviews of pull requests, as GitHub keeps them: each belongs to the commit it was made on and stays when the
 * branch moves on; one is dismissed by request only.
 */
import { fail, type Failure } from './failure.ts';
import type { Repo, Review, ReviewState, Signed } from './model.ts';
import type { Pull } from './pulls.ts';
import type { SandboxState } from './state.ts';

export const REVIEW_EVENTS: Readonly<Record<string, ReviewState>> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
};

export class Reviews {
  readonly #state: SandboxState;

  constructor(state: SandboxState) {
    this.#state = state;
  }

  all(pull: Pull): Review[] {
    return pull.pull.reviews ?? [];
  }

  find(pull: Pull, id: number): Review | undefined {
    return this.all(pull).find((review) => review.id === id);
  }

  async submit(
    actor: Signed,
    repo: Repo,
    pull: Pull,
    given: { event: string; body: string | null; commit: string | undefined },
  ): Promise<Review | Failure> {
    const no = this.#state.repos.refuse(actor, repo, 'pull.review');
    if (no) return no;
    const state = REVIEW_EVENTS[given.event];
    if (!state) return fail(422, 'Variable $event of type PullRequestReviewEvent was provided invalid value');
    const own = actor.user.id === pull.user;
    if (own && state === 'APPROVED') return fail(422, 'Can not approve your own pull request');
    if (own && state === 'CHANGES_REQUESTED')
      return fail(422, 'Can not request changes on your own pull request');
    if (state !== 'APPROVED' && !given.body) return fail(422, 'Body cannot be blank');
    const commit = given.commit ?? pull.pull.headSha;
    if (!(await this.#state.repos.git(repo).isCommit(commit)))
      return fail(422, 'commit_id is not part of the pull request');
    const review: Review = {
      id: this.#state.nextId(),
      user: actor.user.id,
      state,
      body: given.body,
      commit,
      at: this.#state.clock.now(),
    };
    (pull.pull.reviews ??= []).push(review);
    this.#state.touch();
    this.#emit('submitted', actor, repo, pull, review);
    return review;
  }

  dismiss(actor: Signed, repo: Repo, pull: Pull, review: Review): Failure | undefined {
    const no = this.#state.repos.refuse(actor, repo, 'pull.dismiss');
    if (no) return no;
    if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED')
      return fail(422, `Can not dismiss a ${review.state.toLowerCase()} pull request review`);
    review.state = 'DISMISSED';
    this.#state.touch();
    this.#emit('dismissed', actor, repo, pull, review);
    return undefined;
  }

  #emit(action: 'submitted' | 'dismissed', actor: Signed, repo: Repo, pull: Pull, review: Review): void {
    const { present } = this.#state;
    const shown = present.review(repo, pull, review);
    this.#state.hooks.emit({
      event: 'pull_request_review',
      action,
      account: repo.owner,
      repo,
      sender: actor.user,
      extra: {
        // What the API says in capitals, events say in small letters.
        review: { ...shown, state: review.state.toLowerCase(), updated_at: shown['submitted_at'] },
        pull_request: present.pullSimple(repo, pull),
      },
    });
  }
}
