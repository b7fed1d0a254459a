/**
 * Splits a command into words by the quoting rules of a POSIX shell, and by nothing else of it: no
 * variables, no wildcards, no comments.
 */

/** at: offset of the quote that is never closed, or of the backslash with nothing behind it. */
export interface SplitFault {
  fault: 'quote' | 'backslash';
  at: number;
}

const SEPARATOR = /[ \t\r\n]/;

export function splitWords(text: string): string[] | SplitFault {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === "'" || char === '"') {
      const quoted = char === "'" ? single(text, at) : double(text, at);
      if (!quoted) return { fault: 'quote', at };
      word = (word ?? '') + quoted.value;
      at = quoted.end;
    } else if (char === '\\') {
      if (at + 1 === text.length) return { fault: 'backslash', at };
      at += 1;
      word = (word ?? '') + text[at]!;
    } else if (SEPARATOR.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + char;
  }
  if (word !== undefined) words.push(word);
  return words;
}

interface Quoted {
  value: string;
  /** Offset of the closing quote. */
  end: number;
}

function single(text: string, start: number): Quoted | undefined {
  const end = text.indexOf("'", start + 1);
  return end === -1 ? undefined : { value: text.slice(start + 1, end), end };
}

function double(text: string, start: number): Quoted | undefined {
  let value = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === '"') return { value, end: at };
    const next = text[at + 1];
    if (char === '\\' && (next === '"' || next === '\\')) {
      value += next;
      at += 1;
    } else value += char;
  }
  return undefined;
}
