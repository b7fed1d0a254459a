/** Reads a zip by its central directory, as APPNOTE.TXT describes it; shares nothing with what writes ours. */
import { crc32, inflateRawSync } from 'node:zlib';

export function unzip(zip: Buffer): Map<string, Buffer> {
  const end = zip.lastIndexOf(Buffer.from('504b0506', 'hex'));
  if (end < 0) throw new Error('not a zip');
  const entries = new Map<string, Buffer>();
  let at = zip.readUInt32LE(end + 16);
  for (let n = zip.readUInt16LE(end + 10); n > 0; n -= 1) {
    if (zip.readUInt32LE(at) !== 0x02014b50) throw new Error('no directory entry');
    const method = zip.readUInt16LE(at + 10);
    const [sum, packed, size] = [
      zip.readUInt32LE(at + 16),
      zip.readUInt32LE(at + 20),
      zip.readUInt32LE(at + 24),
    ];
    const [nameLength, extra, comment] = [
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
      zip.readUInt16LE(at + 32),
    ];
    const local = zip.readUInt32LE(at + 42);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(start, start + packed);
    const content = method === 0 ? Buffer.from(bytes) : inflateRawSync(bytes);
    const right = typeof crc32 !== 'function' || crc32(content) === sum;
    if (content.length !== size || !right || entries.has(name)) throw new Error(`${name} is broken`);
    entries.set(name, content);
    at += 46 + nameLength + extra + comment;
  }
  return entries;
}
