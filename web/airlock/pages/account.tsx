/** One's own account: where one is signed in, and one's passkeys. */
import type { VNode } from 'preact';
import type { OwnSession, ShownPasskey } from '../../../agent/airlock/sign-in/sign-in.ts';
import type { Visit } from '../parts.ts';
import { ButtonForm, Token } from '../shell/forms.tsx';
import { Heading } from '../shell/frame.tsx';
import { Time } from '../shell/marks.tsx';

interface AccountProps {
  visit: Visit;
  sessions: readonly OwnSession[];
  passkeys: readonly ShownPasskey[];
  trust: 'hub' | 'zone';
}

const ENDINGS = {
  'signed-out': 'signed out',
  idle: 'ended: not used for an hour',
  expired: 'ended after 12 hours',
  rights: 'ended: no rights in this zone',
  replaced: 'replaced by a later sign-in',
  'ended-elsewhere': 'ended from another session',
  'key-removed': 'ended: its passkey was removed',
} as const;

export function AccountPage({ visit, sessions, passkeys, trust }: AccountProps): VNode {
  const { person } = visit;
  return (
    <>
      <Heading
        title="Your account"
        note={`${person.name ? `${person.name} · ` : ''}${person.login} on GitHub · account ${person.id}`}
      />
      <Sessions visit={visit} sessions={sessions} />
      <Passkeys visit={visit} passkeys={passkeys} trust={trust} />
    </>
  );
}

function Sessions({ visit, sessions }: Pick<AccountProps, 'visit' | 'sessions'>): VNode {
  const others = sessions.some(({ id, endedAt }) => endedAt === null && id !== visit.session.id);
  return (
    <section class="mb-5" aria-labelledby="sessions">
      <div class="va-heading">
        <h2 class="h3 va-grow" id="sessions">
          Sessions
        </h2>
        {others ? (
          <ButtonForm
            csrf={visit.csrf}
            action="/account/sessions/end"
            fields={{ session: 'others' }}
            label="End all others"
            small
          />
        ) : null}
      </div>
      <ul class="Box" data-testid="sessions">
        {sessions.map(({ id, browser, strength, signedInAt, seenAt, endedAt, ending }) => (
          <li class="Box-row d-flex flex-items-center va-gap">
            <div class="va-grow">
              <strong>{browser}</strong>{' '}
              {id === visit.session.id ? <span class="Label Label--success">this one</span> : null}
              <div class="text-small color-fg-muted">
                Signed in <Time at={signedInAt} /> with a {strength}
                {endedAt === null ? (
                  <>
                    , last used <Time at={seenAt} />
                  </>
                ) : (
                  <>
                    , {ENDINGS[ending ?? 'signed-out']} <Time at={endedAt} />
                  </>
                )}
              </div>
            </div>
            {endedAt === null && id !== visit.session.id ? (
              <ButtonForm
                csrf={visit.csrf}
                action="/account/sessions/end"
                fields={{ session: id }}
                label="End"
                small
              />
            ) : null}
          </li>
        ))}
      </ul>
      <p class="va-note">
        A session you do not know? End it, change your GitHub password, and tell the operators.
      </p>
    </section>
  );
}

function Passkeys({ visit, passkeys, trust }: Pick<AccountProps, 'visit' | 'passkeys' | 'trust'>): VNode {
  return (
    <section aria-labelledby="passkeys">
      <h2 class="h3" id="passkeys">
        Passkeys
      </h2>
      <p>
        {trust === 'zone'
          ? 'In this zone grades and releases count only from a session opened with a passkey.'
          : 'A passkey opens this viewer without the hub.'}{' '}
        Two operators confirm that a new one is yours: read its mark to them from this page, in person or on
        the telephone.
      </p>
      {passkeys.length > 0 ? (
        <ul class="Box mb-3" data-testid="passkeys">
          {passkeys.map((key) => (
            <li class="Box-row d-flex flex-items-center va-gap">
              <div class="va-grow">
                <strong>{key.label}</strong>{' '}
                {key.state === 'confirmed' ? (
                  <span class="Label Label--success">confirmed</span>
                ) : (
                  <span class="Label Label--attention">
                    waits for {2 - key.operators.length} of 2 operators
                  </span>
                )}
                <div class="text-small color-fg-muted">
                  Mark <code class="va-mark">{key.mark}</code> · made <Time at={key.madeAt} />
                  {key.usedAt !== null ? (
                    <>
                      {' '}
                      · last used <Time at={key.usedAt} />
                    </>
                  ) : null}
                </div>
              </div>
              <ButtonForm
                csrf={visit.csrf}
                action="/account/passkeys/remove"
                fields={{ passkey: key.id }}
                label="Remove"
                kind="danger"
                small
              />
            </li>
          ))}
        </ul>
      ) : null}
      <form method="post" action="/account/passkeys" data-passkey="enrol" class="Box p-3">
        <Token csrf={visit.csrf} />
        <input type="hidden" name="answer" value="" />
        <label for="label" class="d-block text-bold mb-1">
          Name of a new passkey
        </label>
        <div class="d-flex va-gap">
          <input
            class="form-control va-grow"
            id="label"
            name="label"
            maxLength={60}
            required
            placeholder="Grey security key"
          />
          <button class="btn" type="submit" data-testid="enrol">
            Make a passkey
          </button>
        </div>
        <p class="va-note mb-0" role="status" data-passkey-says>
          <noscript>Passkeys need a script, which this browser does not run.</noscript>
        </p>
      </form>
    </section>
  );
}
