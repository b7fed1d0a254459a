/**
 * Where the values of a JSON text are. Names and numbers are kept as written: a repeated key, a number with
 * twenty digits, a nesting ten thousand deep are all shown as they stand, which reading them would hide.
 */

export const JSON_KINDS = ['object', 'array', 'string', 'number', 'word'] as const;
export type JsonKind = (typeof JSON_KINDS)[number];

/** start, end: in the text · key: its quoted name, where it is a member of an object */
export interface JsonNode {
  kind: JsonKind;
  start: number;
  end: number;
  key: string | undefined;
  /** Of an object or array. */
  children: number;
}

const FIELDS = 6;
const KIND = 0;
const START = 1;
const END = 2;
const KEY_START = 3;
const CHILDREN = 4;
/** Number of the node after this one and all beneath it. */
const NEXT = 5;

export class JsonIndex {
  readonly text: string;
  #nodes = new Int32Array(FIELDS * 256);
  nodes = 0;

  private constructor(text: string) {
    this.text = text;
  }

  /** The text's values, or where it stops being JSON. */
  static of(text: string): JsonIndex | { at: number } {
    const index = new JsonIndex(text);
    const at = index.#read();
    return at < 0 ? index : { at };
  }

  node(number: number): JsonNode {
    const field = (which: number): number => this.#nodes[number * FIELDS + which]!;
    const keyStart = field(KEY_START);
    return {
      kind: JSON_KINDS[field(KIND)]!,
      start: field(START),
      end: field(END),
      key: keyStart < 0 ? undefined : this.text.slice(keyStart, stringEnd(this.text, keyStart)),
      children: field(CHILDREN),
    };
  }

  /** Numbers of the values in this one. */
  *childrenOf(number: number): Generator<number> {
    const end = this.#nodes[number * FIELDS + NEXT]!;
    for (let child = number + 1; child < end; child = this.#nodes[child * FIELDS + NEXT]!) yield child;
  }

  #add(kind: JsonKind, start: number, key: number): number {
    if ((this.nodes + 1) * FIELDS > this.#nodes.length) {
      const more = new Int32Array(this.#nodes.length * 2);
      more.set(this.#nodes);
      this.#nodes = more;
    }
    this.#nodes.set([JSON_KINDS.indexOf(kind), start, start, key, 0, this.nodes + 1], this.nodes * FIELDS);
    this.nodes += 1;
    return this.nodes - 1;
  }

  #close(node: number, end: number): void {
    this.#nodes[node * FIELDS + END] = end;
    this.#nodes[node * FIELDS + NEXT] = this.nodes;
  }

  /** −1, or the place of the first fault. A loop, not a recursion: depth is the file's choice. */
  #read(): number {
    const { text } = this;
    const open: number[] = [];
    let at = space(text, 0);
    for (;;) {
      let key = -1;
      const within = open.at(-1);
      const inObject = within !== undefined && this.#nodes[within * FIELDS + KIND] === 0;
      if (inObject) {
        if (text[at] !== '"') return at;
        key = at;
        at = stringEnd(text, at);
        if (at < 0) return key;
        at = space(text, at);
        if (text[at] !== ':') return at;
        at = space(text, at + 1);
      }
      if (within !== undefined) this.#nodes[within * FIELDS + CHILDREN]! += 1;
      const began = text[at];
      if (began === '{' || began === '[') {
        const node = this.#add(began === '{' ? 'object' : 'array', at, key);
        at = space(text, at + 1);
        if (text[at] !== (began === '{' ? '}' : ']')) {
          open.push(node);
          continue;
        }
        at += 1;
        this.#close(node, at);
      } else {
        const end = plainEnd(text, at);
        if (end < 0) return at;
        const kind: JsonKind = began === '"' ? 'string' : /[-\d]/.test(began!) ? 'number' : 'word';
        this.#close(this.#add(kind, at, key), end);
        at = end;
      }
      // Closes whatever ends here; then a comma, or the end of the text.
      for (;;) {
        at = space(text, at);
        const outer = open.at(-1);
        if (outer === undefined) return at === text.length ? -1 : at;
        const isObject = this.#nodes[outer * FIELDS + KIND] === 0;
        if (text[at] === ',') {
          at = space(text, at + 1);
          break;
        }
        if (text[at] !== (isObject ? '}' : ']')) return at;
        at += 1;
        open.pop();
        this.#close(outer, at);
      }
    }
  }
}

function space(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\n\r'.includes(text[at]!)) at += 1;
  return at;
}

/** Beyond the closing quotation mark; −1 when there is none. */
function stringEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 34) return at + 1;
    if (code === 92) at += 1;
    else if (code < 32) return -1;
  }
  return -1;
}

const PLAIN = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

function plainEnd(text: string, at: number): number {
  if (text[at] === '"') return stringEnd(text, at);
  PLAIN.lastIndex = at;
  return PLAIN.test(text) ? PLAIN.lastIndex : -1;
}
