/**
 * A text that stands in cells, with what was found out about it. A study's thousand tables share a few
 * hundred words: each is decoded and judged once. The memory is bounded; forgetting costs time only.
 */
import { readCell, type Cell } from './cells.ts';
import { isCountLabel, isTotalLabel, wordsOf } from './headings.ts';
import { fieldText } from './scan.ts';

export class Word {
  /** As it is written, with the spaces around it. */
  readonly written: string;
  readonly text: string;
  readonly cell: Cell;
  /** The table that used it last, and its number there. */
  serial = 0;
  local = 0;
  /** What identifies somebody in it, by the rules it was last compared with. */
  judgedBy: unknown;
  judgement: unknown;
  private words: readonly string[] | undefined;
  private total: boolean | undefined;
  private count: boolean | undefined;

  constructor(written: string, decimalComma: boolean) {
    this.written = written;
    this.text = written.trim();
    this.cell = readCell(written, decimalComma);
  }

  /** The text in lower-case words, as headings are read. */
  get said(): readonly string[] {
    return (this.words ??= wordsOf(this.text));
  }

  get isTotal(): boolean {
    return (this.total ??= isTotalLabel(this.text));
  }

  get isCount(): boolean {
    return (this.count ??= isCountLabel(this.text));
  }
}

const SLOTS = 4096;
const LONGEST = 64;

/** Words by their bytes. Two that share a slot push each other out. */
class Dictionary {
  private readonly words: (Word | undefined)[] = new Array<Word | undefined>(SLOTS);
  private readonly bytes: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(SLOTS);
  private readonly decimalComma: boolean;

  constructor(decimalComma: boolean) {
    this.decimalComma = decimalComma;
  }

  find(bytes: Uint8Array, from: number, to: number, mask: number): Word {
    const length = to - from;
    if (length > LONGEST) return new Word(fieldText(bytes, from, to, mask), this.decimalComma);
    let hash = length;
    for (let at = from; at < to; at += 1) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
    const slot = (hash ^ (hash >>> 12)) & (SLOTS - 1);
    const kept = this.bytes[slot];
    if (kept !== undefined && kept.length === length) {
      let same = 0;
      while (same < length && kept[same] === bytes[from + same]) same += 1;
      if (same === length) return this.words[slot]!;
    }
    const word = new Word(fieldText(bytes, from, to, mask), this.decimalComma);
    this.words[slot] = word;
    this.bytes[slot] = bytes.slice(from, to);
    return word;
  }
}

const PLAIN = new Dictionary(false);
const COMMA = new Dictionary(true);
let tables = 0;

/** The distinct words of one table, numbered in the order they came. */
export class Words {
  readonly list: Word[] = [];
  private readonly serial = (tables += 1);
  private readonly known = new Map<string, Word>();
  private readonly dictionary: Dictionary;

  constructor(decimalComma: boolean) {
    this.dictionary = decimalComma ? COMMA : PLAIN;
  }

  find(bytes: Uint8Array, from: number, to: number, mask: number): Word {
    return this.dictionary.find(bytes, from, to, mask);
  }

  /** The word as this table has it: one pushed out of its slot and read again is the same word. */
  number(word: Word): Word {
    if (word.serial !== this.serial) {
      const before = this.known.get(word.written);
      if (before) return before;
      this.known.set(word.written, word);
      word.serial = this.serial;
      word.local = this.list.length;
      this.list.push(word);
    }
    return word;
  }
}
