/** Puts a line of a list where its number says, newest first; the same line is replaced. */
export function placeRow(body: HTMLTableSectionElement, html: string, most: number): void {
  const template = document.createElement('template');
  template.innerHTML = html;
  const row = template.content.querySelector('tr');
  if (!row) return;
  const rows = (): HTMLTableRowElement[] => [...body.rows];
  const same = rows().find((each) => each.dataset['id'] === row.dataset['id']);
  if (same) return same.replaceWith(row);
  const number = Number(row.dataset['number']);
  const older = rows().find((each) => Number(each.dataset['number']) < number);
  // Older than all of a full page: it stands on another.
  if (!older && body.rows.length >= most) return;
  body.insertBefore(row, older ?? null);
  while (body.rows.length > most) body.rows[body.rows.length - 1]!.remove();
}
