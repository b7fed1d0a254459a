/** The engine's log stream as text: at most so many bytes, the end of it, and a line that says what was dropped. */
import { logDropped } from './words.ts';

const HEADER = 8;

/** Takes the engine's frames (one byte of stream, three of nothing, four of length, then the bytes) apart. */
export async function* frames(stream: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  let need = HEADER;
  let inBody = false;
  for await (const chunk of stream) {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < need) continue;
    let all = Buffer.concat(held);
    while (all.length >= need) {
      const part = all.subarray(0, need);
      all = all.subarray(need);
      if (inBody) yield part;
      need = inBody ? HEADER : part.readUInt32BE(4);
      inBody = !inBody;
    }
    held = all.length > 0 ? [all] : [];
    heldBytes = all.length;
  }
}

/** The last `limit` bytes, cut at a line, with a first line that says so when anything was cut. */
export async function lastBytes(parts: AsyncIterable<Buffer>, limit: number): Promise<string> {
  const kept: Buffer[] = [];
  let from = 0;
  let bytes = 0;
  let dropped = false;
  for await (const part of parts) {
    kept.push(part);
    bytes += part.length;
    for (let first = kept[from]; first && bytes - first.length >= limit; first = kept[from]) {
      bytes -= first.length;
      kept[from++] = Buffer.alloc(0);
      dropped = true;
    }
  }
  let text = Buffer.concat(kept.slice(from));
  if (text.length > limit) {
    text = text.subarray(text.length - limit);
    dropped = true;
  }
  if (!dropped) return text.toString('utf8');
  const lineEnd = text.indexOf(0x0a);
  return `${logDropped(limit)}\n${text.subarray(lineEnd + 1).toString('utf8')}`;
}
