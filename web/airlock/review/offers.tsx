/** What a page offers, and why not: the room's own rules answer both. */
import type { ComponentChildren, VNode } from 'preact';
import type { RequestPage } from '../../../agent/airlock/face.ts';
import type { Refusal } from '../../../src/lib/refusal.ts';
import { PHASE, type CommandType } from '../../../src/release/release.ts';
import { Against, Token, type ButtonKind } from '../shell/forms.tsx';
import { deedUrl } from './links.ts';

/** What a form itself asks for: the rules miss it until the form is sent. */
const ASKED = new Set(
  ['category-missing', 'reason-missing', 'comment-text', 'part', 'unknown-hint', 'unknown-file'].map(
    (name) => `release.${name}`,
  ),
);

/** Not this person's business, or not now: then there is no button at all. */
const NOT_HERE = new Set(
  [
    'state',
    'not-arbiter',
    'not-assigned',
    'already-assigned',
    'not-checker',
    'not-author',
    'part-none',
    'places-taken',
  ].map((name) => `release.${name}`),
);

/** Commands about one file, group or hint: the room judges them when they come, the page knows whose work they are. */
const SEATED: readonly CommandType[] = [
  'grade',
  'grade-group',
  'confirm-grade',
  'clear-grade',
  'reset-grades',
  'propose-part',
];
const EDITORS: readonly CommandType[] = ['explain', 'except-hint', 'set-role', 'clear-role'];

/** Undefined when it is nothing to this person. */
export function againstOf(page: RequestPage, type: CommandType): readonly Refusal[] | undefined {
  const offer = page.offers.find((each) => each.type === type);
  if (!offer) return isTheirs(page, type) ? [] : undefined;
  if (offer.against.some(({ code }) => NOT_HERE.has(code))) return undefined;
  return offer.against.filter(({ code }) => !ASKED.has(code));
}

function isTheirs({ viewer, request }: RequestPage, type: CommandType): boolean {
  const phase = PHASE[request.state];
  const edits = viewer.as === 'author' && phase === 'author';
  const checks =
    viewer.as === 'checker' && viewer.seated && (phase === 'independent' || phase === 'consolidating');
  if (type === 'resolve-hint') return edits || checks;
  if (EDITORS.includes(type)) return edits;
  if (type === 'propose-part') return checks && phase === 'consolidating';
  return SEATED.includes(type) && checks;
}

export function mayDo(page: RequestPage, type: CommandType): boolean {
  return againstOf(page, type)?.length === 0;
}

/** What every part of a page needs to make forms. */
export interface Asking {
  page: RequestPage;
  csrf: string;
  /** Where forms come back to. */
  here: string;
}

/** What a script answers in place, because the rest of the page stays true; everything else makes a new page. */
const IN_PLACE: readonly CommandType[] = [
  'grade',
  'grade-group',
  'confirm-grade',
  'clear-grade',
  'reset-grades',
  'comment',
  'delete-comment',
  'publish-comment',
  'resolve-hint',
  'except-hint',
];

/** A form for one command. */
export function DeedForm(props: {
  asking: Asking;
  deed: CommandType;
  label: string;
  kind?: ButtonKind;
  small?: boolean;
  fields?: Record<string, string | number>;
  against?: readonly Refusal[];
  /** Key that presses the button. */
  shortcut?: string;
  testid?: string;
  children?: ComponentChildren;
  class?: string;
  pressed?: boolean;
}): VNode {
  const { asking, deed, label, kind = 'plain', fields = {}, shortcut, pressed } = props;
  const against = props.against ?? againstOf(asking.page, deed) ?? [];
  const tone = kind === 'primary' ? 'btn-primary' : kind === 'danger' ? 'btn-danger' : '';
  const id = `why-${deed}-${Object.values(fields)
    .join('-')
    .replace(/[^a-z0-9]+/gi, '-')}`;
  return (
    <form
      method="post"
      action={deedUrl(asking.page.request.id, deed)}
      class={props.class ?? 'ar-form'}
      data-deed={IN_PLACE.includes(deed) ? deed : undefined}
    >
      <Token csrf={asking.csrf} />
      <input type="hidden" name="back" value={asking.here} />
      <input type="hidden" name="turn" value={asking.page.request.turn} />
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={String(value)} />
      ))}
      {props.children}
      <button
        class={`btn ${props.small ? 'btn-sm' : ''} ${tone}`}
        type="submit"
        disabled={against.length > 0}
        aria-pressed={pressed}
        aria-describedby={against.length > 0 ? id : undefined}
        aria-keyshortcuts={shortcut}
        data-key={shortcut}
        data-testid={props.testid ?? deed}
      >
        {label}
        {shortcut ? (
          <kbd class="ar-key" aria-hidden="true">
            {shortcut}
          </kbd>
        ) : null}
      </button>
      <Against id={id} against={against} />
    </form>
  );
}

/** Something that should not happen by one click: opened first, then sent. */
export function Careful(props: { label: string; testid?: string; children: ComponentChildren }): VNode {
  return (
    <details class="ar-careful" data-testid={props.testid}>
      <summary class="btn btn-block">{props.label}</summary>
      <div class="ar-careful-body">{props.children}</div>
    </details>
  );
}

export function Choice(props: {
  name: string;
  label: string;
  options: Readonly<Record<string, string>>;
  empty?: string;
}): VNode {
  const id = `choice-${props.name}`;
  return (
    <label class="ar-field">
      <span>{props.label}</span>
      <select class="form-select" name={props.name} key={id} required={props.empty === undefined}>
        {props.empty === undefined ? null : <option value="">{props.empty}</option>}
        {Object.entries(props.options).map(([value, says]) => (
          <option value={value}>{says}</option>
        ))}
      </select>
    </label>
  );
}

export function Reason({
  label,
  name = 'reason',
  required = false,
}: {
  label: string;
  name?: string;
  required?: boolean;
}): VNode {
  return (
    <label class="ar-field">
      <span>{label}</span>
      <textarea class="form-control" name={name} rows={2} required={required} maxLength={2000} />
    </label>
  );
}
