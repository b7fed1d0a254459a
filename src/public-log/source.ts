/** Where a log is read from: an address, or a folder with the same paths. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { MAX_ENTRY_BYTES, TILE_WIDTH, type LogSource } from '../ledger/ledger.ts';
import { refusal, Refused } from '../lib/refusal.ts';

/** A full bundle of the longest entries. */
const MAX_BYTES = TILE_WIDTH * (2 + MAX_ENTRY_BYTES);
const TIMEOUT_MS = 30_000;
const TRIES = 3;

export function sourceAt(place: string): LogSource {
  return /^https?:\/\//.test(place) ? addressSource(place) : folderSource(place);
}

/** A log that is asked for at one address: whoever answers there may not send us elsewhere. */
export const fixedSource = (url: string): LogSource => addressSource(url, 'error');

export function folderSource(dir: string): LogSource {
  return async (name) => {
    try {
      return await readFile(path.join(dir, ...name.split('/')));
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
  };
}

function addressSource(url: string, redirect: 'follow' | 'error' = 'follow'): LogSource {
  const base = url.replace(/\/+$/, '');
  return async (name) => {
    for (let tried = 1; ; tried += 1) {
      try {
        return await fetched(`${base}/${name}`, redirect);
      } catch (error) {
        if (error instanceof Refused) throw error;
        if (tried === TRIES) throw unreachable(`${base}/${name}`, error);
      }
    }
  };
}

async function fetched(url: string, redirect: 'follow' | 'error'): Promise<Uint8Array | undefined> {
  const answer = await fetch(url, {
    redirect,
    headers: { 'accept-encoding': 'gzip, identity' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (answer.status === 404 || answer.status === 410) {
    await answer.body?.cancel();
    return undefined;
  }
  if (!answer.ok || !answer.body) throw new Error(`${answer.status} ${answer.statusText}`);
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of answer.body as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > MAX_BYTES) throw new Refused(tooLong(url));
    parts.push(part);
  }
  return Buffer.concat(parts);
}

const tooLong = (url: string) =>
  refusal('ledger.too-long', `${url} is longer than any file of a log.`, 'Is this the address of a log?');

function unreachable(url: string, error: unknown): Refused {
  const cause = error instanceof Error ? ((error.cause as Error | undefined) ?? error) : undefined;
  return new Refused(
    refusal(
      'ledger.unreachable',
      `${url} cannot be fetched${cause?.message ? `: ${cause.message}` : ''}.`,
      'Try again later; nothing was checked.',
    ),
    { cause: error },
  );
}
