/** SVG: active and foreign content, marks that are records, numbers that can be read off, hidden content. */
import { SaxesParser } from 'saxes';
import { gunzipSync } from 'node:zlib';
import { guarded, type Found } from './found.ts';
import { firstMatch } from './people.ts';
import type { Compiled } from './policy.ts';
import { checkScale } from './svg-scale.ts';
import { Drawing, type Element } from './svg-drawing.ts';
import * as words from './words.ts';

/** The drawing's text; undefined when it is too long or damaged, which is then a finding. */
export function unpacked(found: Found, bytes: Uint8Array, limit: number): Uint8Array | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: limit });
  } catch (error) {
    const isLong = (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
    found.add(isLong ? 'F2' : 'F1', {}, isLong ? words.tooLargeUnpacked(limit) : words.notUnpacked());
    return undefined;
  }
}

/** Thrown to leave the parser early. */
class Enough extends Error {}

const MOST_ELEMENTS = 200_000;

export function checkSvg(found: Found, text: string, rules: Compiled): void {
  const drawing = new Drawing();
  const once = new Set<string>();
  const active = (what: string, element: string): void => {
    if (once.has(what)) return;
    once.add(what);
    found.add('SVG-1', { element }, words.svgActive(what));
  };
  const hidden = (what: string, element: string): void => {
    if (once.has(what)) return;
    once.add(what);
    found.add('SVG-4', { element }, words.svgHidden(what));
  };
  const parser = new SaxesParser({ position: true });
  const at = (name: string): string => `<${name.slice(0, 40)}>, line ${parser.line}`;
  let depth = 0;
  let elements = 0;
  parser.on('doctype', (doctype) => {
    active('a DOCTYPE', at('!DOCTYPE'));
    if (doctype.includes('<!ENTITY')) active('entities', at('!DOCTYPE'));
  });
  parser.on('processinginstruction', ({ target }) => {
    if (target === 'xml-stylesheet') active('an outside style sheet', at('?xml-stylesheet'));
  });
  parser.on('comment', (comment) => {
    drawing.comment(comment);
    // Figures of matplotlib repeat the visible text of each label so.
    if (comment.trim().length > 40 || /[=:;{}@]/.test(comment)) hidden('comments', at('!--'));
    else if (!drawing.isLabel()) hidden('comments', at('!--'));
  });
  parser.on('opentag', (tag) => {
    depth += 1;
    elements += 1;
    if (depth > rules.policy.limits.depth || elements > MOST_ELEMENTS) {
      active(
        depth > rules.policy.limits.depth
          ? `elements nested more than ${rules.policy.limits.depth} deep`
          : `more than ${MOST_ELEMENTS} elements`,
        at(tag.name),
      );
      throw new Enough();
    }
    const name = tag.name.replace(/^.*:/, '');
    const attributes = tag.attributes as Record<string, string>;
    checkElement(name, attributes, at(tag.name), active, hidden);
    drawing.open(name, attributes, at(tag.name));
  });
  parser.on('closetag', () => {
    depth -= 1;
    drawing.close();
  });
  parser.on('text', (content) => drawing.text(content));
  parser.on('cdata', (content) => drawing.text(content));
  parser.on('error', (error) => {
    throw error;
  });
  try {
    parser.write(text).close();
  } catch (error) {
    if (!(error instanceof Enough)) active('no well-formed drawing', `line ${parser.line}`);
  }
  if (elements === 0 || drawing.root !== 'svg') active('no drawing', 'line 1');
  guarded(found, 'marks', () => checkMarks(found, drawing, rules));
  guarded(found, 'scale', () => checkScale(found, drawing, rules));
  guarded(found, 'text', () => checkTexts(found, drawing, rules));
  guarded(found, 'hidden', () => checkHidden(drawing, hidden, text));
}

type Tell = (what: string, element: string) => void;

function checkElement(
  name: string,
  attributes: Record<string, string>,
  at: string,
  active: Tell,
  hidden: Tell,
): void {
  if (name === 'script') active('a script', at);
  if (name === 'foreignObject' || name === 'iframe') active('foreign content', at);
  if (name === 'image' || name === 'feImage') active('an embedded picture', at);
  if (
    /^(animate|set|animateMotion|animateTransform)$/.test(name) &&
    /href/i.test(attributes['attributeName'] ?? '')
  )
    active('an animated link', at);
  if (name === 'metadata' || name === 'desc') hidden(`<${name}>`, at);
  for (const [attribute, value] of Object.entries(attributes)) {
    const plain = attribute.replace(/^.*:/, '').toLowerCase();
    if (/^on[a-z]+/.test(plain)) active('event handlers', at);
    if ((plain === 'href' || plain === 'src') && !/^\s*#/.test(value))
      active('a reference to something outside', at);
    if (/url\(\s*['"]?(?!\s*['"]?#)/i.test(value) || /@import/i.test(value))
      active('a reference to something outside', at);
    if (plain.startsWith('data-')) hidden('data-* attributes', at);
  }
}

/** Marks of one kind and size, scattered: evenly spaced ones are the points of a series, or ticks. */
function checkMarks(found: Found, drawing: Drawing, { policy }: Compiled): void {
  const kinds = new Map<string, Element[]>();
  for (const mark of drawing.marks) {
    const kind = `${mark.name} ${mark.shape}`;
    const same = kinds.get(kind);
    if (same) same.push(mark);
    else kinds.set(kind, [mark]);
  }
  for (const marks of kinds.values()) {
    if (marks.length <= policy.maxMarks) continue;
    if (isEven(marks.map(({ x }) => x)) || isEven(marks.map(({ y }) => y))) continue;
    found.add('SVG-2', { element: marks[0]!.at }, words.svgMarks(marks.length, marks[0]!.name));
  }
}

/** All on one line, or in equal steps. */
export function isEven(positions: readonly number[]): boolean {
  const sorted = [...new Set(positions.map((one) => Math.round(one * 10) / 10))].sort((a, b) => a - b);
  if (sorted.length <= 2) return true;
  // As many places as marks, or nearly: otherwise marks share columns by chance of rounding.
  const gaps = sorted.slice(1).map((one, index) => one - sorted[index]!);
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  return gaps.every((gap) => Math.abs(gap - mean) <= 0.2 * mean + 0.15);
}

function checkTexts(found: Found, drawing: Drawing, rules: Compiled): void {
  const areas = rules.areas.filter(({ share }) => share === undefined);
  const { threshold } = rules.policy;
  for (const { text, at } of drawing.texts) {
    const place = { element: at };
    const value = firstMatch(text.slice(0, 1000), rules.values);
    if (value !== undefined) found.add('C3', place, words.identifyingValue(value));
    const area = firstMatch(text.slice(0, 1000), areas);
    if (area !== undefined) found.add('C4', place, words.areaValue(area));
    const count = /(?:^|[^\p{L}])n\s*=\s*(\d{1,9})(?![\d.,])/iu.exec(text)?.[1];
    if (count !== undefined && Number(count) >= 1 && Number(count) <= threshold)
      found.add('C5', place, words.smallCount(Number(count), threshold));
  }
}

const PRECISE = /\d\.\d{5,}/g;
const MANY = 10;

function checkHidden(drawing: Drawing, hidden: Tell, text: string): void {
  for (const { at, why } of drawing.hidden) hidden(why, at);
  const precise = text.match(PRECISE)?.length ?? 0;
  if (precise >= MANY)
    hidden('coordinates with so many digits that exact values can be computed back', 'coordinates');
}
