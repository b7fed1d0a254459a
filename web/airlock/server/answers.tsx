/** How the viewer answers: pages, refusals, and errors that tell nothing. */
import type { ErrorRequestHandler, Request, Response } from 'express';
import type { VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Logger } from '../../../src/lib/logger.ts';
import type { Refusal } from '../../../src/lib/refusal.ts';
import type { Assets, PageParts } from '../parts.ts';
import { Frame, type FrameProps } from '../shell/frame.tsx';
import { no } from '../words.ts';

export interface Answering {
  zone: string;
  assets: Assets;
  logger: Logger;
}

export function sendPage(
  { zone, assets }: Answering,
  response: Response,
  page: PageParts,
  { status = 200, visit }: { status?: number; visit?: FrameProps['visit'] } = {},
): void {
  const html = renderToString(<Frame zone={zone} assets={assets} page={page} visit={visit} />);
  response.status(status).type('html').send(`<!doctype html>${html}`);
}

/** A refusal as a page; `signIn` offers to sign in, again if need be, and come back. */
export function refusalPage(refused: Refusal, options: { back?: string; signIn?: string } = {}): PageParts {
  return { title: 'Not possible', body: <Refused refused={refused} {...options} /> };
}

function Refused(props: { refused: Refusal; back?: string; signIn?: string }): VNode {
  const { refused, back, signIn } = props;
  return (
    <div class="va-refusal Box" role="alert" data-testid="refusal" data-code={refused.code}>
      <h1 class="h3">{refused.says}</h1>
      {refused.next ? <p>{refused.next}</p> : null}
      <p class="d-flex flex-items-center va-gap">
        {signIn ? (
          <a class="btn btn-primary" href={`/sign-in?next=${encodeURIComponent(signIn)}`}>
            Sign in
          </a>
        ) : null}
        <a class="btn" href={back ?? '/'}>
          {back ? 'Go back' : 'Start page'}
        </a>
        <code class="color-fg-muted">{refused.code}</code>
      </p>
    </div>
  );
}

/** The last handler: whatever went wrong, the page and the log say nothing of what was in it. */
export function onError(parts: Answering): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const status = (error as { status?: unknown }).status;
    const isTheirs = typeof status === 'number' && status >= 400 && status < 500;
    if (!isTheirs) logFailure(parts.logger, error, request);
    if (response.headersSent) return next(error);
    const refused = status === 413 ? no.tooLarge() : isTheirs ? no.odd() : no.failed();
    sendPage(parts, response, refusalPage(refused), { status: isTheirs ? status : 500 });
  };
}

/** Where it happened, not what was said: messages of a database hold what people wrote. */
export function logFailure(logger: Logger, error: unknown, request: Pick<Request, 'method' | 'route'>): void {
  const { name, stack = '' } = error instanceof Error ? error : new Error('not an error');
  const route = (request.route as { path?: unknown } | undefined)?.path;
  logger.error(
    {
      code: 'viewer.failed',
      method: request.method,
      route: typeof route === 'string' ? route : undefined,
      name,
      at: stack
        .split('\n')
        .filter((line) => line.startsWith('    at '))
        .slice(0, 8)
        .map((line) => line.trim()),
    },
    'A request to the viewer failed',
  );
}
