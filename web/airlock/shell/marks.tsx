/** Small things many pages show: times, sizes, states, hints. */
import type { VNode } from 'preact';
import { isoTime } from '../../../src/lib/clock.ts';
import type { FileStatus } from '../../../src/release/release.ts';
import type { State } from '../../../src/release/types.ts';
import { STATE_LABELS } from '../words.ts';

/** `2027-03-01 09:30 UTC` */
export function Time({ at }: { at: number | null | undefined }): VNode | null {
  if (at === null || at === undefined) return null;
  const iso = isoTime(at);
  return <time dateTime={iso}>{`${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`}</time>;
}

/** As beside the file itself and in what the checks say: a size has one name in the viewer. */
export { bytes as sizeText } from '../files/bytes-in-words.ts';

const STATE_TONES = {
  draft: 'secondary',
  submitted: 'accent',
  reviewing: 'accent',
  consolidating: 'accent',
  returned: 'attention',
  approved: 'success',
  releasing: 'success',
  released: 'done',
  rejected: 'danger',
  withdrawn: 'secondary',
  revoked: 'danger',
} as const satisfies Record<State, string>;

export function StateLabel({ state }: { state: State }): VNode {
  return (
    <span class={`Label Label--${STATE_TONES[state]}`} data-testid="state">
      {STATE_LABELS[state]}
    </span>
  );
}

const STATUS: Record<FileStatus, readonly [tone: string, label: string, says: string]> = {
  invalid: [
    'danger',
    'not an output',
    'The workspace no longer lists it: it can only be taken off the request',
  ],
  released: ['done', 'released', 'These bytes have been released'],
  unreleased: ['secondary', 'unreleased', 'Not on a request'],
  withdrawn: ['secondary', 'withdrawn', 'Taken off the request; can be added again'],
  'under-review': ['accent', 'on the request', 'On your request as it is now'],
  updated: ['attention', 'changed', 'The file has changed since it was added: update the request'],
};

export function StatusLabel({ status }: { status: FileStatus }): VNode {
  const [tone, label, says] = STATUS[status];
  return (
    <span class={`Label Label--${tone}`} title={says}>
      {label}
    </span>
  );
}

/** What the automatic checks say of a file, in numbers. */
export function HintBadge({ hints }: { hints: { block: number; warn: number } | null }): VNode {
  if (hints === null) return <span class="color-fg-muted text-small">checking …</span>;
  if (hints.block + hints.warn === 0) return <span class="color-fg-success text-small">no hints</span>;
  return (
    <span class="va-hints">
      {hints.block > 0 ? (
        <span class="Label Label--danger" title="These block submission until they are mended or explained">
          {hints.block} blocking
        </span>
      ) : null}
      {hints.warn > 0 ? (
        <span class="Label Label--attention" title="Each has to be answered before submission">
          {hints.warn} to answer
        </span>
      ) : null}
    </span>
  );
}

const SHAPES = {
  folder:
    'M1.750 2A1.750 1.750 0 0 0 0 3.750v8.500C0 13.220.780 14 1.750 14h12.500A1.750 1.750 0 0 0 16 12.250v-7A1.750 1.750 0 0 0 14.250 3.500H8L6.600 2.330A1.500 1.500 0 0 0 5.600 2Z',
  file: 'M3.750 0A1.750 1.750 0 0 0 2 1.750v12.500C2 15.220 2.780 16 3.750 16h8.500A1.750 1.750 0 0 0 14 14.250V5L9 0Zm0 1.500H8v3.750c0 .410.340.750.750.750h3.750v8.250a.250.250 0 0 1-.250.250h-8.500a.250.250 0 0 1-.250-.250V1.750c0-.140.110-.250.250-.250Z',
} as const;

/** Once on a page that draws icons: a hundred rows name the shape instead of repeating it. */
export function FileShapes(): VNode {
  return (
    <svg hidden aria-hidden="true">
      {(['folder', 'file'] as const).map((kind) => (
        <symbol id={`va-${kind}`} viewBox="0 0 16 16">
          <path d={SHAPES[kind]} />
        </symbol>
      ))}
    </svg>
  );
}

export function FileIcon({ kind }: { kind: 'file' | 'folder' }): VNode {
  return (
    <svg class={`va-icon va-${kind}`} aria-hidden="true">
      <use href={`#va-${kind}`} />
    </svg>
  );
}
