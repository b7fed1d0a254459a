/**
 * A search that answers while somebody types. The page is asked for as its form would ask, and only what was found
 * is drawn anew; the address says what is shown, so that going back and copying it work. Without it the form works.
 */
import { swapParts } from './in-place.ts';

const PAUSE_MS = 200;

export interface LiveSearch {
  /** Before what was found goes: what people did with it is kept. */
  before?(): Promise<void>;
  /** What was found stands on the page. */
  drawn?(): void;
}

export function liveSearch(form: HTMLFormElement, { before, drawn }: LiveSearch = {}): void {
  const box = form.querySelector<HTMLInputElement>('input[type=search]');
  if (!box) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let under: AbortController | undefined;
  let shown = box.value.trim();

  async function ask(): Promise<void> {
    clearTimeout(timer);
    under?.abort();
    if (box!.value.trim() === shown) return;
    const mine = (under = new AbortController());
    const address = addressOf(form);
    form.setAttribute('aria-busy', 'true');
    try {
      await before?.();
      const answer = await fetch(address, { headers: { accept: 'text/html' }, signal: mine.signal });
      // Signed out, gone or moved: the page itself says so.
      if (!answer.ok || answer.redirected) return location.assign(answer.redirected ? answer.url : address);
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
      if (mine.signal.aborted) return;
      shown = new URL(address, location.href).searchParams.get(box!.name) ?? '';
      swapParts(document, fresh);
      history.replaceState(null, '', address);
      drawn?.();
    } catch {
      if (!mine.signal.aborted) location.assign(address);
    } finally {
      if (mine === under) form.removeAttribute('aria-busy');
    }
  }

  box.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), PAUSE_MS);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void ask();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
    if ((event.target as HTMLElement).matches('input:not([type=checkbox]), textarea, select')) return;
    event.preventDefault();
    box.select();
    box.focus();
  });
}

/** As the browser would write it, without fields that are empty. */
function addressOf(form: HTMLFormElement): string {
  const params = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const text = String(value).trim();
    if (text !== '') params.append(name, text);
  }
  const path = form.getAttribute('action') ?? location.pathname;
  const query = params.toString();
  return query === '' ? path : `${path}?${query}`;
}
