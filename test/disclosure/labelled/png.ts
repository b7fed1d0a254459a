/** A small, true PNG of bars, without anything beside the pixels. */
import { crc32 } from './crc.ts';
import { deflateSync } from 'node:zlib';

const SIDE = 64;

export function pngOf(bars: readonly number[], extra: Buffer[] = []): Buffer {
  const top = Math.max(1, ...bars);
  const lines: number[] = [];
  for (let y = 0; y < SIDE; y += 1) {
    lines.push(0);
    for (let x = 0; x < SIDE; x += 1) {
      const bar = bars[Math.floor((x * bars.length) / SIDE)]!;
      lines.push(SIDE - y <= (bar / top) * SIDE ? 80 : 255);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(SIDE, 0);
  head.writeUInt32BE(SIDE, 4);
  head[8] = 8;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head),
    ...extra,
    chunk('IDAT', deflateSync(Buffer.from(lines))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

export function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([size, body, sum]);
}
