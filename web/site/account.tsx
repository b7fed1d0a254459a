/** `/account`: where somebody is signed in, and who entered viewers as them. */
import type { ComponentChildren, VNode } from 'preact';
import {
  browsersOf,
  endSessionsOf,
  recentOf,
  sessionsOf,
  type Member,
  type MemberDeed,
  type MembersDeps,
  type OwnSession,
} from '../../src/members/members.ts';
import { PageHead, TimeOf } from '../ui/shell.tsx';
import { Heads, Scroll } from './parts.tsx';
import { signOut, Token, type SitePages } from './visit.tsx';

const WORDS: Partial<Record<MemberDeed, string>> = {
  LOGIN: 'Signed in here',
  LOGOUT: 'Signed out here',
  SIGN_IN_CODE: 'Got a code for a viewer',
};

export function accountPages(add: SitePages, deps: MembersDeps): void {
  add.page('/account', async (visit) => {
    const { member } = visit;
    const [sessions, recent, browsers] = await Promise.all([
      sessionsOf(deps, member.person),
      recentOf(deps.db, member.person),
      browsersOf(deps.db, member.person),
    ]);
    const zone = (id: string | null) =>
      deps.governance()?.backends.find((one) => one.id === id)?.name ?? id ?? '';
    visit.show({
      title: 'Account',
      body: (
        <>
          <PageHead title={member.name} about={`${member.login} on GitHub, account ${member.person}`} />
          <Sessions member={member} sessions={sessions} />
          <Rows
            title="New browsers in viewers"
            empty="Nobody entered a viewer as you from a browser not seen before."
            about="If one of these was not you, tell the deployment's operator at once."
            head={['When', 'Zone']}
            rows={browsers.map(({ at, backend }) => [<TimeOf at={at} />, zone(backend)])}
          />
          <Rows
            title="Lately"
            empty="Nothing yet."
            head={['When', 'What', 'Zone']}
            rows={recent.map(({ at, what, backend }) => [
              <TimeOf at={at} />,
              WORDS[what] ?? what,
              zone(backend),
            ])}
          />
        </>
      ),
    });
  });

  add.form('/account/end', async (visit) => {
    const { member } = visit;
    const id = visit.field('session');
    await endSessionsOf(deps.db, member, id ? { id } : { others: true });
    if (id === member.session) {
      await signOut(deps, visit);
      return visit.go('/');
    }
    visit.go('/account');
  });
}

function Sessions({ member, sessions }: { member: Member; sessions: readonly OwnSession[] }): VNode {
  return (
    <section>
      <h2 class="f4 mb-2">Signed in on this hub</h2>
      <Scroll label="Signed in on this hub">
        <table class="sp-table" data-testid="sessions">
          <Heads of={[['Browser'], ['Since'], ['Last seen'], ['End', undefined, 'unseen']]} />
          <tbody>
            {sessions.map((one) => (
              <tr>
                <td>
                  {one.browser}
                  {one.id === member.session ? <span class="Label ml-2">this one</span> : null}
                </td>
                <td>
                  <TimeOf at={one.createdAt} />
                </td>
                <td>
                  <TimeOf at={one.seenAt} />
                </td>
                <td>
                  <End member={member} session={one.id} label="End" what={one.browser} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {sessions.length > 1 ? (
        <div class="mb-4">
          <End member={member} label="End all others" what="" />
        </div>
      ) : null}
    </section>
  );
}

function End(props: { member: Member; session?: string; label: string; what: string }): VNode {
  const { member, session, label, what } = props;
  return (
    <form method="post" action="/account/end">
      <Token member={member} />
      {session ? <input type="hidden" name="session" value={session} /> : null}
      <button class="btn btn-sm btn-danger" type="submit">
        {label}
        {what ? <span class="sr-only"> the session of {what}</span> : null}
      </button>
    </form>
  );
}

function Rows(props: {
  title: string;
  about?: string;
  empty: string;
  head: readonly string[];
  rows: readonly (readonly ComponentChildren[])[];
}): VNode {
  const { title, about, empty, head, rows } = props;
  return (
    <section>
      <h2 class="f4 mb-2">{title}</h2>
      {rows.length === 0 ? (
        <p class="color-fg-muted mb-4">{empty}</p>
      ) : (
        <>
          {about ? <p class="color-fg-muted">{about}</p> : null}
          <Scroll label={title}>
            <table class="sp-table">
              <thead>
                <tr>
                  {head.map((one) => (
                    <th scope="col">{one}</th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.map((cells) => (
                  <tr>
                    {cells.map((cell) => (
                      <td>{cell}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        </>
      )}
    </section>
  );
}
