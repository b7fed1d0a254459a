/** Forms: the token that makes them ours, and buttons that say why they cannot be pressed. */
import type { ComponentChildren, VNode } from 'preact';
import type { Refusal } from '../../../src/lib/refusal.ts';

/** In every form that posts. */
export function Token({ csrf }: { csrf: string }): VNode {
  return <input type="hidden" name="_token" value={csrf} />;
}

export type ButtonKind = 'primary' | 'plain' | 'danger';

const KINDS = { primary: 'btn-primary', plain: '', danger: 'btn-danger' } as const satisfies Record<
  ButtonKind,
  string
>;

/** A form with one button. With `against` it cannot be pressed, and says why in plain sight. */
export function ButtonForm(props: {
  csrf: string;
  action: string;
  label: string;
  kind?: ButtonKind;
  small?: boolean;
  fields?: Record<string, string | readonly string[]>;
  against?: readonly Refusal[];
  testid?: string;
  children?: ComponentChildren;
}): VNode {
  const { csrf, action, label, kind = 'plain', fields = {}, against = [] } = props;
  const why = `why-${slug([action, ...Object.values(fields).flat()].join('-'))}`;
  return (
    <form method="post" action={action} class="va-button-form">
      <Token csrf={csrf} />
      {Object.entries(fields).flatMap(([name, value]) =>
        (typeof value === 'string' ? [value] : value).map((each) => (
          <input type="hidden" name={name} value={each} />
        )),
      )}
      {props.children}
      <button
        class={`btn ${props.small ? 'btn-sm' : ''} ${KINDS[kind]}`}
        type="submit"
        disabled={against.length > 0}
        aria-describedby={against.length > 0 ? why : undefined}
        data-testid={props.testid}
      >
        {label}
      </button>
      <Against id={why} against={against} />
    </form>
  );
}

/** Why a button cannot be pressed: every reason, with what to do about it. */
export function Against({ id, against }: { id?: string; against: readonly Refusal[] }): VNode | null {
  if (against.length === 0) return null;
  return (
    <ul class="va-against" id={id}>
      {against.map(({ code, says, next }) => (
        <li data-code={code}>
          {says} {next}
        </li>
      ))}
    </ul>
  );
}

export function slug(text: string): string {
  return text
    .replace(/[^a-z0-9]+/gi, '-')
    .replace(/^-|-$/g, '')
    .toLowerCase();
}
