/** What was planted in a zone, and whether it stands anywhere in what came out of it. */
import { createServer, connect, type AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { sha256 } from '../../src/lib/hash.ts';

export interface Secret {
  what: string;
  text: string;
}

/** A file's name, size, hash and every line of it. */
export function secretsOf(path: string, content: string): Secret[] {
  const hash = sha256(content);
  return [
    { what: `name of ${path}`, text: path.split('/').at(-1) ?? path },
    { what: `size of ${path}`, text: String(Buffer.byteLength(content)) },
    { what: `hash of ${path}`, text: hash },
    { what: `hash of ${path}`, text: Buffer.from(hash, 'hex').toString('base64').slice(0, 40) },
    { what: `hash of ${path}`, text: Buffer.from(hash, 'hex').toString('base64url').slice(0, 40) },
    ...content
      .split('\n')
      .filter((line) => line.length >= 8)
      .map((line) => ({ what: `a line of ${path}`, text: line })),
  ];
}

/** Which of them stand in these bytes: plain, in base64 of either kind (tokens too), or zipped. */
export function leaksIn(bytes: Buffer, secrets: readonly Secret[]): string[] {
  const texts = readings(bytes);
  return secrets.filter(({ text }) => texts.some((each) => holds(each, text))).map(({ what }) => what);
}

/**
 * A number is found only where it is one: as a word of readable text. In times, tokens and keys, and in the
 * length of a message itself, any digits stand somewhere.
 */
function holds(text: string, secret: string): boolean {
  if (!/^\d+$/.test(secret)) return text.includes(secret);
  const said = text.replace(/content-length: ?\d+/gi, '');
  return (
    isReadable(said) &&
    new RegExp(`(?<![\\w+/=.:-])${secret}(?![\\w+/=.:-])|"\\w+":${secret}(?!\\d)`).test(said)
  );
}

function isReadable(text: string): boolean {
  const strange = text.match(/[^\t\n\r\x20-\x7e]/g)?.length ?? 0;
  return strange * 20 <= text.length;
}

function readings(bytes: Buffer): string[] {
  const plain = bytes.toString('latin1');
  const coded = [...plain.matchAll(/[A-Za-z0-9+/_-]{24,}={0,2}/g)].map(([text]) =>
    Buffer.from(text, 'base64').toString('latin1'),
  );
  return [plain, bytes.toString('utf8'), ...coded, ...unzipped(bytes)];
}

function unzipped(bytes: Buffer): string[] {
  const at = bytes.indexOf(Buffer.from([0x1f, 0x8b, 0x08]));
  if (at < 0) return [];
  try {
    return [gunzipSync(bytes.subarray(at)).toString('latin1')];
  } catch {
    return [];
  }
}

export interface Tap {
  port: number;
  /** All that was sent through, one buffer per connection. */
  sent(): Buffer[];
  /** In how many pieces this stood. */
  times(text: string): number;
  close(): Promise<void>;
}

/** Passes bytes on to a port of this machine, and keeps what goes there. */
export async function tapTo(target: () => number): Promise<Tap> {
  const connections: Buffer[][] = [];
  const server = createServer((client) => {
    const kept: Buffer[] = [];
    connections.push(kept);
    const there = connect(target(), '127.0.0.1');
    client.on('data', (chunk: Buffer) => kept.push(chunk));
    client.pipe(there).pipe(client);
    client.on('error', () => there.destroy());
    there.on('error', () => client.destroy());
    client.on('close', () => there.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    sent: () => connections.map((kept) => Buffer.concat(kept)),
    times: (text) => connections.flat().filter((chunk) => chunk.includes(text)).length,
    close: () => new Promise((done) => server.close(() => done())),
  };
}
