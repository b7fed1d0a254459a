/** Hints of the automatic checks that wait for an answer of the author. */
import type { VNode } from 'preact';
import type { RequestPage, ShownHint } from '../../../agent/airlock/face.ts';
import type { Visit } from '../parts.ts';
import { Token } from '../shell/forms.tsx';
import { saidOf } from '../review/column-roles.tsx';
import { editAt, requestAt } from './addresses.ts';

interface HintsProps {
  visit: Visit;
  page: RequestPage;
}

export function EditHints({ visit, page }: HintsProps): VNode | null {
  const hints = hintsToAnswer(page);
  if (hints.length === 0 && page.checked) return null;
  return (
    <section class="Box mb-4" id="hints" aria-labelledby="hints-title" data-testid="hints">
      <h2 class="Box-header h4" id="hints-title">
        Automatic checks <span class="color-fg-muted text-normal">{hints.length}</span>
      </h2>
      {page.checked ? null : (
        <p class="Box-row va-note">Some checks are still running. Reload the page in a moment.</p>
      )}
      {hints.map((hint) => (
        <Hint {...{ visit, page, hint }} />
      ))}
      <p class="Box-row va-note mb-0">
        Mend what they found and take the newest version, or say why it may stay. Where a check takes a column
        for what it is not, open the file and say what the column is.{' '}
        <a href="/docs/disclosure">What each check means</a>
      </p>
    </section>
  );
}

/**
 * Of outputs that are asked for, of groups and of the whole, and what admits no exception of supporting files
 * too; what only informs needs no answer.
 */
function hintsToAnswer({ files, groups, hints }: RequestPage): ShownHint[] {
  const live = files.filter(({ withdrawn, locked }) => !withdrawn && !locked);
  const all = [
    ...live.flatMap((file) => (file.hints ?? []).filter(({ final }) => final || file.type === 'output')),
    ...groups.flatMap((group) => group.hints),
    ...hints,
  ];
  const once = new Map(all.map((hint) => [hint.id, hint]));
  return [...once.values()].filter(({ severity }) => severity !== 'inform');
}

function Hint({ visit, page, hint }: HintsProps & { hint: ShownHint }): VNode {
  const { check, severity, message, place, path, group } = hint;
  const isBlocking = severity === 'block';
  const own = hint.answers.filter(({ as }) => as === 'author');
  const file = page.files.find((each) => each.path === path);
  const number = file?.number;
  const said = file && saidOf(hint, file.roles);
  const answered =
    said !== undefined || (isBlocking ? own.some(({ exception }) => exception) : own.length > 0);
  return (
    <div class="Box-row" data-testid="hint" data-check={check}>
      <p class="mb-1">
        <span class={`Label Label--${answered ? 'secondary' : isBlocking ? 'danger' : 'attention'}`}>
          {answered ? 'answered' : isBlocking ? 'blocks' : 'to answer'}
        </span>{' '}
        <code>{check}</code>{' '}
        {path !== undefined ? (
          number !== undefined ? (
            <a href={`${requestAt(page.request.id)}/files/${number}`}>{path}</a>
          ) : (
            path
          )
        ) : (
          <span class="color-fg-muted">{group ? `group ${group}` : 'the whole request'}</span>
        )}{' '}
        <span class="color-fg-muted text-small">
          {place.row !== undefined ? `row ${place.row} ` : ''}
          {place.column !== undefined ? `column ${place.column}` : ''}
        </span>
      </p>
      <p class="mb-1">{message}</p>
      {said ? (
        <p class="va-quote mb-1">
          <strong>{said.login}</strong>: {said.reason}
        </p>
      ) : null}
      {own.map(({ login, reason }) => (
        <p class="va-quote mb-1">
          <strong>{login}</strong>: {reason}
        </p>
      ))}
      {said || hint.final ? null : <AnswerForm {...{ visit, page, hint, answered }} />}
    </div>
  );
}

function AnswerForm(props: HintsProps & { hint: ShownHint; answered: boolean }): VNode {
  const { visit, page, hint, answered } = props;
  const { id, check, path } = hint;
  const isBlocking = hint.severity === 'block';
  return (
    <details open={false}>
      <summary class="text-small">
        {answered ? 'Answer again' : isBlocking ? 'Ask for an exception' : 'Say why it may stay'}
      </summary>
      <form
        method="post"
        action={`${editAt(page.request.id)}/${isBlocking ? 'except-hint' : 'resolve-hint'}`}
        class="d-flex va-gap mt-2"
      >
        <Token csrf={visit.csrf} />
        <input type="hidden" name="hint" value={id} />
        <input
          class="form-control input-sm va-grow"
          name="reason"
          maxLength={2000}
          required
          aria-label={`Reason about ${check} ${path ?? ''}`}
          placeholder={
            isBlocking ? 'Why it may leave although the check says no' : 'Why it may stay as it is'
          }
        />
        <button class="btn btn-sm" type="submit">
          {isBlocking ? 'Ask' : 'Answer'}
        </button>
      </form>
    </details>
  );
}
