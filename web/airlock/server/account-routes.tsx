/** One's own sessions and passkeys, and other people's passkeys for operators. */
import {
  addPasskey,
  askNewPasskey,
  confirmPasskey,
  endOthers,
  endOwn,
  ownPasskeys,
  ownSessions,
  removePasskey,
  waitingPasskeys,
  whyNotConfirm,
  type LiveSession,
} from '../../../agent/airlock/sign-in/sign-in.ts';
import { isRefusal } from '../../../src/lib/refusal.ts';
import { AccountPage } from '../pages/account.tsx';
import { PasskeysPage } from '../pages/passkeys.tsx';
import type { Pages, Visit } from '../parts.ts';
import type { Inside } from './inside.ts';
import { parsedRegistration } from './passkey-answer.ts';

export function accountRoutes(pages: Pages, inside: Inside): void {
  const { signIn } = inside;
  pages.get('/account', async (visit) => {
    const id = visit.person.id;
    const [sessions, passkeys] = await Promise.all([ownSessions(signIn, id), ownPasskeys(signIn, id)]);
    const body = <AccountPage {...{ visit, sessions, passkeys, trust: signIn.trust() }} />;
    visit.show({ title: 'Your account', scripts: ['passkey'], body });
  });
  pages.post('/account/sessions/end', async (visit) => {
    const { session } = live(visit);
    const which = visit.form.text('session');
    if (which === 'others') await endOthers(signIn, session);
    else await endOwn(signIn, session, which);
    visit.back('/account', which === 'others' ? 'Your other sessions have ended.' : 'The session has ended.');
  });
  pages.post('/account/passkeys/options', async (visit) => {
    visit.json(await askNewPasskey(signIn, live(visit).session, secretOf(inside, visit)));
  });
  pages.post('/account/passkeys', async (visit) => {
    const made = { label: visit.form.text('label'), answer: parsedRegistration(visit.form.text('answer')) };
    const added = await addPasskey(signIn, live(visit).session, secretOf(inside, visit), made);
    if (isRefusal(added)) return visit.refuse(added);
    visit.back('/account', 'The passkey is made. It can be used once two operators have confirmed it.');
  });
  pages.post('/account/passkeys/remove', async (visit) => {
    const refused = await removePasskey(signIn, live(visit).session, visit.form.text('passkey'));
    if (refused) return visit.refuse(refused);
    visit.back('/account', 'The passkey is removed.');
  });
  operatorRoutes(pages, inside);
}

function operatorRoutes(pages: Pages, { signIn }: Inside): void {
  pages.get('/operations/passkeys', async (visit) => {
    if (!signIn.isOperator(visit.person.id)) return visit.notFound();
    const body = (
      <PasskeysPage
        visit={visit}
        passkeys={await waitingPasskeys(signIn)}
        whyNot={(of) => whyNotConfirm(signIn, visit.session, of)}
      />
    );
    const crumbs = [
      ['Operations', '/operations'],
      ['Passkeys', '/operations/passkeys'],
    ] as const;
    visit.show({ title: 'Passkeys to confirm', crumbs, body });
  });
  pages.post('/operations/passkeys/confirm', async (visit) => {
    const answer = await confirmPasskey(signIn, live(visit).session, visit.form.text('passkey'));
    if (isRefusal(answer)) return visit.refuse(answer, 403);
    const message = answer.confirmed
      ? 'Confirmed: the passkey can be used.'
      : 'Confirmed. A second operator has to do it too.';
    visit.back('/operations/passkeys', message);
  });
  pages.post('/operations/passkeys/remove', async (visit) => {
    if (!signIn.isOperator(visit.person.id)) return visit.notFound();
    const refused = await removePasskey(signIn, live(visit).session, visit.form.text('passkey'));
    if (refused) return visit.refuse(refused);
    visit.back('/operations/passkeys', 'The passkey is removed.');
  });
}

function live({ session, person }: Visit): { session: LiveSession } {
  return { session: { ...session, login: person.login } };
}

/** Challenges belong to the browser's cookie; the visit has just been found by it. */
function secretOf({ cookies }: Inside, { request }: Visit): string {
  return cookies.read(request, 'session') ?? '';
}
