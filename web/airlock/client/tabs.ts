/** Several views of one file, one seen at a time. A view is made when it is first looked at. */
import { el } from './dom.ts';

export interface Tab {
  label: string;
  /** Fills the panel, once it stands on the page. */
  show(panel: HTMLElement): void;
}

let made = 0;

export function tabs(
  label: string,
  all: readonly Tab[],
): { list: HTMLElement; panels: HTMLElement; open(at: number): void } {
  const list = el('div', { class: 'BtnGroup av-tabs', role: 'tablist', 'aria-label': label });
  const panels = el('div', { class: 'av-panels' });
  const group = (made += 1);
  const parts = all.map((tab, at) => {
    const id = `av-tab-${group}-${at}`;
    const head = el(
      'button',
      { type: 'button', role: 'tab', class: 'btn btn-sm BtnGroup-item', id, 'aria-controls': `${id}-panel` },
      tab.label,
    );
    const panel = el('div', {
      role: 'tabpanel',
      id: `${id}-panel`,
      'aria-labelledby': id,
      class: 'av-panel',
    });
    return { head, panel, tab, isMade: false };
  });
  const open = (at: number): void => {
    for (const [other, part] of parts.entries()) {
      const isOpen = other === at;
      part.head.setAttribute('aria-selected', String(isOpen));
      part.head.tabIndex = isOpen ? 0 : -1;
      part.panel.hidden = !isOpen;
    }
    const part = parts[at]!;
    if (part.isMade) return;
    part.isMade = true;
    part.tab.show(part.panel);
  };
  for (const [at, { head, panel }] of parts.entries()) {
    head.addEventListener('click', () => open(at));
    head.addEventListener('keydown', (event) => {
      const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
      if (step === 0) return;
      const next = (at + step + parts.length) % parts.length;
      open(next);
      parts[next]!.head.focus();
    });
    list.append(head);
    panels.append(panel);
  }
  return { list, panels, open };
}
