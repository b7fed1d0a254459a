/** A folder's table: one tick for all files of the page, a range with the shift key, `/` to search. */
const table = document.querySelector<HTMLFormElement>('form[data-tree]');
const search = document.querySelector<HTMLInputElement>('#search');

document.addEventListener('keydown', (event) => {
  const target = event.target as HTMLElement;
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
  if (target.matches('input:not([type=checkbox]), textarea, select')) return;
  event.preventDefault();
  search?.focus();
});

if (table) ticks(table);

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
