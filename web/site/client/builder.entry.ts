/**
 * The builder without leaving the page: a decision is sent and the page's content replaced by the answer, at the same
 * place; a search runs while somebody types. Without this script the same forms load whole pages.
 */
const PAUSE_MS = 250;
const main = document.querySelector<HTMLElement>('#main');

let asked = 0;

async function show(address: string, init: RequestInit, says: string): Promise<void> {
  const turn = (asked += 1);
  const answer = await fetch(address, { ...init, headers: { accept: 'text/html' } });
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  // An answer that was overtaken by a later question is not shown.
  if (turn !== asked || !main) return;
  const fresh = page.querySelector('#main');
  if (!fresh) return location.reload();
  const kept = remember();
  main.replaceChildren(...fresh.childNodes);
  kept();
  if (answer.ok) history.replaceState(null, '', new URL(answer.url).pathname + new URL(answer.url).search);
  const status = main.querySelector('[data-live=says]');
  if (status) status.textContent = says;
}

/** What was typed and where the cursor was outlive the new content. */
function remember(): () => void {
  const focused = document.activeElement;
  const input = focused instanceof HTMLInputElement && focused.id === 'q' ? focused : undefined;
  const label = focused?.getAttribute('aria-label');
  const texts = ['q', 'why', 'save-why'].map((id) => [id, textOf(id)] as const);
  const cursor = input?.selectionStart ?? null;
  return () => {
    for (const [id, text] of texts) {
      const field = fieldOf(id);
      if (field && text !== undefined && id !== 'why') field.value = text;
    }
    const again = input
      ? document.getElementById('q')
      : [...document.querySelectorAll<HTMLElement>('[aria-label]')].find(
          (each) => label !== null && each.getAttribute('aria-label') === label,
        );
    again?.focus();
    if (again instanceof HTMLInputElement && cursor !== null) again.setSelectionRange(cursor, cursor);
  };
}

function fieldOf(id: string): HTMLInputElement | HTMLTextAreaElement | undefined {
  const found = document.getElementById(id);
  return found instanceof HTMLInputElement || found instanceof HTMLTextAreaElement ? found : undefined;
}
const textOf = (id: string): string | undefined => fieldOf(id)?.value;

main?.addEventListener('submit', (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.dataset['live'] === undefined) return;
  event.preventDefault();
  const fields = new URLSearchParams();
  for (const [name, value] of new FormData(form, event.submitter)) fields.append(name, String(value));
  if (form.method === 'get') return void show(`${form.action}?${fields}`, {}, 'Found.');
  void show(form.action, { method: 'POST', body: fields }, 'Kept.');
});

let typing: ReturnType<typeof setTimeout> | undefined;
main?.addEventListener('input', (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || field.id !== 'q' || !field.form) return;
  const address = `${field.form.action}?${new URLSearchParams({ q: field.value })}`;
  clearTimeout(typing);
  typing = setTimeout(() => void show(address, {}, 'Found.'), PAUSE_MS);
});

/** While it is being saved, until the pull request is there. */
const waits = setInterval(() => {
  if (!document.querySelector('[data-testid=being-saved]')) return clearInterval(waits);
  void show(location.pathname + location.search, {}, '');
}, 3000);
