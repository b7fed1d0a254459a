/** Style sheet, the one small script, and the stream that tells an open page to look again. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Router } from 'express';
import type { PagesBackend } from './backend.ts';

// Reloads when the shown repository changed, unless something is being written; chooses a person without a button.
const SCRIPT = `
const { repo, since } = document.querySelector('main').dataset;
if (repo) {
  const source = new EventSource('/_web/changes?repo=' + encodeURIComponent(repo) + '&since=' + since);
  source.onmessage = () => {
    const writing = [...document.querySelectorAll('textarea, input.form-control')].some((box) => box.value !== box.defaultValue);
    if (writing) document.title = '● ' + document.title.replace(/^● /, '');
    else location.reload();
  };
  addEventListener('pagehide', () => source.close());
}
for (const box of document.querySelectorAll('[data-autosubmit]')) box.addEventListener('change', () => box.form.submit());
`;
/** Several events of one push become one reload. */
const SETTLE_MS = 150;

export function assets(router: Router, backend: PagesBackend): void {
  const styles = styleSheet();
  router.get('/_web/ui.css', (_request, response) => response.type('css').sendFile(styles));
  router.get('/_web/refresh.js', (_request, response) => void response.type('js').send(SCRIPT));
  router.get('/_web/changes', (request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.flushHeaders();
    // The first change is told at once, the rest of a burst together.
    let timer: NodeJS.Timeout | undefined;
    let again = false;
    const tell = () => {
      again = false;
      response.write('data: changed\n\n');
      timer = setTimeout(() => {
        timer = undefined;
        if (again) tell();
      }, SETTLE_MS);
    };
    // What happened while the page was made and this stream was opened.
    if (backend.changedSince(String(request.query['repo']), Number(request.query['since']))) tell();
    const stop = backend.onChange((fullName) => {
      if (fullName !== request.query['repo']) return;
      if (timer) again = true;
      else tell();
    });
    response.on('close', () => {
      clearTimeout(timer);
      stop();
    });
  });
}

/** Built beside the program; from the sources it is found in dist/ of the checkout. */
function styleSheet(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return path.join(folder, 'dist', 'web', 'ui.css');
}
