/** For operators: passkeys that wait to be confirmed. */
import type { VNode } from 'preact';
import type { ShownPasskey } from '../../../agent/airlock/sign-in/sign-in.ts';
import type { Refusal } from '../../../src/lib/refusal.ts';
import type { Visit } from '../parts.ts';
import { ButtonForm } from '../shell/forms.tsx';
import { Blank, Heading } from '../shell/frame.tsx';
import { Time } from '../shell/marks.tsx';

export function PasskeysPage(props: {
  visit: Visit;
  passkeys: readonly ShownPasskey[];
  /** Why this operator does not confirm a key of this person. */
  whyNot(person: number): Refusal | undefined;
}): VNode {
  const { visit, passkeys, whyNot } = props;
  const { csrf } = visit;
  return (
    <>
      <Heading
        title="Passkeys to confirm"
        note="Confirm a key only when its person reads the same mark to you from their own account page."
      />
      {passkeys.length === 0 ? (
        <Blank title="No passkey waits">
          A new one shows up here when somebody has made it on their account page.
        </Blank>
      ) : (
        <ul class="Box" data-testid="passkeys">
          {passkeys.map((key) => (
            <li class="Box-row d-flex flex-items-center va-gap">
              <div class="va-grow">
                <strong>{key.login}</strong> · {key.label}
                <div>
                  Mark <code class="va-mark">{key.mark}</code>
                </div>
                <div class="text-small color-fg-muted">
                  Made <Time at={key.madeAt} /> · confirmed by {key.operators.length} of 2
                </div>
              </div>
              <ButtonForm
                {...{ csrf, label: 'Confirm', against: against(whyNot(key.person)) }}
                action="/operations/passkeys/confirm"
                fields={{ passkey: key.id }}
                small
              />
              <ButtonForm
                {...{ csrf, label: 'Remove' }}
                action="/operations/passkeys/remove"
                fields={{ passkey: key.id }}
                kind="danger"
                small
              />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function against(whyNot: Refusal | undefined): Refusal[] {
  return whyNot ? [whyNot] : [];
}
