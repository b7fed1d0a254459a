/** Hints of the automatic checks beside what they are about, with their answers. None is a verdict. */
import type { VNode } from 'preact';
import type { ShownFile, ShownHint } from '../../../agent/airlock/face.ts';
import { CHECKS, type CheckId } from '../../../src/disclosure/disclosure.ts';
import { saidOf } from './column-roles.tsx';
import { fileUrl, placeHash } from './links.ts';
import { againstOf, DeedForm, type Asking } from './offers.tsx';

const TONES = { block: 'danger', warn: 'attention', inform: 'accent' } as const;
const SAYS = { block: 'blocks', warn: 'to answer', inform: 'to know' } as const;

export function HintList(props: {
  asking: Asking;
  hints: readonly ShownHint[] | null;
  /** The file the hints are about; its places are links. */
  file?: ShownFile;
}): VNode {
  const { asking, hints, file } = props;
  if (hints === null) return <p class="color-fg-muted">The automatic checks have not ended yet.</p>;
  const shown = hints.filter(({ check }) => check !== 'C20');
  if (shown.length === 0) return <p class="color-fg-muted mb-0">No hints.</p>;
  return (
    <ol class="ar-hints" data-testid="hints">
      {shown.map((hint) => (
        <Hint asking={asking} hint={hint} file={file} />
      ))}
    </ol>
  );
}

function Hint({ asking, hint, file }: { asking: Asking; hint: ShownHint; file?: ShownFile }): VNode {
  const { check, severity, place, message, answers } = hint;
  const said = file && saidOf(hint, file.roles);
  const as = asking.page.viewer.as === 'author' ? 'author' : 'checker';
  const mine =
    severity !== 'inform' &&
    (answers.some((each) => each.as === as && (severity === 'warn' || each.exception)) ||
      (said !== undefined && as === 'author'));
  const where = [place.row === undefined ? '' : `row ${place.row}`, place.column ?? '', place.element ?? '']
    .filter(Boolean)
    .join(', ');
  const href = file === undefined ? '' : `${fileUrl(asking.page.request.id, file.number)}${placeHash(place)}`;
  return (
    <li class={`ar-hint ar-hint-${severity}`} data-hint={hint.id}>
      <div>
        <span class={`Label Label--${mine ? 'secondary' : TONES[severity]}`} title={nameOf(check)}>
          {check} {mine ? 'answered' : SAYS[severity]}
        </span>{' '}
        {where === '' ? null : href === '' || (place.row === undefined && place.column === undefined) ? (
          <bdi class="ar-place">{where}</bdi>
        ) : (
          <a
            class="ar-place"
            href={href}
            data-goto={JSON.stringify({ row: place.row, column: place.column })}
          >
            <bdi>{where}</bdi>
          </a>
        )}
      </div>
      <p class="mb-1">
        <bdi>{message}</bdi>
      </p>
      {said ? (
        <p class="ar-answer">
          <b>{said.login}</b> (author): <bdi>{said.reason}</bdi>
        </p>
      ) : null}
      {answers.map(({ login, as, reason, exception }) => (
        <p class="ar-answer">
          <b>{login}</b> ({as}
          {exception ? ', exception' : ''}): <bdi>{reason}</bdi>
        </p>
      ))}
      <Answer asking={asking} hint={hint} />
    </li>
  );
}

/** A warning is answered by each for themselves; a block needs its author's exception. */
function Answer({ asking, hint }: { asking: Asking; hint: ShownHint }): VNode | null {
  const { page } = asking;
  const author = page.viewer.as === 'author';
  const deed = hint.severity === 'block' && author ? 'except-hint' : 'resolve-hint';
  if (author && hint.byAuthor) return null;
  if (hint.severity === 'inform' || hint.final || (hint.severity === 'block' && !author)) return null;
  const against = againstOf(page, deed);
  const isAnswered = hint.answers.some(({ as }) => as === (author ? 'author' : 'checker'));
  if (!against || against.length > 0) return null;
  return (
    <details class="ar-answer-form" open={false}>
      <summary>
        {isAnswered ? 'Answer again' : deed === 'except-hint' ? 'Ask for an exception' : 'Answer'}
      </summary>
      <DeedForm asking={asking} deed={deed} label="Record" small fields={{ hint: hint.id }}>
        <label class="ar-field">
          <span class="sr-only">Reason for {hint.check}</span>
          <textarea class="form-control input-sm" name="reason" rows={2} required maxLength={2000} />
        </label>
      </DeedForm>
    </details>
  );
}

function nameOf(check: string): string {
  return Object.hasOwn(CHECKS, check) ? CHECKS[check as CheckId][1] : check;
}
