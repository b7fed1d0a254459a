/** Talk: said once, deleted or made public by its author, never edited. */
import { sha256 } from '../lib/hash.ts';
import { idOf } from './lookup.ts';
import { mayComment } from './permission.ts';
import { no } from './refusals.ts';
import { answer, type At, type Outcome } from './rule.ts';
import { PHASE } from './states.ts';
import type { Comment, ReleaseRequest } from './types.ts';

const LONGEST = 10_000;

export function comment({ request, command, facts }: At<'comment'>): Outcome {
  const { id, group, text, visibility, anchor, by } = command;
  const author = idOf(by);
  return answer(
    [
      mayComment(author, request, facts),
      !request.groups.some(({ name }) => name === group) && no.noGroup(group),
      (text.trim() === '' || text.length > LONGEST) && no.commentText(LONGEST),
      visibility === 'private' && PHASE[request.state] === 'author' && no.publicOnly(),
    ],
    () => [
      {
        type: 'REQUEST_COMMENT',
        comment: id,
        group,
        author,
        digest: sha256(text),
        anchor,
        visibility,
      },
    ],
  );
}

export function deleteComment({ request, command, facts }: At<'delete-comment'>): Outcome {
  const author = idOf(command.by);
  const held = ownComment(request, command.id, author);
  // What others have read would vanish before their eyes and tell them that its author is at work.
  const blind = PHASE[request.state] === 'independent' && held && held.turn !== request.turn;
  return answer(
    [mayComment(author, request, facts), !held && no.noComment(), blind && no.commentRead()],
    () => [
      {
        type: 'REQUEST_COMMENT_DELETE',
        comment: command.id,
        group: held!.group,
        author,
        visibility: held!.visibility,
      },
    ],
  );
}

export function publishComment({ request, command, facts }: At<'publish-comment'>): Outcome {
  const author = idOf(command.by);
  const held = ownComment(request, command.id, author);
  const fixed = held && (held.visibility !== 'private' || held.turn !== request.turn);
  return answer(
    [mayComment(author, request, facts), !held && no.noComment(), fixed && no.commentFixed()],
    () => [
      {
        type: 'REQUEST_COMMENT_VISIBILITY_PUBLIC',
        comment: command.id,
        group: held!.group,
        author,
      },
    ],
  );
}

/** What a broken-off turn sealed is gone for its author too. */
function ownComment(request: ReleaseRequest, id: string, author: number): Comment | undefined {
  return request.comments.find(
    (each) => each.id === id && each.by === author && !request.sealedTurns.includes(each.turn),
  );
}
