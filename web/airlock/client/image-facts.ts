/** What stands in a PNG or JPEG beside the picture. Reads no further than the bytes there are. */

export interface ImageFacts {
  kind: 'PNG' | 'JPEG' | 'unknown';
  width?: number;
  height?: number;
  /** Parts that are no pixels: name, bytes, and their text where they have one. */
  extras: { name: string; size: number; text?: string }[];
  /** Bytes after the end of the picture. */
  trailing: number;
}

const MOST = 200;
const LONGEST = 2000;
const PIXELS = new Set([
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
]);

export function imageFacts(bytes: Uint8Array): ImageFacts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length > 8 && view.getUint32(0) === 0x89504e47) return pngFacts(bytes, view);
  if (bytes.length > 3 && view.getUint16(0) === 0xffd8) return jpegFacts(bytes, view);
  return { kind: 'unknown', extras: [], trailing: 0 };
}

function pngFacts(bytes: Uint8Array, view: DataView): ImageFacts {
  const facts: ImageFacts = { kind: 'PNG', extras: [], trailing: 0 };
  for (let at = 8; at + 12 <= bytes.length; ) {
    const size = view.getUint32(at);
    const name = latin(bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, at + 8 + size);
    if (name === 'IHDR' && body.length >= 8) {
      facts.width = view.getUint32(at + 8);
      facts.height = view.getUint32(at + 12);
    }
    if (!PIXELS.has(name) && facts.extras.length < MOST)
      facts.extras.push({ name, size, text: /^(tEXt|iTXt)$/.test(name) ? readable(body) : undefined });
    at += size + 12;
    if (name === 'IEND') {
      facts.trailing = Math.max(0, bytes.length - at);
      break;
    }
  }
  return facts;
}

function jpegFacts(bytes: Uint8Array, view: DataView): ImageFacts {
  const facts: ImageFacts = { kind: 'JPEG', extras: [], trailing: 0 };
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1]!;
    // Fill bytes, and markers that stand alone.
    if (marker === 0xff || (marker >= 0xd0 && marker <= 0xd8)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    const size = view.getUint16(at + 2);
    const body = bytes.subarray(at + 4, at + 2 + size);
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame && body.length >= 5) {
      facts.height = view.getUint16(at + 5);
      facts.width = view.getUint16(at + 7);
    }
    const isExtra = (marker >= 0xe1 && marker <= 0xef) || marker === 0xfe;
    if (isExtra && facts.extras.length < MOST)
      facts.extras.push({
        name: nameOf(marker, body),
        size,
        text: marker === 0xfe ? readable(body) : undefined,
      });
    if (marker === 0xda) {
      facts.trailing = trailingOf(bytes, at);
      break;
    }
    at += 2 + Math.max(2, size);
  }
  return facts;
}

function trailingOf(bytes: Uint8Array, from: number): number {
  let end = -1;
  for (let at = from; at + 1 < bytes.length; at += 1) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) {
      end = at + 2;
      break;
    }
  }
  return end < 0 ? 0 : bytes.length - end;
}

function nameOf(marker: number, body: Uint8Array): string {
  if (marker === 0xfe) return 'comment';
  const begin = latin(body.subarray(0, 30));
  const kind = begin.startsWith('Exif') ? ' Exif' : begin.includes('ns.adobe.com/xap') ? ' XMP' : '';
  return `APP${marker - 0xe0}${kind}`;
}

const latin = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

function readable(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, LONGEST)).replace(/\u0000+/g, ': ');
}
