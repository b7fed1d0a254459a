/** Signing in and out. */
import type { VNode } from 'preact';
import { isRefusal } from '../../src/lib/refusal.ts';
import {
  ATTEMPT_MS,
  beginSignIn,
  CALLBACK,
  finishSignIn,
  logDeed,
  memberWords,
  type MembersDeps,
} from '../../src/members/members.ts';
import { PageHead, RefusalBox } from '../ui/shell.tsx';
import { ownPath } from './origin.ts';
import { signOut, type SitePages, type Visit } from './visit.tsx';

export function signInPages(add: SitePages, deps: MembersDeps): void {
  add.open('/login', (visit) => {
    const next = ownPath(visit.field('next'), deps.origin);
    if (visit.member) return visit.go(next);
    allowGitHub(visit, deps);
    visit.show({ title: 'Sign in', body: <SignIn next={next} ready={deps.github !== undefined} /> });
  });

  add.door('/login', async (visit) => {
    const begun = await beginSignIn(deps, ownPath(visit.field('next'), deps.origin));
    if (isRefusal(begun)) return visit.refuse(begun, 503);
    visit.cookies.attempt.set(visit.response, begun.browser, ATTEMPT_MS);
    visit.response.redirect(303, begun.location);
  });

  add.open(CALLBACK, async (visit) => {
    const { request, response, cookies } = visit;
    // A link checker or a preview must not use the code up.
    if (request.method === 'HEAD') return void response.status(204).end();
    const done = await finishSignIn(deps, {
      state: visit.field('state') || undefined,
      code: visit.field('code') || undefined,
      error: visit.field('error') || undefined,
      browser: cookies.attempt.read(request),
      before: cookies.session.read(request),
      userAgent: request.get('user-agent') ?? '',
    });
    if (isRefusal(done)) return visit.show({ title: 'Not signed in', body: <NotSignedIn no={done} /> }, 403);
    cookies.attempt.clear(response);
    cookies.session.set(response, done.secret);
    visit.go(done.next);
  });

  add.form('/logout', async (visit) => {
    await signOut(deps, visit);
    const { person, session } = visit.member;
    await logDeed(deps.db, { at: deps.clock.now(), what: 'LOGOUT', person, session });
    visit.go('/');
  });
}

/** Browsers hold a form to its page's policy on every redirect that follows. */
function allowGitHub(visit: Visit, deps: MembersDeps): void {
  if (!deps.github) return;
  const policy = String(visit.response.getHeader('content-security-policy'));
  const also = `form-action 'self' ${new URL(deps.github.places.web).origin}`;
  visit.response.setHeader('content-security-policy', policy.replace("form-action 'self'", also));
}

function SignIn({ next, ready }: { next: string; ready: boolean }): VNode {
  return (
    <div class="sp-narrow">
      <PageHead
        title="Sign in"
        about="GitHub says who you are; the governance repository says what you may see."
      />
      {ready ? (
        <form method="post" action="/login">
          <input type="hidden" name="next" value={next} />
          <p>
            This hub learns your account's number and name from GitHub and nothing else. It keeps no token and
            can do nothing in your name.
          </p>
          <button class="btn btn-primary" type="submit" data-testid="sign-in">
            Sign in with GitHub
          </button>
        </form>
      ) : (
        <RefusalBox no={memberWords.noSignIn()} />
      )}
    </div>
  );
}

function NotSignedIn({ no }: { no: { code: string; says: string; next: string } }): VNode {
  return (
    <div class="sp-narrow">
      <PageHead title="Not signed in" />
      <RefusalBox no={no} />
      <a class="btn" href="/login">
        To the sign-in page
      </a>
    </div>
  );
}
