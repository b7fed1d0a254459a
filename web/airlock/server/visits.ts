/** Adds pages: each gets a live session, and each post was made by a page of ours for that session. */
import type { Express, Request, Response } from 'express';
import {
  endedByRights,
  findSession,
  formToken,
  type LiveSession,
} from '../../../agent/airlock/sign-in/sign-in.ts';
import { isRefusal } from '../../../src/lib/refusal.ts';
import type { Handler, Pages, Visit, Visitor } from '../parts.ts';
import type { Role } from '../../../src/release/types.ts';
import { no } from '../words.ts';
import { addressOf } from './address.ts';
import { refusalPage, sendPage } from './answers.tsx';
import { formOf } from './form.ts';
import type { Inside } from './inside.ts';
import { isOwnForm, localPath } from './own-forms.ts';

export function pagesOf(app: Express, inside: Inside): Pages {
  return {
    get: (path, handler) =>
      void app.get(path, (request, response) => visited(inside, handler, request, response)),
    post: (path, handler) =>
      void app.post(path, (request, response) => visited(inside, handler, request, response)),
  };
}

async function visited(
  inside: Inside,
  handler: Handler,
  request: Request,
  response: Response,
): Promise<void> {
  const secret = inside.cookies.read(request, 'session');
  const found = await findSession(inside.signIn, secret);
  if (found === 'unknown')
    return sendPage(inside, response, refusalPage(no.rightsUnknown()), { status: 503 });
  const standing = found === 'none' ? undefined : inside.room.standing(found.person);
  if (found === 'none' || !secret || !standing || isRefusal(standing))
    return (await toldWhy(inside, secret, response)) ? undefined : signInFirst(inside, request, response);
  if (request.method === 'POST' && !isOwnForm(request, inside.site, secret)) {
    return sendPage(inside, response, refusalPage(no.forged(), { back: '/' }), { status: 403 });
  }
  await handler(visitOf(inside, request, response, { secret, session: found, ...standing }));
}

/** Their rights ended, and with them the session: what ended, and the next step, until it is renewed. */
async function toldWhy(inside: Inside, secret: string | undefined, response: Response): Promise<boolean> {
  const person = secret === undefined ? undefined : await endedByRights(inside.signIn, secret);
  const why = person === undefined ? undefined : inside.room.standing(person);
  if (!why || !isRefusal(why)) return false;
  sendPage(inside, response, refusalPage(why, { signIn: '/' }), { status: 401 });
  return true;
}

function signInFirst(inside: Inside, request: Request, response: Response): void {
  const here = localPath(request.originalUrl, inside.site);
  if (request.method === 'GET' && request.accepts(['html', 'json']) === 'html') {
    return response.redirect(303, here === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(here)}`);
  }
  sendPage(inside, response, refusalPage(no.signedOut(), { signIn: '/' }), { status: 401 });
}

interface Who {
  secret: string;
  session: LiveSession;
  person: Visitor;
  roles: readonly Role[];
}

/** Refusals that another sign-in takes away. */
const SIGN_IN_HELPS = ['release.fresh-sign-in', 'release.passkey-needed', 'passkey.operator-session'];

export function visitOf(inside: Inside, request: Request, response: Response, who: Who): Visit {
  const { session, person, roles, secret } = who;
  const { id, strength, signedInAt } = session;
  const { flashes, looks, site, contentSite } = inside;
  const from = localPath(refererPath(request), site);
  const visit: Visit = {
    request,
    response,
    person,
    roles,
    session: { id, person: person.id, strength, signedInAt },
    csrf: formToken(secret),
    here: request.method === 'GET' ? request.originalUrl : from,
    flash: undefined,
    form: formOf(request),
    show(page, status) {
      visit.flash = flashes.take(id);
      sendPage(inside, response, page, { status, visit });
    },
    refuse(refused, status = 409) {
      const signIn = SIGN_IN_HELPS.includes(refused.code) ? visit.here : undefined;
      visit.show(
        refusalPage(refused, { back: request.method === 'POST' ? from : undefined, signIn }),
        status,
      );
    },
    notFound: () => visit.show(refusalPage(no.notFound()), 404),
    back(to, message) {
      if (message) flashes.leave(id, message);
      response.redirect(303, localPath(to, site));
    },
    json: (value, status = 200) => void response.status(status).json(value),
    look(where, purpose, file) {
      const { load, token } = looks.make({
        session: id,
        person: person.id,
        where,
        purpose,
        file,
        from: addressOf(request),
      });
      const { path, size, sha256 = '' } = file;
      return {
        load: purpose === 'page' ? load : '',
        url: `${contentSite.origin}/c/${token}`,
        path,
        size,
        sha256,
      };
    },
  };
  return visit;
}

/** Where a form stood; only ever used after localPath has looked at it. */
function refererPath(request: Request): string {
  const { referer } = request.headers;
  if (!referer || !URL.canParse(referer)) return '/';
  const { pathname, search } = new URL(referer);
  return `${pathname}${search}`;
}
