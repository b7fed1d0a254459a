/** Grading one output. Nothing can be graded before it was drawn; a carried grade waits for its owner's word. */
import type { VNode } from 'preact';
import type { ShownFile } from '../../../agent/airlock/face.ts';
import type { Refusal } from '../../../src/lib/refusal.ts';
import { words } from '../../../src/release/release.ts';
import type { GivenGrade } from '../../../src/release/types.ts';
import { againstOf, DeedForm, type Asking } from './offers.tsx';
import { GRADE_LABELS, GRADE_TONES, no } from './words.ts';

const KEYS = { approve: 'a', changes: 'c', reject: undefined } as const;
const KINDS = { approve: 'primary', changes: 'plain', reject: 'danger' } as const;

export function GradePanel({ asking, file }: { asking: Asking; file: ShownFile }): VNode | null {
  const { page } = asking;
  const against = againstOf(page, 'grade');
  if (!against) return null;
  if (file.type === 'supporting')
    return <p class="color-fg-muted mb-0">A supporting file is read, not graded. {readState(file)}</p>;
  if (file.withdrawn || file.locked)
    return <p class="color-fg-muted mb-0">This file is not graded any more.</p>;
  const unread: Refusal[] = file.seen ? [] : [no.readFirst()];
  const { mine } = file;
  return (
    <div class="ar-grading" data-testid="grading">
      <Own mine={mine} />
      {mine?.carried ? (
        <DeedForm
          asking={asking}
          deed="confirm-grade"
          label={`${mine.weak ? 'Give again' : 'Confirm'} “${words.GRADE_WORDS[mine.grade]}”`}
          kind="primary"
          fields={{ path: file.path }}
          against={[...(againstOf(page, 'confirm-grade') ?? against), ...unread]}
        />
      ) : null}
      <div class="ar-grade-buttons">
        {(['approve', 'changes', 'reject'] as const).map((grade) => (
          <GradeButton asking={asking} file={file} grade={grade} against={[...against, ...unread]} />
        ))}
      </div>
      {against.length + unread.length > 0 ? (
        <ul class="va-against" data-testid="why-not">
          {[...against, ...unread].map(({ code, says, next }) => (
            <li data-code={code}>
              {says} {next}
            </li>
          ))}
        </ul>
      ) : null}
      {mine && againstOf(page, 'clear-grade') ? (
        <DeedForm
          asking={asking}
          deed="clear-grade"
          label="Clear my grade"
          small
          shortcut="u"
          fields={{ path: file.path }}
        />
      ) : null}
    </div>
  );
}

function GradeButton(props: {
  asking: Asking;
  file: ShownFile;
  grade: GivenGrade;
  against: readonly Refusal[];
}): VNode {
  const { asking, file, grade, against } = props;
  const isMine = file.mine?.grade === grade && !file.mine.carried;
  const shortcut = KEYS[grade];
  return (
    <form method="post" action={`/requests/${asking.page.request.id}/deeds/grade`} data-deed="grade">
      <input type="hidden" name="_token" value={asking.csrf} />
      <input type="hidden" name="back" value={asking.here} />
      <input type="hidden" name="turn" value={asking.page.request.turn} />
      <input type="hidden" name="path" value={file.path} />
      <input type="hidden" name="grade" value={grade} />
      <button
        id={`grade-${grade}`}
        class={`btn btn-sm ${KINDS[grade] === 'primary' ? 'btn-primary' : KINDS[grade] === 'danger' ? 'btn-danger' : ''}`}
        type="submit"
        disabled={against.length > 0}
        aria-pressed={isMine}
        aria-keyshortcuts={shortcut}
        data-key={shortcut}
        data-testid={`grade-${grade}`}
      >
        {GRADE_LABELS[grade]}
        {shortcut ? (
          <kbd class="ar-key" aria-hidden="true">
            {shortcut}
          </kbd>
        ) : null}
      </button>
    </form>
  );
}

function Own({ mine }: Pick<ShownFile, 'mine'>): VNode {
  return (
    <p class="mb-2" role="status" data-testid="my-grade">
      Your grade:{' '}
      {mine ? (
        <>
          <span class={`Label Label--${GRADE_TONES[mine.grade]}`}>{words.GRADE_WORDS[mine.grade]}</span>
          {mine.weak
            ? ' without a passkey: it counts once you give it again, signed in with yours'
            : mine.carried
              ? ' in an earlier turn: it counts once you confirm it'
              : mine.signed
                ? ' and signed'
                : ''}
        </>
      ) : (
        <span class="color-fg-muted">none yet</span>
      )}
    </p>
  );
}

function readState({ seen }: ShownFile): string {
  return seen ? 'You have read it.' : 'You have not read it yet.';
}
