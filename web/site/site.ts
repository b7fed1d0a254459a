/**
 * The hub's pages for people. Mount it behind everything that reads raw bodies, before the hub's 404.
 *
 * Strict headers, no cache, no script but where the public record has one of ours; forms by our own pages only. Released bytes leave with headers of their
 * own (files.ts).
 */
import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import helmet from 'helmet';
import type { MembersDeps } from '../../src/members/members.ts';
import { linkCard } from '../ui/card.ts';
import { styleSheet } from '../ui/styles.ts';
import { alertPages } from './alerts.tsx';
import { accountPages } from './account.tsx';
import { builderPages } from './builder.tsx';
import { codelistPage } from './codelist.tsx';
import { codelistPages } from './codelists.tsx';
import { scriptAt } from './assets.ts';
import { figuresPage } from './figures.tsx';
import { filePages } from './files.tsx';
import { homePage } from './home.tsx';
import { imagePages } from './images.tsx';
import { kindPages } from './ledger-kinds.tsx';
import { ledgerPages } from './ledger.tsx';
import { orgPages } from './orgs.tsx';
import { provenancePages } from './provenance.tsx';
import { publicationPages } from './publications.tsx';
import { publishedPages } from './published.tsx';
import { publishPages } from './publish.tsx';
import { recordFeeds } from './record-feeds.tsx';
import type { RecordSite } from './record-site.ts';
import { repositoryPages } from './repositories.tsx';
import { schemaPages } from './schemas.tsx';
import { sitemap } from './sitemap.ts';
import { statusPages } from './status.tsx';
import { releasePages } from './releases.tsx';
import { onePages } from './request-page.tsx';
import { requestPages } from './requests.tsx';
import { rightFeeds } from './right-feeds.tsx';
import { reviewPages } from './reviews.ts';
import { signInPages } from './sign-in.tsx';
import { viewerPages } from './viewer.tsx';
import { sitePages } from './visit.tsx';
import { workspacePages } from './workspace.tsx';
import { whoPages } from './projects.tsx';

const FORM_LIMIT = '10kb';
const chosenFiles = express.urlencoded({ extended: false, limit: '300kb', parameterLimit: 5100 });
const YEAR_S = 31_536_000;
/** Doors of GitHub, of zones and of the operator: nothing of a page touches them. */
const MACHINES = /^\/(webhooks|zone|operator|healthz)(\/|$)/;

export function siteRoutes(deps: MembersDeps, record: RecordSite): Router {
  const router = express.Router();
  router.get('/assets/:name', (request, response, next) => {
    const asset = assetAt(request.path);
    if (!asset) return next();
    response.set('x-content-type-options', 'nosniff');
    response.set('cache-control', `public, max-age=${YEAR_S}, immutable`);
    response.type(asset.type).send(asset.content);
  });
  // Browsers ask by themselves; there is none, and nobody need be told.
  router.get('/favicon.ico', (_request, response) => void response.status(204).end());
  const pages = express.Router();
  pages.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          styleSrc: ["'self'"],
          imgSrc: ["'self'", 'data:'],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
          baseUri: ["'none'"],
        },
      },
      strictTransportSecurity: deps.origin.startsWith('https:')
        ? { maxAge: YEAR_S, includeSubDomains: false }
        : false,
      // `no-referrer` would make browsers hide the origin of our own forms.
      referrerPolicy: { policy: 'same-origin' },
    }),
    (_request, response, next) => {
      response.set('cache-control', 'private, no-store');
      next();
    },
    // A release may have many files, and each is a box that can be ticked.
    (request, response, next) =>
      request.path.startsWith('/publish/') ? chosenFiles(request, response, next) : next(),
    express.urlencoded({ extended: false, limit: FORM_LIMIT, parameterLimit: 50 }),
  );
  const add = sitePages(pages, deps);
  homePage(add, deps);
  recordFeeds(add, record);
  requestPages(add, record);
  onePages(add, record);
  kindPages(add, record);
  ledgerPages(add, record);
  rightFeeds(add, record);
  orgPages(add, record);
  whoPages(add, record);
  statusPages(add, record);
  repositoryPages(add, record);
  codelistPages(add, deps);
  builderPages(add, deps);
  codelistPage(add, deps, record.deps);
  schemaPages(add, record);
  imagePages(add, record);
  sitemap(add, record);
  figuresPage(add, deps);
  signInPages(add, deps);
  viewerPages(add, deps);
  alertPages(add, record);
  publishedPages(add, deps, record);
  workspacePages(add, record);
  releasePages(add, deps);
  filePages(add, deps);
  provenancePages(add, deps);
  publicationPages(add, deps);
  publishPages(add, deps);
  reviewPages(add, deps);
  accountPages(add, deps);
  add.lost();
  pages.use(tellTooLarge);
  router.use((request, response, next) =>
    MACHINES.test(request.path) ? next() : pages(request, response, next),
  );
  return router;
}

/** Each address changes with its content. */
function assetAt(address: string): { type: string; content: string | Buffer } | undefined {
  const { href, text } = styleSheet();
  if (address === href) return { type: 'css', content: text };
  const card = linkCard();
  if (address === card.href) return { type: 'png', content: card.bytes };
  const script = scriptAt(address);
  return script === undefined ? undefined : { type: 'js', content: script };
}

/** A form that cannot be read is its sender's fault, not ours. */
function tellTooLarge(error: unknown, _request: Request, response: Response, next: NextFunction): void {
  const status = (error as { status?: unknown } | undefined)?.status;
  if (typeof status !== 'number' || status < 400 || status > 499 || response.headersSent) return next(error);
  response.status(status).type('text').send('This form cannot be read.\n');
}
