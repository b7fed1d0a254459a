/**
 * Sends a form and draws anew only what follows from it: the file, the place in it and the focus stay. The
 * page is asked for again and its parts marked `data-live` take the place of the old ones.
 */
import { el } from './dom.ts';

let isSending = false;

/** A second click while the first is under way does nothing. */
export async function sendInPlace(
  root: HTMLElement,
  form: HTMLFormElement,
  submitter: HTMLElement | null,
): Promise<void> {
  if (isSending) return;
  isSending = true;
  form.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(form.action, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, String(value)])),
      redirect: 'error',
    });
    const said = (await answer.json()) as { done?: string; says?: string; next?: string };
    if (answer.ok) {
      form.reset();
      form.closest('details')?.removeAttribute('open');
    }
    await refresh(root, submitter);
    // Said when the page shows it, so that nobody reads the one beside the other's past.
    tell(root, answer.ok ? (said.done ?? '') : `${said.says ?? ''} ${said.next ?? ''}`, answer.ok);
  } catch {
    tell(root, 'The viewer did not answer. Reload the page to see where things stand.', false);
  } finally {
    form.removeAttribute('aria-busy');
    isSending = false;
  }
}

/** Of pages asked for one after the other, the earlier may come later: it is not drawn over the newer. */
let asked = 0;
let drawn = 0;

/** The live parts as they are now. What somebody is writing is left alone. */
export async function refresh(root: HTMLElement, focused: HTMLElement | null = null): Promise<void> {
  const mine = (asked += 1);
  root.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(location.pathname + location.search, { headers: { accept: 'text/html' } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (mine < drawn) return;
    drawn = mine;
    swapParts(root, fresh, (focused ?? document.activeElement)?.getAttribute('data-testid'));
  } finally {
    if (mine === asked) root.removeAttribute('aria-busy');
  }
}

/** Takes the live parts of a page that was asked for anew. `focus`: which of them is given it back. */
export function swapParts(root: ParentNode, fresh: Document, focus?: string | null): void {
  for (const part of root.querySelectorAll<HTMLElement>('[data-live]')) {
    const next = fresh.querySelector<HTMLElement>(`[data-live="${part.dataset['live']}"]`);
    if (!next) continue;
    if (isWriting(part)) continue;
    const top = part.scrollTop;
    const held = part.contains(document.activeElement);
    part.replaceChildren(...[...next.childNodes].map((node) => document.adoptNode(node)));
    part.scrollTop = top;
    if (held && focus)
      part.querySelector<HTMLElement>(`[data-testid="${focus}"]`)?.focus({ preventScroll: true });
  }
}

/** Something is written, or a form that was opened for it is about to be. */
function isWriting(part: HTMLElement): boolean {
  if ([...part.querySelectorAll('textarea')].some(({ value }) => value !== '')) return true;
  const { activeElement } = document;
  const opened = part.contains(activeElement) ? activeElement?.closest('details[open]') : null;
  return Boolean(opened && part.contains(opened) && opened.querySelector('form'));
}

function tell(root: HTMLElement, text: string, isDone: boolean): void {
  root.querySelector('[data-said]')?.remove();
  if (text.trim() === '') return;
  const note = el(
    'div',
    {
      class: `flash ${isDone ? 'flash-success' : 'flash-error'} ar-said`,
      role: isDone ? 'status' : 'alert',
      'data-said': '',
      'data-testid': 'said',
    },
    text,
  );
  root.prepend(note);
}
