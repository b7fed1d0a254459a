/** An archive of packages over TLS in this process: honest with what it is given, and hostile on request. */
import { createHash } from 'node:crypto';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificate.ts';

export interface ArchiveAsked {
  method: string | undefined;
  url: string;
  headers: IncomingMessage['headers'];
}

export interface FakeArchive {
  /** `127.0.0.1:41234`. */
  host: string;
  /** By the path in the request line, as it was sent. */
  files: Map<string, Buffer>;
  seen: ArchiveAsked[];
  /** Answers in place of it: true when it did. */
  instead?: (request: IncomingMessage, response: ServerResponse) => boolean;
  close(): Promise<void>;
}

export const CHANGED = 'Thu, 01 Jan 2026 00:00:00 GMT';

export async function fakeArchive(certificate: Certificate): Promise<FakeArchive> {
  const server = createServer(certificate, (request, response) => answer(archive, request, response));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const archive: FakeArchive = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    files: new Map(),
    seen: [],
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  return archive;
}

function answer(archive: FakeArchive, request: IncomingMessage, response: ServerResponse): void {
  const { method, url = '', headers } = request;
  archive.seen.push({ method, url, headers });
  response.on('error', () => undefined);
  if (archive.instead?.(request, response)) return;
  const bytes = archive.files.get(url);
  if (!bytes) return void response.writeHead(404).end('nothing here');
  const same = headers['if-modified-since'] === CHANGED;
  if (same) return void response.writeHead(304, { 'last-modified': CHANGED }).end();
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  const part = bytes.subarray(from);
  const fresh = { 'last-modified': CHANGED, 'accept-ranges': 'bytes', 'content-length': part.length };
  if (from === 0) response.writeHead(200, fresh);
  else
    response.writeHead(206, {
      ...fresh,
      'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}`,
    });
  response.end(method === 'HEAD' ? undefined : part);
}

export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
