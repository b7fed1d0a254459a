/**
 * The engine that looks for malware, as the checks ask it. The deployment runs it; its answer is the only
 * thing taken from it, and an answer that does not come is never taken for a good one.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { seconds } from '../../../src/lib/clock.ts';
import { ask, type ClamdPlace } from './clamd.ts';

export type ScanAnswer =
  | { result: 'clean' }
  /** What the engine calls it, in printable characters only. */
  | { result: 'found'; name: string }
  /** Nobody there, too slow, broken off, the bytes are not those asked about, too large, or an error it told. */
  | { result: 'unconfirmed'; why: 'away' | 'timeout' | 'broken' | 'bytes' | 'size' | 'error' };

/** Life: any number of questions, several at once. Never rejects; each ends within its time. */
export interface Scanner {
  /** The engine and its signatures, as it calls them; undefined when it does not answer. */
  version(): Promise<string | undefined>;
  /** `place`: the immutable copy of these bytes. */
  scan(file: { place: string; sha256: string; size: number }): Promise<ScanAnswer>;
}

/** No file of a request is larger. */
const MAX_BYTES = 16 * 1024 * 1024;
const VERSION_TIMEOUT = seconds(5);

export function clamdScanner(
  place: ClamdPlace,
  { timeoutMs, maxBytes = MAX_BYTES }: { timeoutMs: number; maxBytes?: number },
): Scanner {
  return {
    async version() {
      const answer = await ask(place, {
        command: 'VERSION',
        timeoutMs: Math.min(VERSION_TIMEOUT, timeoutMs),
      });
      return 'said' in answer && /^ClamAV \S/.test(answer.said) ? printable(answer.said) : undefined;
    },
    async scan({ place: file, sha256, size }) {
      if (size > maxBytes) return { result: 'unconfirmed', why: 'size' };
      const seen = createHash('sha256');
      const answer = await ask(place, { command: 'INSTREAM', body: bytesOf(file, seen), timeoutMs });
      if (!('said' in answer)) return { result: 'unconfirmed', why: answer.trouble };
      if (seen.digest('hex') !== sha256) return { result: 'unconfirmed', why: 'bytes' };
      return understood(answer.said);
    },
  };
}

async function* bytesOf(file: string, seen: ReturnType<typeof createHash>): AsyncGenerator<Buffer> {
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    seen.update(chunk);
    yield chunk;
  }
}

/** The one sentence that confirms is compared whole; anything else does not. */
function understood(said: string): ScanAnswer {
  if (said === 'stream: OK') return { result: 'clean' };
  const found = /^stream: (.*) FOUND$/s.exec(said);
  if (found) return { result: 'found', name: printable(found[1]!) };
  if (/size limit exceeded/i.test(said)) return { result: 'unconfirmed', why: 'size' };
  return { result: 'unconfirmed', why: said.endsWith('ERROR') ? 'error' : 'broken' };
}

/** A name may come from whoever wrote the file: no escape reaches a terminal or a page. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200);
}
