/**
 * The sandbox's pages: what a person sees of the stand-in GitHub in a browser.
 *
 * Reading and writing go through the sandbox's own REST API as the person who looks, so that what is
 * refused there is refused here. Forms are ours alone, text is escaped, no inline script runs.
 */
import express, { type Request, type Response, type Router } from 'express';
import helmet from 'helmet';
import type { VNode } from 'preact';
import { renderPage } from '../../../web/ui/document.tsx';
import { Api } from './api.ts';
import { assets } from './assets.ts';
import type { Download, PagesBackend } from './backend.ts';
import { appPages } from './routes-apps.tsx';
import { codePages } from './routes-code.tsx';
import { issuePages } from './routes-issues.tsx';
import { manifestPages } from './routes-manifest.tsx';
import { newIssuePages } from './routes-new-issue.tsx';
import { oauthPages } from './routes-oauth.tsx';
import { releasePages } from './routes-releases.tsx';
import { Notice, type View } from './layout.tsx';
import { Sessions, type Session } from './session.ts';

export type { DeliveryRow, Download, PagesBackend } from './backend.ts';

const FORM_LIMIT = '200kb';

/** One request of a browser: who looks, and how to answer. */
export interface Visit {
  request: Request;
  view: View;
  api: Api;
  show(page: VNode, status?: number): void;
  /** Shows the API's refusal in its own words, or goes back to the page the form came from. */
  done(answer: { status: number; data: unknown }, to?: string): void;
  notFound(): void;
  send(file: Download): void;
  /** Lets the form of this page lead to another origin. */
  allowForm(address: string): void;
}

export type Visitor = (visit: Visit) => Promise<void>;

/** Adds a page (`get`) or what a form does (`post`). */
export interface Pages {
  get(path: string, visitor: Visitor): void;
  post(path: string, visitor: Visitor): void;
  /** A form that may come from another site: it is shown and asked again, and does nothing by itself. */
  open(path: string, visitor: Visitor): void;
}

/** The router of all pages; mount it after the API and git. */
export function pages(backend: PagesBackend): Router {
  const router = express.Router();
  const sessions = new Sessions();
  router.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          styleSrc: ["'self'", "'unsafe-inline'"],
          scriptSrc: ["'self'"],
          connectSrc: ["'self'"],
          imgSrc: ["'self'", 'data:'],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
          baseUri: ["'none'"],
        },
      },
      strictTransportSecurity: false,
    }),
  );
  assets(router, backend);
  router.use(express.urlencoded({ extended: false, limit: FORM_LIMIT }));
  const add = adder(router, backend, sessions);
  add.post('/_web/who', async (visit) => {
    const { login } = visit.request.body as { login?: string };
    const known = backend.people().some((person) => person.login === login);
    visit.view.session.login = known ? login : undefined;
    visit.done({ status: 200, data: undefined });
  });
  appPages(add, backend);
  oauthPages(add, backend);
  manifestPages(add, backend);
  newIssuePages(add, backend);
  issuePages(add);
  releasePages(add, backend);
  codePages(add, backend);
  return router;
}

function adder(router: Router, backend: PagesBackend, sessions: Sessions): Pages {
  return {
    get: (path, visitor) => {
      router.get(path, async (request, response) =>
        visitor(visitOf(request, response, sessions.of(request, response))),
      );
    },
    open: (path, visitor) => {
      router.post(path, async (request, response) =>
        visitor(visitOf(request, response, sessions.of(request, response))),
      );
    },
    post: (path, visitor) => {
      router.post(path, async (request, response) => {
        const session = sessions.of(request, response);
        const visit = visitOf(request, response, session);
        if (sessions.formIsOurs(session, request.body)) return visitor(visit);
        visit.show(
          Notice({
            view: visit.view,
            title: 'This form is not from this page',
            text: 'Reload the page and try again.',
          }),
          403,
        );
      });
    },
  };

  function visitOf(request: Request, response: Response, session: Session): Visit {
    const view: View = {
      since: backend.changes(),
      session,
      backend,
      here: request.method === 'GET' ? request.originalUrl : back(request),
    };
    return {
      request,
      view,
      api: new Api(backend.url, session.login ? backend.tokenOf(session.login) : undefined),
      show: (page, status = 200) => void response.status(status).type('html').send(renderPage(page)),
      done(answer, to) {
        if (answer.status < 400) return response.redirect(303, to ?? back(request));
        const text =
          (answer.data as { message?: string } | undefined)?.message ?? `The answer was ${answer.status}.`;
        this.show(Notice({ view, title: 'Refused', text }), answer.status);
      },
      send({ file, name, contentType }) {
        response.attachment(name);
        response.setHeader('content-type', contentType);
        response.setHeader('content-security-policy', "default-src 'none'; sandbox");
        response.sendFile(file);
      },
      allowForm(address) {
        const policy = String(response.getHeader('content-security-policy'));
        const also = `form-action 'self' ${new URL(address).origin}`;
        response.setHeader('content-security-policy', policy.replace("form-action 'self'", also));
      },
      notFound() {
        this.show(
          Notice({
            view: { ...view, here: '/' },
            title: 'Not found',
            text: 'There is no such page, or you may not see it.',
          }),
          404,
        );
      },
    };
  }
}

/** Where a form wants to return: a local path, never another site. */
function back(request: Request): string {
  const { back: wanted } = (request.body ?? {}) as { back?: unknown };
  return typeof wanted === 'string' && /^\/(?![/\\])/.test(wanted) ? wanted : '/';
}
