/** A folder's table: one tick for all files of the page, a range with the shift key, a search that answers at once. */
import { liveSearch } from './live-search.ts';

const search = document.querySelector<HTMLFormElement>('form[data-search]');
if (search) liveSearch(search, { before: keepTicks, drawn: mount });
mount();

function mount(): void {
  const table = document.querySelector<HTMLFormElement>('form[data-tree]');
  if (table) ticks(table);
}

/** What is ticked is picked before other files take the place of these. */
async function keepTicks(): Promise<void> {
  const form = document.querySelector<HTMLFormElement>('form[data-tree]');
  const boxes = form?.querySelectorAll<HTMLInputElement>('input[name=path]') ?? [];
  if (!form || ![...boxes].some((box) => box.checked !== box.defaultChecked)) return;
  const fields = [...new FormData(form)].map(([name, value]): [string, string] => [name, String(value)]);
  await fetch(form.action, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams([...fields, ['then', 'page:0']]),
    redirect: 'manual',
  });
}

function ticks(form: HTMLFormElement): void {
  const all = form.querySelector<HTMLInputElement>('[data-tick-all]');
  const boxes = [...form.querySelectorAll<HTMLInputElement>('input[name=path]')];
  if (!all || boxes.length === 0) return;
  let last = -1;
  const update = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  };
  all.hidden = false;
  all.addEventListener('change', () => {
    for (const box of boxes) box.checked = all.checked;
    update();
  });
  for (const [at, box] of boxes.entries()) {
    box.addEventListener('click', (event) => {
      if (event.shiftKey && last >= 0) {
        for (const between of boxes.slice(Math.min(at, last), Math.max(at, last) + 1))
          between.checked = box.checked;
      }
      last = at;
      update();
    });
  }
  update();
}
