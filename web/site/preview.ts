/** What of a released file can be shown inside a page: text as text, pictures as pictures, nothing else. */
export type Preview =
  | { kind: 'text'; text: string; whole: boolean }
  | { kind: 'picture'; address: string }
  | { kind: 'none' };

const TEXT = new Set(['csv', 'tsv', 'txt', 'json', 'log', 'md']);
/** Drawn by `<img>`: there an SVG runs no script and loads nothing. */
const PICTURES: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  svg: 'image/svg+xml',
};
const MOST_TEXT = 200_000;
const MOST_PICTURE = 3_000_000;

export function previewOf({ path, bytes }: { path: string; bytes: Buffer }): Preview {
  const type = path.split('.').at(-1)?.toLowerCase() ?? '';
  const picture = Object.hasOwn(PICTURES, type) ? PICTURES[type] : undefined;
  if (picture && bytes.length <= MOST_PICTURE)
    return { kind: 'picture', address: `data:${picture};base64,${bytes.toString('base64')}` };
  if (!TEXT.has(type)) return { kind: 'none' };
  const text = new TextDecoder('utf-8').decode(bytes.subarray(0, MOST_TEXT));
  return { kind: 'text', text: text.replaceAll('\u0000', '\ufffd'), whole: bytes.length <= MOST_TEXT };
}
