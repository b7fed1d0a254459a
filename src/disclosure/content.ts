/** What a file's first bytes are, whatever its name says. */
import { isJpeg, isPng } from './image.ts';

export const SUFFIXES = [
  '.csv',
  '.tsv',
  '.json',
  '.txt',
  '.md',
  '.log',
  '.png',
  '.jpg',
  '.jpeg',
  '.svg',
  '.svgz',
  '.html',
  '.htm',
] as const;
export type Suffix = (typeof SUFFIXES)[number];

/** In lower case, from the last dot; empty when there is none. */
export function suffixOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot <= 0 || dot === name.length - 1 ? '' : name.slice(dot).toLowerCase();
}

export const isAllowed = (suffix: string): suffix is Suffix =>
  (SUFFIXES as readonly string[]).includes(suffix);

const MAGIC: readonly (readonly [string, string])[] = [
  ['GIF8', 'a GIF picture'],
  ['%PDF', 'a PDF document'],
  ['PK\x03\x04', 'a ZIP archive, such as an Excel or Word file'],
  ['PK\x05\x06', 'a ZIP archive'],
  ['\x1f\x8b', 'packed with gzip'],
  ['BZh', 'packed with bzip2'],
  ['\xfd7zXZ', 'packed with xz'],
  ['\x28\xb5\x2f\xfd', 'packed with zstd'],
  ['\xd0\xcf\x11\xe0', 'an old Office file'],
  ['PAR1', 'a Parquet file'],
  ['FEA1', 'a Feather file'],
  ['ARROW1', 'an Arrow file'],
  ['SQLite format 3', 'an SQLite database'],
  ['\x89HDF', 'an HDF5 file'],
  ['<stata_dta>', 'a Stata file'],
  ['RDX', 'an R data file'],
  ['X\n\0\0', 'an R data file'],
  ['\x7fELF', 'a program'],
  ['MZ', 'a program'],
  ['BM', 'a bitmap picture'],
  ['II*\0', 'a TIFF picture'],
  ['MM\0*', 'a TIFF picture'],
];

/** Kinds of content; undefined means text of no particular kind. */
export type Content = 'png' | 'jpeg' | 'svg' | 'html' | { other: string } | undefined;

export function contentOf(bytes: Uint8Array): Content {
  if (isPng(bytes)) return 'png';
  if (isJpeg(bytes)) return 'jpeg';
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).toString('latin1');
  for (const [magic, other] of MAGIC) {
    // Two letters may begin a text as well: then text it is.
    if (
      head.startsWith(magic) &&
      (magic.length > 2 || /[\0-\x08]/.test(head.slice(0, 64)) || magic === '\x1f\x8b')
    )
      return { other };
  }
  const text = head.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (
    /^(?:<\?xml[^>]*>\s*)?(?:<!--[^]*?-->\s*)*(?:<!DOCTYPE svg[^[>]*(?:\[[^\]]*\]\s*)?>\s*)?(?:<!--[^]*?-->\s*)*<(?:\w+:)?svg[\s>]/i.test(
      text,
    )
  )
    return 'svg';
  if (
    /^(?:<\?xml[^>]*>\s*)?(?:<!--[^]*?-->\s*)*<(?:!doctype html|html|head|body|table|div|script)[\s>]/i.test(
      text,
    )
  )
    return 'html';
  if (/[\0-\x08]/.test(head.slice(0, 512)) && controls(head) > Math.max(8, head.length / 50))
    return { other: 'binary data' };
  return undefined;
}

function controls(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 9 || (code > 13 && code < 27) || (code > 27 && code < 32)) count += 1;
  }
  return count;
}

const WANTED: Readonly<Record<Suffix, (content: Content) => boolean>> = {
  '.csv': (content) => content === undefined,
  '.tsv': (content) => content === undefined,
  '.json': (content) => content === undefined,
  '.txt': (content) => content === undefined,
  '.md': (content) => content === undefined || content === 'html',
  '.log': (content) => content === undefined,
  '.png': (content) => content === 'png',
  '.jpg': (content) => content === 'jpeg',
  '.jpeg': (content) => content === 'jpeg',
  '.svg': (content) => content === 'svg',
  '.svgz': (content) => typeof content === 'object' && content.other === 'packed with gzip',
  '.html': (content) => content === 'html' || content === undefined,
  '.htm': (content) => content === 'html' || content === undefined,
};

/** What the content is instead of what the name says; undefined when they agree. */
export function disagreement(suffix: Suffix, content: Content): string | undefined {
  if (WANTED[suffix](content)) return undefined;
  if (content === undefined) return 'text';
  if (typeof content === 'object') return content.other;
  return { png: 'a PNG picture', jpeg: 'a JPEG picture', svg: 'an SVG drawing', html: 'an HTML page' }[
    content
  ];
}
