/** Keeps a list of requests as it is at the hub: one event per change, and the whole page anew after a break. */
import { placeRow } from './rows.ts';

const table = document.querySelector<HTMLTableElement>('table[data-live]');
const says = document.querySelector<HTMLElement>('[data-testid=live]');
const address = table?.dataset['live'];
/** As many as the page has, so that one that stays open does not grow. */
const MOST = 50;

if (table && says && address) {
  const body = table.tBodies[0]!;
  const source = new EventSource(address);
  let broken = false;
  const tell = (text: string): void => {
    says.hidden = false;
    says.textContent = text;
  };
  source.addEventListener('open', () => {
    tell('Kept up to date while you look.');
    table.dataset['state'] = 'live';
    if (broken) void again(body);
    broken = false;
  });
  source.addEventListener('error', () => {
    broken = true;
    table.dataset['state'] = 'broken';
    tell('Not kept up to date at this moment.');
  });
  source.addEventListener('changed', (event) => placeRow(body, said(event).html, MOST));
  source.addEventListener('gone', (event) => {
    body.querySelector(`tr[data-id="${CSS.escape(said(event).id)}"]`)?.remove();
  });
  source.addEventListener('again', () => void again(body));
}

function said(event: MessageEvent<string>): { id: string; html: string } {
  return JSON.parse(event.data) as { id: string; html: string };
}

/** What was missed is read with the page itself. */
async function again(body: HTMLTableSectionElement): Promise<void> {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const fresh = page.querySelector('table[data-live] tbody');
  if (fresh) body.replaceChildren(...fresh.childNodes);
}
