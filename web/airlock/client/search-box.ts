/** One search field; it waits until typing pauses. */
import { el } from './dom.ts';

const PAUSE_MS = 120;

export function searchBox(label: string, onQuery: (query: string) => void): HTMLInputElement {
  const box = el('input', {
    type: 'search',
    class: 'form-control input-sm av-search',
    placeholder: `${label}…`,
    'aria-label': label,
    autocomplete: 'off',
    spellcheck: 'false',
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  box.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(() => onQuery(box.value), PAUSE_MS);
  });
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    box.value = '';
    onQuery('');
    box.blur();
  });
  return box;
}
