/** JSON as a tree that is made as it is opened, and as the text it is. */
import { button, count, el } from './dom.ts';
import { drawText } from './draw-text.ts';
import type { Drawn, FilePart } from './file-part.ts';
import { JsonIndex, type JsonNode } from './json-index.ts';
import { LinesView } from './lines-view.ts';
import { tabs } from './tabs.ts';

/** Values of one object or array that are drawn at a time. */
const AT_ONCE = 200;
/** Opened from the start, until so many values are on the page. */
const OPENED = 300;
const LONGEST = 2000;

export function drawJson(part: FilePart, text: string): Drawn {
  const lines = new LinesView(text, `Text of ${part.path}`);
  const index = JsonIndex.of(text.replace(/^\ufeff/, ''));
  const raw = {
    label: 'Text',
    show: (panel: HTMLElement) => {
      panel.append(lines.element);
      lines.begin();
    },
  };
  if (!(index instanceof JsonIndex)) {
    part.note(`This is not JSON: it cannot be read beyond character ${index.at + 1}. It is shown as text.`);
    part.tools.append(lines.tools);
    part.stage.replaceChildren(el('div', { class: 'av-panel' }, lines.element));
    lines.begin();
    return { search: () => lines.search() };
  }
  const tree = {
    label: 'Tree',
    show: (panel: HTMLElement) => {
      panel.append(new Tree(index).element);
    },
  };
  const both = tabs('How to show it', [tree, raw]);
  lines.tools.hidden = true;
  both.list.addEventListener('click', () => {
    lines.tools.hidden = both.list.querySelector('[aria-selected=true]')?.textContent !== 'Text';
  });
  part.tools.append(both.list, el('span', { class: 'av-found' }, count(index.nodes, 'value')), lines.tools);
  part.stage.replaceChildren(both.panels);
  both.open(0);
  return {
    search: () => {
      both.open(1);
      lines.tools.hidden = false;
      lines.search();
    },
  };
}

class Tree {
  readonly element = el('div', { class: 'av-tree', tabindex: '0', role: 'region', 'aria-label': 'Values' });
  readonly #index: JsonIndex;
  #budget = OPENED;

  constructor(index: JsonIndex) {
    this.#index = index;
    this.element.append(this.#value(0, 0));
  }

  #value(number: number, depth: number): HTMLElement {
    const node = this.#index.node(number);
    if (node.kind !== 'object' && node.kind !== 'array') return this.#leaf(node);
    const isObject = node.kind === 'object';
    const summary = el(
      'summary',
      {},
      ...this.#key(node),
      el(
        'span',
        { class: 'color-fg-muted' },
        `${isObject ? '{…}' : '[…]'} ${count(node.children, isObject ? 'member' : 'item')}`,
      ),
    );
    const inner = el('div', { class: 'av-tree-inner' });
    const box = el('details', {}, summary, inner);
    let isMade = false;
    const make = (): void => {
      if (isMade) return;
      isMade = true;
      this.#fill(inner, this.#index.childrenOf(number), depth + 1);
    };
    box.addEventListener('toggle', () => box.open && make());
    // Deep nesting is opened by hand: drawing it at once would nest as many elements.
    if (depth < 12 && this.#budget > node.children) {
      this.#budget -= node.children;
      box.open = true;
      make();
    }
    return box;
  }

  #fill(into: HTMLElement, children: Generator<number>, depth: number): void {
    for (let drawn = 0; drawn < AT_ONCE; drawn += 1) {
      const next = children.next();
      if (next.done) return;
      into.append(this.#value(next.value, depth));
    }
    const more = button('Show more', () => {
      more.remove();
      this.#fill(into, children, depth);
    });
    into.append(more);
  }

  #leaf(node: JsonNode): HTMLElement {
    const written = this.#index.text.slice(node.start, node.end);
    const value = el('span', { class: `av-json-${node.kind}` });
    drawText(value, written.length > LONGEST ? `${written.slice(0, LONGEST)}…` : written);
    return el('div', { class: 'av-leaf' }, ...this.#key(node), value);
  }

  #key({ key }: JsonNode): HTMLElement[] {
    if (key === undefined) return [];
    const name = el('span', { class: 'av-json-key' });
    drawText(name, key.slice(0, LONGEST));
    name.append(': ');
    return [name];
  }
}
