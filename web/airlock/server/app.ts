/** The viewer's two applications: pages on the app origin, bytes on the content origin. */
import express, { type Express, type RequestHandler } from 'express';
import { minutes } from '../../../src/lib/clock.ts';
import { withLogFields } from '../../../src/lib/log-fields.ts';
import { REQUEST_ID, requestIdFor } from '../../../src/lib/request-id.ts';
import type { ViewerParts } from '../parts.ts';
import { no } from '../words.ts';
import { ownRoutes } from '../pages/routes.ts';
import { reviewRoutes } from '../review/routes.tsx';
import { accountRoutes } from './account-routes.tsx';
import { logFailure, onError, refusalPage, sendPage } from './answers.tsx';
import { loadAssets } from './assets.ts';
import { handOut } from './content.ts';
import { sealedHeaders } from './content-headers.ts';
import { Cookies } from './cookies.ts';
import { Flashes } from './flashes.ts';
import { appHeaders } from './headers.ts';
import type { Inside } from './inside.ts';
import { Looks } from './looks.ts';
import type { Viewer, ViewerLimits, ViewerOptions } from './options.ts';
import { pausedPage } from './paused.tsx';
import { atMost } from './rate.ts';
import { shownRoute } from './shown.ts';
import { signInRoutes, signOutRoute } from './sign-in-routes.tsx';
import { onlyHost, onlyMethods, refuseSameHost, siteOf } from './site.ts';
import { pagesOf } from './visits.ts';

/** A form is text a person wrote, and at most a page of ticked files. */
const FORM_LIMIT = '512kb';
const FORM_FIELDS = 3000;

const LIMITS: ViewerLimits = { requests: 1200, signIns: 40, lookMs: minutes(5) };

export function openViewer(options: ViewerOptions): Viewer {
  const site = siteOf(options.appOrigin);
  const contentSite = siteOf(options.contentOrigin);
  refuseSameHost(site, contentSite);
  const limits = { ...LIMITS, ...options.limits };
  const { room, signIn, clock, ids, logger, zone } = options;
  const assets = loadAssets(options.assetsDir);
  const looks = new Looks(clock, limits.lookMs);
  const shared = { room, signIn, clock, logger, zone, assets, site, contentSite, looks };
  const inside: Inside = { ...shared, cookies: new Cookies(site), flashes: new Flashes() };
  const parts: ViewerParts = {
    room,
    clock,
    ids,
    logger,
    zone,
    assets,
    contentOrigin: contentSite.origin,
    docsDir: options.docsDir,
  };
  return { app: appOf(inside, parts, limits, assets.routes), content: contentOf(inside, limits) };
}

function appOf(inside: Inside, parts: ViewerParts, limits: ViewerLimits, assets: RequestHandler): Express {
  const app = bare();
  const tooMany: RequestHandler = (_request, response) =>
    sendPage(inside, response, refusalPage(no.busy()), { status: 429 });
  app.use(
    onlyHost(inside.site),
    appHeaders(inside.site, inside.contentSite),
    onlyMethods('GET', 'HEAD', 'POST'),
  );
  app.use(assets);
  app.use(atMost(limits.requests, 60, tooMany));
  app.use((_request, response, next) => {
    const stands = inside.room.paused();
    if (!stands) return next();
    response.set('retry-after', '60');
    sendPage(inside, response, pausedPage(stands), { status: 503 });
  });
  app.use(onlyForms, express.urlencoded({ extended: false, limit: FORM_LIMIT, parameterLimit: FORM_FIELDS }));
  signInRoutes(app, inside, atMost(limits.signIns, 600, tooMany));
  const pages = pagesOf(app, inside);
  signOutRoute(pages, inside);
  shownRoute(pages, inside.room, inside.looks);
  accountRoutes(pages, inside);
  ownRoutes(pages, parts);
  reviewRoutes(pages, parts);
  pages.get('/{*rest}', (visit) => visit.notFound());
  app.use((_request, response) => sendPage(inside, response, refusalPage(no.notFound()), { status: 404 }));
  app.use(onError(inside));
  return app;
}

function contentOf(inside: Inside, limits: ViewerLimits): Express {
  const content = bare();
  const headers = sealedHeaders(inside.site, inside.contentSite);
  const plain = (status: number, text: string): RequestHandler => {
    return (_request, response) => void response.status(status).type('text').send(text);
  };
  content.use((_request, response, next) => {
    response.set(headers);
    next();
  });
  content.use(onlyHost(inside.contentSite), onlyMethods('GET', 'HEAD'));
  content.use(atMost(limits.requests, 60, plain(429, 'Too many requests')));
  content.use((request, response, next) =>
    inside.room.paused() ? plain(503, 'Paused')(request, response, next) : next(),
  );
  content.get('/c/:token', (request, response) =>
    handOut({ ...inside, app: inside.site }, request, response),
  );
  content.use(plain(404, 'Not found'));
  content.use(((error, request, response, next) => {
    logFailure(inside.logger, error, request);
    if (response.headersSent) return next(error);
    response.status(500).type('text').send('Something went wrong');
  }) satisfies express.ErrorRequestHandler);
  return content;
}

/** Express without its own opinions: no query objects, no header that names it, no proxy believed. */
function bare(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', false);
  app.set('query parser', 'simple');
  app.use((_request, response, next) => {
    const id = requestIdFor();
    response.set(REQUEST_ID, id);
    withLogFields({ request_id: id }, next);
  });
  return app;
}

/** Nothing is uploaded here: forms, or no body at all. */
const onlyForms: RequestHandler = (request, response, next) => {
  if (request.method !== 'POST' || request.is('application/x-www-form-urlencoded')) return next();
  response.status(415).type('text').send('Only forms are taken here');
};
