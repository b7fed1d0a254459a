/**
 * PNG and JPEG: what a picture file carries beside its pixels. Chunks and segments are walked by hand, so
 * that whatever does not belong is seen, and left out of the copy that is released.
 */
import type { Found } from './found.ts';
import type { Compiled } from './policy.ts';
import * as words from './words.ts';

export interface Walked {
  /** What was found beside the picture, in words. */
  extras: string[];
  /** Parts to keep, as [start, end). */
  keep: [number, number][];
  whole: boolean;
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const NEEDED = new Set([
  'IHDR',
  'PLTE',
  'IDAT',
  'IEND',
  'tRNS',
  'gAMA',
  'cHRM',
  'sRGB',
  'pHYs',
  'sBIT',
  'bKGD',
  'cICP',
]);
const NAMES: Readonly<Record<string, string>> = {
  tEXt: 'text',
  zTXt: 'packed text',
  iTXt: 'text',
  eXIf: 'EXIF data',
  tIME: 'the time of its making',
  iCCP: 'a colour profile',
  acTL: 'further frames',
  fcTL: 'further frames',
  fdAT: 'further frames',
};

export const isPng = (bytes: Uint8Array): boolean => PNG.every((byte, index) => bytes[index] === byte);
export const isJpeg = (bytes: Uint8Array): boolean =>
  bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;

export function walkPng(bytes: Uint8Array): Walked {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const extras = new Set<string>();
  const keep: [number, number][] = [[0, PNG.length]];
  let at = PNG.length;
  let isFirst = true;
  while (at + 12 <= bytes.length) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 12 + length;
    if (end > bytes.length || (isFirst && type !== 'IHDR')) break;
    isFirst = false;
    if (NEEDED.has(type)) keep.push([at, end]);
    else
      extras.add(NAMES[type] ?? `an unknown part (${/^[A-Za-z]{4}$/.test(type) ? type : 'without a name'})`);
    at = end;
    if (type !== 'IEND') continue;
    if (length > 0) extras.add('bytes in its end mark');
    if (at < bytes.length) extras.add('bytes behind its end');
    return { extras: [...extras], keep, whole: true };
  }
  return { extras: [...extras], keep, whole: false };
}

const SOI = 2;

export function walkJpeg(bytes: Uint8Array): Walked {
  const extras = new Set<string>();
  const keep: [number, number][] = [[0, SOI]];
  const whole = (): Walked => ({ extras: [...extras], keep, whole: true });
  const broken = (): Walked => ({ extras: [...extras], keep, whole: false });
  let at = SOI;
  for (;;) {
    const from = at;
    if (at + 2 > bytes.length || bytes[at] !== 0xff) return broken();
    while (bytes[at + 1] === 0xff) at += 1;
    const marker = bytes[at + 1];
    at += 2;
    if (marker === undefined) return broken();
    if (marker === 0xd9) {
      keep.push([from, at]);
      if (at < bytes.length) extras.add('bytes behind its end');
      return whole();
    }
    if (at + 2 > bytes.length) return broken();
    const length = (bytes[at]! << 8) | bytes[at + 1]!;
    const end = at + length;
    if (length < 2 || end > bytes.length) return broken();
    const extra = segmentExtra(marker, bytes, at + 2);
    if (extra === undefined) keep.push([from, end]);
    else extras.add(extra);
    at = end;
    if (marker !== 0xda) continue;
    const stop = afterScan(bytes, at);
    keep.push([at, stop]);
    at = stop;
  }
}

function segmentExtra(marker: number, bytes: Uint8Array, at: number): string | undefined {
  if (marker === 0xfe) return 'a comment';
  if (marker < 0xe0 || marker > 0xef) return undefined;
  const name = String.fromCharCode(...bytes.subarray(at, at + 12));
  if (marker === 0xe0 && name.startsWith('JFIF\0')) return undefined;
  if (marker === 0xee && name.startsWith('Adobe')) return undefined;
  if (marker === 0xe1 && name.startsWith('Exif')) return 'EXIF data';
  if (marker === 0xe1) return 'XMP data';
  if (marker === 0xe2 && name.startsWith('ICC_PROFILE')) return 'a colour profile';
  if (marker === 0xe2 && name.startsWith('MPF')) return 'further frames';
  if (marker === 0xe0 && name.startsWith('JFXX')) return 'a small preview';
  return 'an unknown part';
}

/** The marker that ends the entropy-coded data: 0xff followed by neither 0 nor a restart mark. */
function afterScan(bytes: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    if (at < 0 || at + 1 >= bytes.length) return bytes.length;
    const next = bytes[at + 1]!;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
    at += next === 0xff ? 1 : 2;
  }
}

/** The picture without what stands beside it; undefined when it is damaged or no picture. */
export function canonicalImage(bytes: Uint8Array): Uint8Array | undefined {
  const walked = isPng(bytes) ? walkPng(bytes) : isJpeg(bytes) ? walkJpeg(bytes) : undefined;
  if (!walked?.whole) return undefined;
  return Buffer.concat(walked.keep.map(([from, to]) => bytes.subarray(from, to)));
}

const SMALL = /(?:^|[^\d.,])(\d{1,6})(?![\d.,%])/g;

/** `recognised`: texts that a program for reading pictures found in this one, if the deployment runs one. */
export function checkImage(
  found: Found,
  bytes: Uint8Array,
  recognised: readonly string[],
  { policy }: Compiled,
): void {
  const walked = isPng(bytes) ? walkPng(bytes) : walkJpeg(bytes);
  for (const extra of walked.extras) found.add('PNG-1', {}, words.imageExtra(extra));
  if (!walked.whole) found.add('F1', {}, words.imageBroken());
  for (const text of recognised) {
    for (const [, digits] of text.slice(0, 10_000).matchAll(SMALL)) {
      const value = Number(digits);
      if (value >= 1 && value <= policy.threshold) found.add('PNG-2', {}, words.imageText(text.trim()));
    }
  }
}
