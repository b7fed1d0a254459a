/** Comments with reactions, and the box to write one: shared by issues, pull requests and commits. */
import type { ComponentChildren, VNode } from 'preact';
import { Hidden, Time, type View } from './layout.tsx';
import { Markdown } from './markdown.tsx';
import type { Comment, Reactions } from './shapes.ts';

const SIGNS: Record<string, string> = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  hooray: '🎉',
  confused: '😕',
  heart: '❤️',
  rocket: '🚀',
  eyes: '👀',
};

export function CommentList({ comments }: { comments: Comment[] }): VNode {
  return (
    <div data-testid="comments">
      {comments.map((comment) => (
        <CommentCard comment={comment} />
      ))}
    </div>
  );
}

const NO_TEXT = '*No description provided.*';

/** The first text of an issue: who may edit it does so here, and ticks its boxes. */
export function OpeningCard({
  view,
  comment,
  action,
}: {
  view: View;
  comment: Comment;
  action: string;
}): VNode {
  const text = comment.body ? comment : { ...comment, body: NO_TEXT };
  if (!view.session.login) return <CommentCard comment={text} />;
  return (
    <CommentCard comment={comment}>
      <form method="post" action={`${action}/tick`}>
        <Hidden view={view} />
        <input type="hidden" name="back" value={view.here} />
        <Markdown text={text.body} live />
      </form>
      <details class="mt-3" data-testid="edit">
        <summary class="text-small">Edit this text</summary>
        <form method="post" action={`${action}/edit`}>
          <Hidden view={view} />
          <input type="hidden" name="back" value={view.here} />
          <label class="sr-only" for="opening">
            Text
          </label>
          <textarea class="form-control width-full mt-2" name="body" id="opening" rows={12}>
            {comment.body}
          </textarea>
          <button class="btn btn-sm mt-2" type="submit" data-testid="edit-submit">
            Update
          </button>
        </form>
      </details>
    </CommentCard>
  );
}

export function CommentCard(props: { comment: Comment; children?: ComponentChildren }): VNode {
  const { comment, children } = props;
  const bot = comment.user?.type === 'Bot';
  return (
    <article class="sp-comment" id={`issuecomment-${comment.id}`} data-testid="comment">
      {/* What people write may begin with a heading of the third order. */}
      <h2 class="sr-only">{comment.user?.login ?? 'ghost'} wrote</h2>
      <header>
        <strong class="color-fg-default">{comment.user?.login ?? 'ghost'}</strong>
        {bot ? <span class="Label ml-1">bot</span> : null} · <Time at={comment.created_at} />
        {comment.updated_at !== comment.created_at ? ' · edited' : ''}
      </header>
      <div>
        {children ?? <Markdown text={comment.body} />}
        <ReactionRow reactions={comment.reactions} />
      </div>
    </article>
  );
}

function ReactionRow({ reactions }: { reactions: Reactions | undefined }): VNode | null {
  const given = Object.entries(SIGNS).filter(([name]) => Number(reactions?.[name] ?? 0) > 0);
  if (given.length === 0) return null;
  return (
    <div class="sp-reactions mt-2" data-testid="reactions">
      {given.map(([name, sign]) => (
        <span title={name}>
          {sign} {reactions?.[name]}
        </span>
      ))}
    </div>
  );
}

export function CommentBox({ view, action, hint }: { view: View; action: string; hint: string }): VNode {
  if (!view.session.login) {
    return <p class="color-fg-muted">Choose who you are (top right) to comment.</p>;
  }
  return (
    <form method="post" action={action} data-testid="comment-form">
      <Hidden view={view} />
      <input type="hidden" name="back" value={view.here} />
      <label class="sr-only" for="body">
        Comment
      </label>
      <textarea
        class="form-control width-full"
        name="body"
        id="body"
        rows={4}
        required
        placeholder={`Write a comment or a command, such as ${hint}`}
      />
      <div class="mt-2">
        <button class="btn btn-primary" type="submit" data-testid="comment-submit">
          Comment as {view.session.login}
        </button>
      </div>
    </form>
  );
}
