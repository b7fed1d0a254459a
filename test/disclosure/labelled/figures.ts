/** Figures with and without the table behind them, and files that are not what their name says. */
import { gzipSync } from 'node:zlib';
import { pngOf } from './png.ts';
import type { Random } from './random.ts';
import type { Case, LabelledFile } from './generator.ts';

const round5 = (n: number): number => Math.round(n / 5) * 5;

/** A figure as PNG or SVG; its clean twin has the table in the same group. */
export function figureCases(id: string, random: Random): Case[] {
  const bars = Array.from({ length: random.int(3, 7) }, () => round5(random.int(40, 900)));
  const figure: LabelledFile =
    random.next() < 0.5
      ? { name: 'figure_1.svg', bytes: Buffer.from(random.next() < 0.5 ? svgBars(bars) : svgLine(bars)) }
      : { name: 'figure_1.png', bytes: pngOf(bars) };
  const rows = bars.map((n, index) => `Group ${String.fromCharCode(65 + index)},${n}`);
  const table: LabelledFile = {
    name: 'figure_1_data.csv',
    bytes: Buffer.from(`category,n\n${rows.join('\n')}\n`),
  };
  const layout = figure.name.endsWith('.svg') ? 'svg' : 'png';
  return [
    { id: `underlying-${id}-clean`, layout, files: [figure, table] },
    { id: `underlying-${id}`, layout, fault: 'underlying', files: [figure] },
  ];
}

/** As svglite draws bars: plain rectangles and texts, two digits. */
function svgBars(values: readonly number[]): string {
  const top = Math.max(...values);
  const step = Math.ceil(top / 400) * 100;
  const y = (value: number): number => 360 - (320 * value) / (step * 5);
  const ticks = [0, 1, 2, 3, 4, 5].map(
    (n) => `<text x="52" y="${(y(n * step) + 4).toFixed(2)}" text-anchor="end">${n * step}</text>`,
  );
  const bars = values.map(
    (value, index) =>
      `<rect x="${70 + index * 70}" y="${y(value).toFixed(2)}" width="50" height="${(360 - y(value)).toFixed(2)}" fill="#0969da"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400" viewBox="0 0 600 400">\n<rect width="600" height="400" fill="#ffffff"/>\n${[...ticks, ...bars].join('\n')}\n</svg>\n`;
}

/** A line with a mark for each year. */
function svgLine(values: readonly number[]): string {
  const top = Math.max(...values);
  const at = (value: number, index: number): string =>
    `${60 + index * 80},${(350 - (300 * value) / top).toFixed(1)}`;
  const points = values.map(at);
  const marks = points.map(
    (point) => `<circle cx="${point.split(',')[0]}" cy="${point.split(',')[1]}" r="3"/>`,
  );
  const labels = values.map((_, index) => `<text x="${60 + index * 80}" y="380">${2015 + index}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400">\n<polyline fill="none" stroke="#444" points="${points.join(' ')}"/>\n${[...marks, ...labels].join('\n')}\n</svg>\n`;
}

const WRONG: readonly ((random: Random) => LabelledFile)[] = [
  () => ({ name: 'model.rds', bytes: gzipSync(Buffer.from('X\n\0\0\0\x03\0\x04')) }),
  () => ({
    name: 'results.xlsx',
    bytes: Buffer.from('PK\x03\x04\x14\0\x06\0\x08\0[Content_Types].xml', 'latin1'),
  }),
  () => ({
    name: 'results.csv',
    bytes: Buffer.from('PK\x03\x04\x14\0\x06\0\x08\0[Content_Types].xml', 'latin1'),
  }),
  () => ({ name: 'report.pdf', bytes: Buffer.from('%PDF-1.7\n1 0 obj\n') }),
  () => ({ name: 'report.txt', bytes: Buffer.from('%PDF-1.7\n1 0 obj\n') }),
  () => ({ name: 'cohort.feather', bytes: Buffer.from('FEA1\0\0\0\0') }),
  () => ({ name: 'cohort.dta', bytes: Buffer.from('<stata_dta><header>') }),
  () => ({ name: 'data.csv', bytes: gzipSync(Buffer.from('sex,n\nF,120\nM,95\n')) }),
  () => ({ name: 'figure.png', bytes: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"></svg>') }),
  (random) => ({ name: 'figure.svg', bytes: pngOf([random.int(10, 90), random.int(10, 90)]) }),
  (random) => ({ name: 'figure.jpg', bytes: pngOf([random.int(10, 90), random.int(10, 90)]) }),
  () => ({
    name: 'notebook.html',
    bytes: Buffer.from('<!DOCTYPE html><html><body><p>Results</p></body></html>'),
  }),
  () => ({
    name: 'table.csv',
    bytes: Buffer.from('<html><body><table><tr><td>1</td></tr></table></body></html>'),
  }),
  () => ({ name: 'results.json', bytes: Buffer.from('{"n": [120, 95], "group": ["a"') }),
  () => ({ name: 'analysis.ipynb', bytes: Buffer.from('{"cells": []}') }),
  () => ({ name: 'slides.docx', bytes: Buffer.from('PK\x03\x04word/document.xml', 'latin1') }),
];

/** A file of a type that cannot be released, or that is not what it is called; twin: a plain table. */
export function typeCases(id: string, random: Random): Case[] {
  const wrong = random.pick(WRONG)(random);
  const rows = ['spring', 'summer', 'autumn', 'winter'].map(
    (season) => `${season},${round5(random.int(50, 900))}`,
  );
  const clean: LabelledFile = {
    name: 'seasons.csv',
    bytes: Buffer.from(`season,deaths\n${rows.join('\n')}\n`),
  };
  return [
    { id: `type-${id}-clean`, layout: 'csv', files: [clean] },
    { id: `type-${id}`, layout: wrong.name, fault: 'type', files: [wrong] },
  ];
}
