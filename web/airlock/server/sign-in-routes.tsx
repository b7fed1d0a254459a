/** The pages before sign-in, and the one that ends it. No script is needed for a code. */
import type { Express, Request, RequestHandler, Response } from 'express';
import {
  askPasskey,
  findSession,
  finishSignIn,
  formToken,
  newSecret,
  passkeySignIn,
  signOut,
  startSignIn,
  waitingFor,
  type Browser,
  type SignedIn,
} from '../../../agent/airlock/sign-in/sign-in.ts';
import { isRefusal, type Refusal } from '../../../src/lib/refusal.ts';
import type { Pages } from '../parts.ts';
import { no } from '../words.ts';
import { SignInPage } from '../pages/sign-in.tsx';
import { refusalPage, sendPage } from './answers.tsx';
import { formOf } from './form.ts';
import type { Inside } from './inside.ts';
import { isOwnForm, localPath } from './own-forms.ts';
import { browserName } from './browser-name.ts';
import { parsedAnswer } from './passkey-answer.ts';

export function signInRoutes(app: Express, inside: Inside, limited: RequestHandler): void {
  app.get('/sign-in', async (request, response) => {
    const visitor = inside.cookies.read(request, 'visit') ?? freshVisit(inside, response);
    await showSignIn(inside, request, response, visitor);
  });
  app.post(
    '/sign-in/start',
    limited,
    ours(inside, async (request, response, visitor) => {
      const started = await startSignIn(inside.signIn, visitor);
      await showSignIn(inside, request, response, visitor, isRefusal(started) ? started : undefined);
    }),
  );
  app.post(
    '/sign-in/code',
    limited,
    ours(inside, async (request, response, visitor) => {
      const code = formOf(request).text('code');
      const answer = await finishSignIn(inside.signIn, browserOf(inside, request, visitor), code);
      await finish(inside, request, response, visitor, answer);
    }),
  );
  app.post(
    '/sign-in/passkey/options',
    limited,
    ours(inside, async (_request, response, visitor) => {
      response.json(await askPasskey(inside.signIn, visitor));
    }),
  );
  app.post(
    '/sign-in/passkey',
    limited,
    ours(inside, async (request, response, visitor) => {
      const given = parsedAnswer(formOf(request).text('answer'));
      const answer = await passkeySignIn(inside.signIn, browserOf(inside, request, visitor), given);
      await finish(inside, request, response, visitor, answer);
    }),
  );
}

export function signOutRoute(pages: Pages, inside: Inside): void {
  pages.post('/sign-out', async ({ request, response }) => {
    const found = await findSession(inside.signIn, inside.cookies.read(request, 'session'));
    if (typeof found !== 'string') await signOut(inside.signIn, found);
    inside.cookies.clear(response, 'session');
    // Whatever the browser kept of these pages goes with it.
    response.set('clear-site-data', '"cache"');
    response.redirect(303, '/sign-in');
  });
}

type BeforeSignIn = (request: Request, response: Response, visitor: string) => Promise<void>;

function ours(inside: Inside, handler: BeforeSignIn): RequestHandler {
  return async (request, response) => {
    const visitor = inside.cookies.read(request, 'visit');
    if (!visitor || !isOwnForm(request, inside.site, visitor)) {
      return sendPage(inside, response, refusalPage(no.forged(), { signIn: '/' }), { status: 403 });
    }
    await handler(request, response, visitor);
  };
}

function freshVisit(inside: Inside, response: Response): string {
  const secret = newSecret();
  inside.cookies.set(response, 'visit', secret);
  return secret;
}

async function showSignIn(
  inside: Inside,
  request: Request,
  response: Response,
  visitor: string,
  refused?: Refusal,
): Promise<void> {
  const next = localPath(
    request.method === 'POST' ? formOf(request).text('next') : request.query['next'],
    inside.site,
  );
  const waiting = await waitingFor(inside.signIn, visitor);
  const trust = inside.signIn.trust();
  const body = (
    <SignInPage {...{ zone: inside.zone, csrf: formToken(visitor), next, waiting, refused, trust }} />
  );
  const page = { title: 'Sign in', scripts: ['passkey'], body };
  sendPage(inside, response, page, { status: refused ? 403 : 200 });
}

async function finish(
  inside: Inside,
  request: Request,
  response: Response,
  visitor: string,
  answer: SignedIn | Refusal,
): Promise<void> {
  if (isRefusal(answer)) return showSignIn(inside, request, response, visitor, answer);
  const { cookies, site } = inside;
  cookies.set(response, 'session', answer.secret);
  cookies.set(response, 'device', answer.device);
  cookies.clear(response, 'visit');
  response.redirect(303, localPath(formOf(request).text('next'), site));
}

function browserOf({ cookies }: Inside, request: Request, visitor: string): Browser {
  return {
    visitor,
    device: cookies.read(request, 'device'),
    secret: cookies.read(request, 'session'),
    name: browserName(request.headers['user-agent']),
  };
}
