/** One question to a registry: headers and a stream, with limits on silence and on what is read into memory. */
import { request as plain, type IncomingMessage } from 'node:http';
import { request as secure } from 'node:https';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { mayAddress } from '../../../src/lib/origin.ts';
import { isRefusal } from '../../../src/lib/refusal.ts';

export interface Question {
  method: string;
  url: URL;
  headers?: Record<string, string>;
  body?: Buffer | (() => Readable);
  signal: AbortSignal;
}

const SILENCE_MS = 60_000;
const MOST_TEXT = 4 * 1024 * 1024;

/** Rejects when nobody answers. Only https, or this machine. */
export async function asked({ method, url, headers, body, signal }: Question): Promise<IncomingMessage> {
  const no = mayAddress(url);
  if (isRefusal(no)) throw new Error(no.says);
  const request = url.protocol === 'https:' ? secure : plain;
  return new Promise((resolve, reject) => {
    const asking = request(
      url,
      { method, headers: { 'user-agent': 'sallyport', ...headers }, signal },
      resolve,
    );
    asking.on('error', reject);
    asking.setTimeout(SILENCE_MS, () => asking.destroy(new Error('no answer in time')));
    if (typeof body === 'function') pipeline(body(), asking).catch(reject);
    else asking.end(body);
  });
}

export async function textOf(answer: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer) {
    bytes += (piece as Buffer).length;
    if (bytes > MOST_TEXT) throw new Error('the answer is too long');
    pieces.push(piece as Buffer);
  }
  return Buffer.concat(pieces);
}

export function header(answer: IncomingMessage, name: string): string | undefined {
  const value = answer.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
