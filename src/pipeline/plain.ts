/**
 * Reads the YAML that nearly every project.yaml is written in: block mappings and lists, one-line
 * scalars, flow collections of simple values (so also JSON).
 *
 * It never decides that a text is wrong. On anything else (anchors, tags, block scalars, tabs, several
 * documents, every mistake) it gives up, says where, and the full language is read by `yaml.ts`. It
 * exists because the full reader takes 100 ms for 2,000 actions and seconds for a few megabytes;
 * this one takes 10 ms and is linear. A property test holds both to the same tree.
 */
import {
  MAX_DEPTH,
  plainScalar,
  type Entry,
  type MapNode,
  type Node,
  type ScalarNode,
  type SeqNode,
} from './tree.ts';

/** Keys longer than this are an error of YAML's own. */
const MAX_KEY = 1000;
const PLAIN_KEY = /[A-Za-z0-9_][A-Za-z0-9_.-]*(?=:(?:[ \r\n]|$))/y;
// No colon inside: `a:b` in a flow collection has rules of its own.
const FLOW_PLAIN = /[A-Za-z0-9_](?:[A-Za-z0-9_./-]| +(?=[A-Za-z0-9_./-]))*/y;
// What no plain scalar of a block may begin with.
const NOT_PLAIN = /[\s"'&*!|>%@`?,[\]{}#:-]/;

class GiveUp extends Error {
  constructor(readonly at: number) {
    super('not the plain subset');
  }
}

export type PlainReading = { node: Node } | { gaveUpAt: number };

/** `node` of a text within the subset. An empty text is left to the full reader. */
export function readPlain(text: string): PlainReading {
  try {
    return { node: new PlainReader(text).document() };
  } catch (error) {
    /* istanbul ignore if -- only a bug throws anything else */
    if (!(error instanceof GiveUp)) throw error;
    return { gaveUpAt: error.at };
  }
}

class PlainReader {
  private at = 0;
  private depth = 0;
  /** Indentation of the line `at` stands in, once `nextLine` found its first character. */
  private indent = 0;

  constructor(private readonly text: string) {
    const odd = /[\t\uFEFF]|\r(?!\n)|^(?:---|\.\.\.|%)/m.exec(text);
    if (odd) throw new GiveUp(odd.index);
  }

  document(): Node {
    if (!this.nextLine()) throw new GiveUp(this.at);
    const first = this.text[this.at];
    const node = first === '{' || first === '[' ? this.flowLine(-1) : this.block(this.indent);
    if (this.at < this.text.length) throw new GiveUp(this.at);
    return node;
  }

  /** Moves over blank and comment lines to the next line's first character; false at the end. */
  private nextLine(): boolean {
    const { text } = this;
    let lineStart = this.at;
    while (lineStart < text.length) {
      let at = lineStart;
      while (text[at] === ' ') at += 1;
      if (text[at] === '\r') at += 1;
      if (at < text.length && text[at] !== '\n' && text[at] !== '#') {
        this.indent = at - lineStart;
        this.at = at;
        return true;
      }
      const end = text.indexOf('\n', at);
      lineStart = end === -1 ? text.length : end + 1;
    }
    this.at = text.length;
    this.indent = -1;
    return false;
  }

  private block(indent: number): MapNode | SeqNode {
    this.deeper();
    const node = this.isItem() ? this.list(indent) : this.mapping(indent);
    this.depth -= 1;
    return node;
  }

  private isItem(): boolean {
    return this.text[this.at] === '-' && this.text[this.at + 1] === ' ';
  }

  private list(indent: number): SeqNode {
    const node: SeqNode = { kind: 'seq', start: this.at, end: this.at, items: [] };
    while (this.indent === indent && this.isItem()) {
      this.at += 2;
      this.spaces();
      if (this.keyEnd() !== undefined) throw new GiveUp(this.at);
      const item = this.value(indent);
      node.items.push(item);
      node.end = item.end;
    }
    return node;
  }

  private mapping(indent: number): MapNode {
    const node: MapNode = { kind: 'map', start: this.at, end: this.at, entries: [] };
    const keys = new Set<string>();
    while (this.indent === indent) {
      const entry = this.entry(indent);
      if (keys.has(entry.key)) throw new GiveUp(entry.keySpot.start);
      keys.add(entry.key);
      node.entries.push(entry);
      node.end = Math.max(entry.value.end, entry.keySpot.end);
    }
    if (this.indent > indent) throw new GiveUp(this.at);
    return node;
  }

  private entry(indent: number): Entry {
    const end = this.keyEnd();
    if (end === undefined) throw new GiveUp(this.at);
    const key = this.keyNode(end);
    this.at = end + 1;
    this.spaces();
    if (!this.atLineEnd()) return asEntry(key, this.value(indent));
    const empty = plainScalar('', end + 1);
    this.endLine();
    const nested = this.indent > indent || (this.indent === indent && this.isItem());
    return asEntry(key, nested ? this.block(this.indent) : empty);
  }

  /** Offset of the colon when a key stands here. */
  private keyEnd(): number | undefined {
    const quote = this.text[this.at];
    if (quote === '"' || quote === "'") {
      const end = this.quotedEnd(quote);
      return this.text[end] === ':' && /[ \r\n]|^$/.test(this.text[end + 1] ?? '') ? end : undefined;
    }
    PLAIN_KEY.lastIndex = this.at;
    return PLAIN_KEY.test(this.text) ? PLAIN_KEY.lastIndex : undefined;
  }

  private keyNode(end: number): ScalarNode {
    if (end - this.at > MAX_KEY) throw new GiveUp(this.at);
    const first = this.text[this.at];
    if (first === '"' || first === "'") return this.quoted(first);
    return plainScalar(this.text.slice(this.at, end), this.at);
  }

  /** A value that begins in this line; leaves `at` on the next line's first character. */
  private value(indent: number): Node {
    const first = this.text[this.at]!;
    if (first === '[' || first === '{') return this.flowLine(indent);
    const node = first === '"' || first === "'" ? this.quoted(first) : this.plain();
    this.endLine();
    // A deeper line would continue the scalar.
    if (this.indent > indent) throw new GiveUp(this.at);
    return node;
  }

  private flowLine(indent: number): Node {
    const node = this.flow(indent);
    this.endLine();
    if (this.indent > indent) throw new GiveUp(this.at);
    return node;
  }

  private plain(): ScalarNode {
    const { text, at } = this;
    const newline = text.indexOf('\n', at);
    let line = text.slice(at, newline === -1 ? text.length : newline);
    const comment = line.indexOf(' #');
    if (comment !== -1) line = line.slice(0, comment);
    line = line.replace(/[ \r]+$/, '');
    if (line === '' || NOT_PLAIN.test(line[0]!) || line.includes(': ') || line.endsWith(':'))
      throw new GiveUp(at);
    this.at = at + line.length;
    return plainScalar(line, at);
  }

  private quoted(quote: string): ScalarNode {
    const start = this.at;
    const end = this.quotedEnd(quote);
    this.at = end;
    const source = this.text.slice(start + 1, end - 1);
    const escaped = source.includes(quote === '"' ? '\\' : "'");
    const value = escaped ? this.unescaped(quote, source, start) : source;
    return { kind: 'scalar', value, source: value, start, end, ...(escaped ? {} : { inner: start + 1 }) };
  }

  private unescaped(quote: string, source: string, start: number): string {
    if (quote === "'") return source.replaceAll("''", "'");
    try {
      // JSON's escapes mean the same in YAML; those that only YAML has are left to the full reader.
      const value = JSON.parse(`"${source}"`) as string;
      if (!/\p{Cs}/u.test(value)) return value;
    } catch {
      // falls through
    }
    throw new GiveUp(start);
  }

  /** Offset behind the closing quote, which must stand in the same line. */
  private quotedEnd(quote: string): number {
    const { text } = this;
    for (let at = this.at + 1; at < text.length; at += 1) {
      const char = text[at];
      if (char === '\n') break;
      if (char === '\\' && quote === '"') at += 1;
      else if (char === quote && quote === "'" && text[at + 1] === quote) at += 1;
      else if (char === quote) return at + 1;
    }
    throw new GiveUp(this.at);
  }

  private flow(indent: number): Node {
    const first = this.text[this.at];
    if (first === '"' || first === "'") return this.quoted(first);
    if (first === '[') return this.flowList(indent);
    if (first === '{') return this.flowMapping(indent);
    FLOW_PLAIN.lastIndex = this.at;
    if (!FLOW_PLAIN.test(this.text)) throw new GiveUp(this.at);
    const start = this.at;
    this.at = FLOW_PLAIN.lastIndex;
    return plainScalar(this.text.slice(start, this.at), start);
  }

  private flowList(indent: number): SeqNode {
    const node: SeqNode = { kind: 'seq', start: this.at, end: this.at, items: [] };
    this.flowItems(indent, ']', () => node.items.push(this.flow(indent)));
    return Object.assign(node, { end: this.at });
  }

  private flowMapping(indent: number): MapNode {
    const node: MapNode = { kind: 'map', start: this.at, end: this.at, entries: [] };
    const keys = new Set<string>();
    this.flowItems(indent, '}', () => {
      const key = this.flow(indent);
      if (key.kind !== 'scalar' || key.end - key.start > MAX_KEY || keys.has(key.source))
        throw new GiveUp(key.start);
      if (
        this.text[this.at] !== ':' ||
        (key.inner === key.start && !/[ \r\n]/.test(this.text[this.at + 1] ?? ''))
      ) {
        throw new GiveUp(this.at);
      }
      keys.add(key.source);
      this.at += 1;
      this.flowSpace(indent);
      node.entries.push(asEntry(key, this.flow(indent)));
    });
    return Object.assign(node, { end: this.at });
  }

  private flowItems(indent: number, close: string, item: () => void): void {
    this.deeper();
    this.at += 1;
    this.flowSpace(indent);
    while (this.text[this.at] !== close) {
      item();
      this.flowSpace(indent);
      if (this.text[this.at] === ',') {
        this.at += 1;
        this.flowSpace(indent);
      } else if (this.text[this.at] !== close) throw new GiveUp(this.at);
    }
    this.at += 1;
    this.depth -= 1;
  }

  /** Spaces and line ends inside a flow collection, whose lines must stay deeper than what holds it. */
  private flowSpace(indent: number): void {
    const { text } = this;
    let lineStart = -1;
    for (; /[ \r\n]/.test(text[this.at] ?? ''); this.at += 1)
      if (text[this.at] === '\n') lineStart = this.at + 1;
    if (lineStart !== -1 && this.at - lineStart <= indent) throw new GiveUp(this.at);
  }

  private deeper(): void {
    this.depth += 1;
    if (this.depth >= MAX_DEPTH) throw new GiveUp(this.at);
  }

  private spaces(): void {
    while (this.text[this.at] === ' ') this.at += 1;
  }

  private atLineEnd(): boolean {
    const char = this.text[this.at];
    return (
      char === undefined || char === '\n' || char === '\r' || (char === '#' && this.text[this.at - 1] === ' ')
    );
  }

  private endLine(): void {
    this.spaces();
    if (!this.atLineEnd()) throw new GiveUp(this.at);
    const newline = this.text.indexOf('\n', this.at);
    this.at = newline === -1 ? this.text.length : newline + 1;
    this.nextLine();
  }
}

function asEntry(key: ScalarNode, value: Node): Entry {
  return { key: key.source, keyIsText: typeof key.value === 'string', keySpot: key, value };
}
