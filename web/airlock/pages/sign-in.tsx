/** Sign-in: a number, an address, a code; or a passkey. Works without a script, but for passkeys. */
import type { VNode } from 'preact';
import type { Waiting } from '../../../agent/airlock/sign-in/sign-in.ts';
import type { Refusal } from '../../../src/lib/refusal.ts';
import { Token } from '../shell/forms.tsx';
import { Time } from '../shell/marks.tsx';

export interface SignInProps {
  zone: string;
  csrf: string;
  next: string;
  waiting: Waiting | undefined;
  refused: Refusal | undefined;
  trust: 'hub' | 'zone';
}

export function SignInPage(props: SignInProps): VNode {
  const { zone, refused, trust } = props;
  return (
    <div class="va-sign-in">
      <h1>Sign in to the airlock</h1>
      <p class="color-fg-muted">
        This is the viewer of <strong>{zone}</strong>. Files you open here stay here.
      </p>
      {refused ? (
        <div class="flash flash-error mb-3" role="alert" data-testid="refusal" data-code={refused.code}>
          {refused.says} {refused.next}
        </div>
      ) : null}
      {trust === 'zone' ? <WithPasskey {...props} first /> : null}
      <WithCode {...props} />
      {trust === 'hub' ? <WithPasskey {...props} /> : null}
    </div>
  );
}

function Hidden({ csrf, next }: Pick<SignInProps, 'csrf' | 'next'>): VNode {
  return (
    <>
      <Token csrf={csrf} />
      <input type="hidden" name="next" value={next} />
    </>
  );
}

function WithCode({ csrf, next, waiting }: SignInProps): VNode {
  if (!waiting) {
    return (
      <section class="Box p-4 mb-3">
        <h2 class="h4 mb-2">With GitHub, on any machine</h2>
        <p>
          GitHub cannot be reached from here. You get a number, open the hub on a machine that can, sign in
          with GitHub there, and come back with a code.
        </p>
        <form method="post" action="/sign-in/start">
          <Hidden csrf={csrf} next={next} />
          <button class="btn btn-primary" type="submit" data-testid="start">
            Show a number
          </button>
        </form>
      </section>
    );
  }
  return (
    <section class="Box p-4 mb-3">
      <h2 class="h4 mb-2">Your number</h2>
      <p class="va-number" data-testid="number">
        {waiting.number}
      </p>
      <ol class="va-steps">
        <li>
          On a machine with GitHub open <code data-testid="address">{waiting.address}</code>
        </li>
        <li>
          Sign in with GitHub there and give it this number. Go on only if the page shows the same number.
        </li>
        <li>
          Type the three words it shows you here, before <Time at={waiting.expiresAt} />.
        </li>
      </ol>
      <form method="post" action="/sign-in/code" class="mt-3">
        <Hidden csrf={csrf} next={next} />
        <label for="code" class="d-block text-bold mb-1">
          Code
        </label>
        <div class="d-flex va-gap">
          <input
            class="form-control va-grow"
            id="code"
            name="code"
            maxLength={100}
            required
            autocomplete="one-time-code"
            autocapitalize="none"
            spellcheck={false}
          />
          <button class="btn btn-primary" type="submit" data-testid="sign-in">
            Sign in
          </button>
        </div>
      </form>
      <form method="post" action="/sign-in/start" class="mt-3">
        <Hidden csrf={csrf} next={next} />
        <button class="btn-link" type="submit">
          Start again with another number
        </button>
      </form>
    </section>
  );
}

function WithPasskey({ csrf, next, first }: SignInProps & { first?: boolean }): VNode {
  return (
    <section class="Box p-4 mb-3">
      <h2 class="h4 mb-2">With a passkey of this zone</h2>
      <p>
        {first
          ? 'In this zone only a sign-in with a passkey lets you grade files and release them.'
          : 'If you made one in this viewer, and two operators have confirmed it.'}
      </p>
      <form method="post" action="/sign-in/passkey" data-passkey="sign-in">
        <Hidden csrf={csrf} next={next} />
        <input type="hidden" name="answer" value="" />
        <button class={`btn ${first ? 'btn-primary' : ''}`} type="submit" data-testid="passkey">
          Use a passkey
        </button>
        <p class="va-note" role="status" data-passkey-says>
          <noscript>Passkeys need a script, which this browser does not run.</noscript>
        </p>
      </form>
    </section>
  );
}
