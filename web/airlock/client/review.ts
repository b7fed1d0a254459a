/** Review pages with a script: forms answered in place, keys, and links that lead into the file. */
import { GO_TO, SEARCH, SHOWN } from './file-events.ts';
import { keyAction, type KeyAction } from './keys.ts';
import { sendInPlace, refresh } from './in-place.ts';

interface Target {
  file?: number;
  row?: number;
  column?: string;
}

export function mountReview(root: HTMLElement): void {
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement;
    if (form.dataset['deed'] === undefined || !root.contains(form)) return;
    event.preventDefault();
    void sendInPlace(root, form, (event as SubmitEvent).submitter);
  });
  document.addEventListener('keydown', (event) => onKey(root, event));
  root.addEventListener('click', (event) => onGoTo(root, event));
  root.addEventListener('sallyport:cell', (event) => {
    const box = root.querySelector<HTMLInputElement>('[data-place]');
    const place = (event as CustomEvent<string | undefined>).detail;
    if (box && place !== undefined) box.value = place;
  });
  // What was drawn can be graded: the room says so, not this page.
  root.addEventListener(SHOWN, () => {
    // Somebody has gone on, or the viewer does not answer: the page stays as it is.
    refresh(root).catch(() => undefined);
    toHash(root);
  });
  addEventListener('hashchange', () => toHash(root));
}

function toHash(root: HTMLElement): void {
  const target = targetOf(location.hash);
  if (target) goTo(root, target);
}

function onKey(root: HTMLElement, event: KeyboardEvent): void {
  const action = keyAction(event, isTyping(event.target));
  if (!action || root.querySelector('dialog[open]')) return;
  if (ACTIONS[action](root)) event.preventDefault();
}

/** Presses what carries the key; a button that may not be pressed stays so. */
function press(root: HTMLElement, key: string): boolean {
  const found = root.querySelector<HTMLElement>(`[data-key="${key}"]`);
  if (!found) return false;
  found.click();
  return true;
}

const ACTIONS: Record<KeyAction, (root: HTMLElement) => boolean> = {
  next: (root) => press(root, 'j'),
  previous: (root) => press(root, 'k'),
  ungraded: (root) => press(root, 'n'),
  approve: (root) => press(root, 'a'),
  changes: (root) => press(root, 'c'),
  undo: (root) => press(root, 'u'),
  compare: (root) => press(root, 'd'),
  comment: (root) => {
    const box = root.querySelector<HTMLTextAreaElement>('[data-comment-box]');
    box?.focus();
    box?.scrollIntoView({ block: 'center' });
    return box !== null;
  },
  hint: nextHint,
  search: (root) => {
    const view = root.querySelector('[data-viewer]');
    view?.dispatchEvent(new CustomEvent(SEARCH));
    return view !== null;
  },
  help: (root) => {
    const help = root.querySelector<HTMLDialogElement>('dialog[data-keys]');
    help?.showModal();
    return help !== null;
  },
};

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable]') !== null;
}

/** From hint to hint, round and round; the file follows where the hint has a place. */
function nextHint(root: HTMLElement): boolean {
  const hints = [...root.querySelectorAll<HTMLElement>('[data-hint]')];
  if (hints.length === 0) return false;
  const at = hints.findIndex((hint) => hint.classList.contains('ar-current'));
  const next = hints[(at + 1) % hints.length]!;
  for (const hint of hints) hint.classList.toggle('ar-current', hint === next);
  next.scrollIntoView({ block: 'nearest' });
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  const link = next.querySelector<HTMLElement>('[data-goto]');
  if (link) goTo(root, JSON.parse(link.dataset['goto'] ?? '{}') as Target);
  return true;
}

function onGoTo(root: HTMLElement, event: Event): void {
  const link = (event.target as Element).closest<HTMLAnchorElement>('a[data-goto]');
  if (!link) return;
  const target = JSON.parse(link.dataset['goto'] ?? '{}') as Target;
  // Another file: the link leads there.
  if (new URL(link.href).pathname !== location.pathname) return;
  if (goTo(root, target)) event.preventDefault();
}

function goTo(root: HTMLElement, { row, column }: Target): boolean {
  const view = root.querySelector('[data-viewer]');
  if (!view || (row === undefined && column === undefined)) return false;
  view.dispatchEvent(new CustomEvent(GO_TO, { detail: { row, column } }));
  return true;
}

/** `#row=7,column=n`, as hints and comments link. */
export function targetOf(hash: string): Target | undefined {
  let text: string;
  try {
    text = decodeURIComponent(hash.slice(1));
  } catch {
    return undefined;
  }
  const found = /^(?:row=(\d{1,9}))?,?(?:column=(.+))?$/su.exec(text);
  if (!found || text === '') return undefined;
  return { row: found[1] === undefined ? undefined : Number(found[1]), column: found[2] };
}
