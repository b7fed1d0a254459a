/** A pipeline as one SVG file: no script, no font, nothing that is fetched. Same pipeline, same bytes. */
import { printable, type Action, type Pipeline } from '../pipeline/pipeline.ts';
import { layOut, type Spot } from './dag-layers.ts';

const ROW = 54;
const BOX = 38;
const GAP = 56;
const MARGIN = 16;
/** Of a monospaced letter of 13 pixels, with a little to spare. */
const LETTER = 8;
const PADDING = 22;
const LONGEST = 48;

const STYLE = `
  svg { background: #ffffff; font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 13px }
  .box { fill: #f6f8fa; stroke: #59636e } .db { fill: #ddf4ff; stroke: #0969da }
  .name { fill: #1f2328 } .image { fill: #59636e; font-size: 11px }
  .arrow { fill: none; stroke: #818b98; stroke-width: 1.3 } .head { fill: #818b98 }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117 } .box { fill: #151b23; stroke: #9198a1 } .db { fill: #0c2d6b; stroke: #4493f8 }
    .name { fill: #f0f6fc } .image { fill: #9198a1 } .arrow { stroke: #656c76 } .head { fill: #656c76 }
  }
`;

export function svg({ actions }: Pipeline): string {
  const { columns, arrows } = layOut(actions);
  const widths = columns.map((column) =>
    column.reduce((most, { action }) => Math.max(most, action ? widthOf(action) : 0), 0),
  );
  const lefts: number[] = [];
  let right = MARGIN;
  for (const width of widths) {
    lefts.push(right);
    right += width + GAP;
  }
  const rows = columns.flat().reduce((most, { row }) => Math.max(most, row), 0);
  const width = Math.max(right - GAP, MARGIN) + MARGIN;
  const height = round(rows * ROW + BOX + 2 * MARGIN);
  const says = `${actions.length.toLocaleString('en-GB')} action${actions.length === 1 ? '' : 's'} and what each needs`;
  const place = { lefts, widths };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Pipeline: ${says}">`,
    `<title>Pipeline: ${says}</title>`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M0 0L8 4L0 8z"/></marker></defs>',
    ...arrows.map((arrow) => `<path class="arrow" marker-end="url(#head)" d="${pathOf(arrow, place)}"/>`),
    ...columns.flat().flatMap((spot) => (spot.action ? [boxOf(spot, spot.action, place)] : [])),
    '</svg>',
    '',
  ].join('\n');
}

interface Place {
  lefts: readonly number[];
  widths: readonly number[];
}

const imageOf = ({ image }: Action): string => `${image.name}:${image.tag}`;

function widthOf(action: Action): number {
  return Math.max(short(action.name).length, short(imageOf(action)).length) * LETTER + PADDING;
}

function boxOf(spot: Spot, action: Action, { lefts, widths }: Place): string {
  const x = lefts[spot.column]!;
  const y = yOf(spot) - BOX / 2;
  const kind = action.isDatabase ? ' db' : '';
  return [
    `<g><title>${escaped(printable(`${action.name}: ${action.run}`).slice(0, 500))}</title>`,
    `<rect class="box${kind}" x="${x}" y="${round(y)}" width="${widths[spot.column]}" height="${BOX}" rx="6"/>`,
    `<text class="name" x="${x + PADDING / 2}" y="${round(y + 16)}">${escaped(short(action.name))}</text>`,
    `<text class="image" x="${x + PADDING / 2}" y="${round(y + 31)}">${escaped(short(imageOf(action)))}</text></g>`,
  ].join('');
}

function pathOf(arrow: readonly Spot[], { lefts, widths }: Place): string {
  const first = arrow[0]!;
  let path = `M${lefts[first.column]! + widths[first.column]!} ${round(yOf(first))}`;
  for (const [at, spot] of arrow.entries()) {
    if (at === 0) continue;
    const before = arrow[at - 1]!;
    const from = lefts[before.column]! + widths[before.column]!;
    const to = lefts[spot.column]! - (spot.action ? 2 : 0);
    const bend = round((from + to) / 2);
    path += `C${bend} ${round(yOf(before))} ${bend} ${round(yOf(spot))} ${to} ${round(yOf(spot))}`;
    if (!spot.action) path += `H${lefts[spot.column]! + widths[spot.column]!}`;
  }
  return path;
}

const yOf = ({ row }: Spot): number => MARGIN + BOX / 2 + row * ROW;
const round = (n: number): number => Math.round(n * 10) / 10;

function short(name: string): string {
  const text = printable(name);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
