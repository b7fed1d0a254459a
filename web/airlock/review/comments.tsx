/** Talk about a group, newest first: who, when, in which turn, for whom. */
import type { VNode } from 'preact';
import type { ShownComment } from '../../../agent/airlock/face.ts';
import { Time } from '../shell/marks.tsx';
import { fileUrl, readAnchor } from './links.ts';
import { Markdown } from './markdown.tsx';
import { againstOf, DeedForm, mayDo, type Asking } from './offers.tsx';

export function Comments(props: {
  asking: Asking;
  group: string;
  comments: readonly ShownComment[];
  /** The file the page shows: new comments can be about it. */
  file?: number;
}): VNode {
  const { asking, group, comments, file } = props;
  return (
    <div class="ar-comments" data-testid="comments">
      <CommentForm asking={asking} group={group} file={file} />
      {comments.length === 0 ? <p class="color-fg-muted">No comments yet.</p> : null}
      {comments.map((comment) => (
        <OneComment asking={asking} comment={comment} />
      ))}
    </div>
  );
}

function OneComment({ asking, comment }: { asking: Asking; comment: ShownComment }): VNode {
  const { page } = asking;
  return (
    <article class={`ar-comment ar-${comment.visibility}`} data-comment={comment.id}>
      <header>
        <b>{comment.login}</b> <Time at={comment.at} /> · turn {comment.turn}{' '}
        <span class={`Label Label--${comment.visibility === 'private' ? 'attention' : 'secondary'}`}>
          {comment.visibility === 'private' ? 'private, for checkers' : 'public'}
        </span>
        <Anchor request={page.request.id} anchor={comment.anchor} />
      </header>
      <Markdown text={comment.text} />
      {comment.mayDelete || comment.mayPublish ? (
        <div class="ar-comment-tools">
          {comment.mayPublish ? (
            <DeedForm
              asking={asking}
              deed="publish-comment"
              label="Make public"
              small
              against={[]}
              fields={{ comment: comment.id }}
            />
          ) : null}
          {comment.mayDelete ? (
            <DeedForm
              asking={asking}
              deed="delete-comment"
              label="Delete"
              small
              against={[]}
              fields={{ comment: comment.id }}
            />
          ) : null}
        </div>
      ) : null}
    </article>
  );
}

function Anchor({ request, anchor }: { request: string; anchor?: string }): VNode | null {
  const found = anchor === undefined ? undefined : readAnchor(anchor);
  if (!found) return null;
  const { file, place } = found;
  const row = /^row=(\d+)/.exec(place)?.[1];
  const column = /column=(.*)$/s.exec(place)?.[1];
  const hash = place === '' ? '' : `#${encodeURIComponent(place)}`;
  return (
    <a
      class="ar-anchor"
      href={`${fileUrl(request, file)}${hash}`}
      data-goto={JSON.stringify({ file, row: row === undefined ? undefined : Number(row), column })}
    >
      file {file}
      {row === undefined ? '' : `, row ${row}`}
      {column === undefined ? null : (
        <>
          , <bdi>{column}</bdi>
        </>
      )}
    </a>
  );
}

function CommentForm({
  asking,
  group,
  file,
}: {
  asking: Asking;
  group: string;
  file?: number;
}): VNode | null {
  const { page } = asking;
  const against = againstOf(page, 'comment');
  if (!against) return null;
  const reviews =
    page.viewer.as === 'checker' && ['submitted', 'reviewing', 'consolidating'].includes(page.request.state);
  return (
    <DeedForm
      asking={asking}
      deed="comment"
      label="Comment"
      small
      fields={{ group }}
      class="ar-form ar-comment-form"
    >
      <label class="ar-field">
        <span class="sr-only">Comment on {group}</span>
        <textarea
          class="form-control"
          name="text"
          rows={3}
          maxLength={10_000}
          required
          placeholder="Comment, with Markdown"
          data-comment-box
          aria-keyshortcuts="m"
          disabled={!mayDo(page, 'comment')}
        />
      </label>
      <div class="ar-comment-options">
        {reviews ? (
          <label>
            For{' '}
            <select class="form-select input-sm" name="visibility">
              <option value="private">checkers only</option>
              <option value="public">the author too</option>
            </select>
          </label>
        ) : (
          <input type="hidden" name="visibility" value="public" />
        )}
        {file === undefined ? null : (
          <>
            <label>
              About{' '}
              <select class="form-select input-sm" name="file">
                <option value={String(file)}>file {file}</option>
                <option value="">the group</option>
              </select>
            </label>
            <label>
              <span class="sr-only">Row and column in the file</span>
              <input
                class="form-control input-sm ar-place-input"
                name="place"
                placeholder="row=7,column=n"
                autocomplete="off"
                data-place
              />
            </label>
          </>
        )}
      </div>
    </DeedForm>
  );
}
