/** Git's lines on the wire (gitprotocol-common(5)): four hexadecimal digits of length, then so many bytes less four. */

/** A line's text, byte by byte (latin1), or one of the marks that separate lines. */
export type Pkt = { text: string } | 'flush' | 'delimiter' | 'end';

/** These bytes are no lines of git's. */
export class NoPkt extends Error {}

const MARKS: Record<string, Pkt> = { '0000': 'flush', '0001': 'delimiter', '0002': 'end' };

/** Takes bytes as they come and hands out whole lines. Holds less than one line. */
export class PktReader {
  readonly #longest: number;
  #held: Buffer = Buffer.alloc(0);

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** Throws NoPkt at the first thing that is none; what came before has been handed out then. */
  *push(chunk: Buffer): Generator<Pkt> {
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    while (rest.length >= 4) {
      const head = rest.toString('latin1', 0, 4);
      const mark = MARKS[head];
      const length = mark === undefined ? lengthOf(head, this.#longest) : 4;
      if (rest.length < length) break;
      yield mark ?? { text: rest.toString('latin1', 4, length) };
      rest = rest.subarray(length);
    }
    // A copy: what is left is short, and the chunk it lies in need not stay for it.
    this.#held = Buffer.from(rest);
  }

  /** Whether nothing of a line is left over. */
  get isWhole(): boolean {
    return this.#held.length === 0;
  }
}

function lengthOf(head: string, longest: number): number {
  const length = /^[0-9a-fA-F]{4}$/.test(head) ? parseInt(head, 16) : 0;
  // An empty line (0004) says nothing, and git does not send it.
  if (length <= 4 || length > longest) throw new NoPkt();
  return length;
}

export function pkt(text: string): string {
  return `${(text.length + 4).toString(16).padStart(4, '0')}${text}`;
}
export const FLUSH = '0000';
export const DELIMITER = '0001';
