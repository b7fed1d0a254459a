/**
 * What programs ask of the registry: the bytes of a published version, and whether a study's lists are right.
 * Nobody signs in; what is answered is public, bounded, and asked of an index.
 */
import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { answerTo, codelistWords, readLine, readQuestion } from '../codelists/codelists.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { acceptedOf, contentOf, underReview } from './lists.ts';
import { registryOf, type RegistryDeps } from './types.ts';
import * as words from './words.ts';

/** A study's codelists.txt and codelists.json together. */
const MOST_FORM = 2 * 1024 * 1024;
const YEAR_S = 31_536_000;
const PER_MINUTE = 300;

/** Mount it before the pages. */
export function codelistRoutes(deps: RegistryDeps): Router {
  const router = express.Router();
  const addresses = new RateLimiterMemory({ points: PER_MINUTE, duration: 60 });
  const within = async (request: Request, response: Response): Promise<boolean> => {
    try {
      await addresses.consume(request.ip ?? '');
      return true;
    } catch (no) {
      if (no instanceof Error) throw no;
      response
        .status(429)
        .set('retry-after', '60')
        .json({ message: 'Too many requests; try again in a minute' });
      return false;
    }
  };
  router.get(/^\/codelist\/(.+)\/download\.csv$/, async (request, response) => {
    if (await within(request, response)) await download(deps, request, response);
  });
  const form = express.urlencoded({ extended: false, limit: MOST_FORM, parameterLimit: 20 });
  const check = async (request: Request, response: Response) => {
    if (await within(request, response)) await answer(deps, request, response);
  };
  router.post('/api/v1/check/', form, check);
  router.all('/api/v1/check/', (_request, response) => {
    response.status(405).set('allow', 'POST');
    error(response, 'Send a form by POST.');
  });
  router.use('/api/v1/check/', badForm);
  return router;
}

async function download({ db }: RegistryDeps, request: Request, response: Response): Promise<void> {
  const asked = (request.params as Record<string, string>)['0'] ?? '';
  const line = readLine(asked);
  const held = line && (await contentOf(db, line.id));
  response.set('x-content-type-options', 'nosniff');
  if (!line || !held) {
    response.set('cache-control', 'no-store');
    const drafts = line ? await underReview(db, [line.id]) : new Set<string>();
    const says =
      line && drafts.has(line.id) ? codelistWords.notPublished(line.id) : codelistWords.unknownLine(asked);
    return void response.status(404).type('text/plain; charset=utf-8').send(`${says.message} ${says.hint}\n`);
  }
  response.set({
    // Published bytes never change, so whoever has them need never ask again.
    'cache-control': `public, max-age=${YEAR_S}, immutable`,
    etag: `"${held.sha256}"`,
    'last-modified': new Date(held.publishedAt).toUTCString(),
    'content-disposition': `attachment; filename="${line.csv}"`,
    'content-security-policy': "default-src 'none'; sandbox",
    'access-control-allow-origin': '*',
  });
  if (request.get('if-none-match')?.includes(held.sha256)) return void response.status(304).end();
  response.status(200).type('text/csv; charset=utf-8').send(Buffer.from(held.content));
}

async function answer(deps: RegistryDeps, request: Request, response: Response): Promise<void> {
  response.set('cache-control', 'no-store');
  const no = registryOf(deps.governance()) === undefined ? words.noRegistry() : undefined;
  if (no) return void error(response.status(404), no.says);
  const { codelists, manifest } = (request.body ?? {}) as Record<string, unknown>;
  const question = readQuestion(codelists, manifest);
  if (isRefusal(question)) return refuse(response, question);
  const ids = [...question.lines, ...question.recorded.map(({ id }) => id)];
  const known = await acceptedOf(deps.db, [...new Set(ids)]);
  response.json(answerTo(question, (id) => known.get(id)?.accepted));
}

function refuse(response: Response, no: Refusal): void {
  error(response.status(400), [no.says, no.next].filter(Boolean).join(' '));
}

function error(response: Response, text: string): void {
  response.json({ status: 'error', data: { error: text } });
}

/** A form that is too large or none. */
function badForm(fault: unknown, _request: Request, response: Response, next: NextFunction): void {
  const status = (fault as { status?: unknown } | undefined)?.status;
  if (typeof status !== 'number' || status < 400 || status > 499 || response.headersSent) return next(fault);
  error(response.status(400), `The form cannot be read: at most ${MOST_FORM / 1024 / 1024} MB are taken.`);
}
