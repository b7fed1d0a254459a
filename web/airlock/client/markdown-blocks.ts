/**
 * Markdown of a file, as blocks. A small part of the language, for reading only: headings, lists, quotes,
 * code, rules, tables, paragraphs. Links keep their address in sight and are not followed; pictures and
 * HTML stay the text they are.
 */

export type Block =
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'quote'; text: string }
  | { kind: 'list'; ordered: boolean; items: string[] }
  | { kind: 'table'; rows: string[][] }
  | { kind: 'rule' }
  | { kind: 'paragraph'; text: string };

export type Inline =
  | { kind: 'text' | 'code' | 'bold' | 'italic'; text: string }
  | { kind: 'link'; text: string; address: string };

/** Longer lines and paragraphs stay plain: matching them would take longer than reading them. */
const LONGEST_LINE = 2000;
const LONGEST_INLINE = 20_000;

const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*$/;
const ITEM = /^ {0,3}(?:[-*+]|(\d{1,9})[.)])[ \t]+(.*)$/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;

export function blocksOf(text: string): Block[] {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const taken = fence(lines, at) ?? single(lines[at]!) ?? run(lines, at);
    if (taken.block) blocks.push(taken.block);
    at += taken.lines;
  }
  return blocks;
}

interface Taken {
  block?: Block;
  lines: number;
}

function fence(lines: readonly string[], at: number): Taken | undefined {
  const mark = FENCE.exec(lines[at]!)?.[1];
  if (!mark) return undefined;
  let end = at + 1;
  while (end < lines.length && !lines[end]!.trimStart().startsWith(mark)) end += 1;
  return { block: { kind: 'code', text: lines.slice(at + 1, end).join('\n') }, lines: end - at + 1 };
}

function single(line: string): Taken | undefined {
  if (line.trim() === '') return { lines: 1 };
  if (line.length > LONGEST_LINE) return undefined;
  const heading = HEADING.exec(line);
  if (heading) return { block: { kind: 'heading', level: heading[1]!.length, text: heading[2]! }, lines: 1 };
  return RULE.test(line) ? { block: { kind: 'rule' }, lines: 1 } : undefined;
}

/** Lines that belong together because they are of one sort. */
function run(lines: readonly string[], at: number): Taken {
  const sort = sortOf(lines[at]!);
  let end = at + 1;
  while (end < lines.length && !fence(lines, end) && !single(lines[end]!) && sortOf(lines[end]!) === sort)
    end += 1;
  const taken = lines.slice(at, end);
  const block = (): Block => {
    if (sort === 'quote')
      return { kind: 'quote', text: taken.map((line) => line.replace(/^ {0,3}> ?/, '')).join('\n') };
    if (sort === 'item')
      return {
        kind: 'list',
        ordered: ITEM.exec(taken[0]!)?.[1] !== undefined,
        items: taken.map((line) => ITEM.exec(line)![2]!),
      };
    if (sort === 'table')
      return { kind: 'table', rows: taken.filter((line) => !/^[\s|:-]+$/.test(line)).map(cells) };
    return { kind: 'paragraph', text: taken.join('\n') };
  };
  return { block: block(), lines: taken.length };
}

function sortOf(line: string): 'quote' | 'item' | 'table' | 'text' {
  if (line.length > LONGEST_LINE) return 'text';
  if (/^ {0,3}>/.test(line)) return 'quote';
  if (ITEM.test(line)) return 'item';
  return /^ {0,3}\|.*\|\s*$/.test(line) ? 'table' : 'text';
}

function cells(line: string): string[] {
  return line
    .trim()
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|(?<!!)\[([^\]]+)\]\(([^()\s]+)\)/g;

export function inlineOf(text: string): Inline[] {
  if (text.length > LONGEST_INLINE) return [{ kind: 'text', text }];
  const parts: Inline[] = [];
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    if (found.index > from) parts.push({ kind: 'text', text: text.slice(from, found.index) });
    from = found.index + found[0].length;
    const [, code, bold, italic, label, address] = found;
    if (code !== undefined) parts.push({ kind: 'code', text: code });
    else if (bold !== undefined) parts.push({ kind: 'bold', text: bold });
    else if (italic !== undefined) parts.push({ kind: 'italic', text: italic });
    else parts.push({ kind: 'link', text: label!, address: address! });
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) });
  return parts;
}
