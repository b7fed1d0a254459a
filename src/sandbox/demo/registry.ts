/**
 * An image registry on loopback, so that an image made on this machine gets a real digest.
 *
 * Real backends run images by digest, and an engine knows a digest only of what came from or went to a
 * registry. Docker speaks plain http to loopback addresses. Distribution specification 1.1, of which
 * push, pull and nothing else: monolithic or one chunked upload, no deletion, no lists.
 */
import { createHash, randomUUID, type Hash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { sha256 } from '../../lib/hash.ts';

const NAME = '[a-z0-9]+(?:[._/-][a-z0-9]+)*';
const DIGEST = 'sha256:[0-9a-f]{64}';
const ROUTES = {
  start: new RegExp(`^/v2/(${NAME})/blobs/uploads/$`),
  upload: new RegExp(`^/v2/(${NAME})/blobs/uploads/([0-9a-f-]{36})$`),
  blob: new RegExp(`^/v2/(${NAME})/blobs/(${DIGEST})$`),
  manifest: new RegExp(`^/v2/(${NAME})/manifests/(${DIGEST}|[A-Za-z0-9_][A-Za-z0-9._-]{0,127})$`),
};
const MANIFEST_LIMIT = 4 * 1024 * 1024;

interface Upload {
  file: string;
  hash: Hash;
  size: number;
}

interface Shelf {
  folder: string;
  uploads: Map<string, Upload>;
  /** `name:tag` or `name@digest` → digest and media type. */
  manifests: Map<string, { digest: string; type: string }>;
}

export interface Registry {
  /** `127.0.0.1:<port>`: the first part of an image's name. */
  host: string;
  close(): Promise<void>;
}

export async function startRegistry(folder: string): Promise<Registry> {
  mkdirSync(folder, { recursive: true });
  const shelf: Shelf = { folder, uploads: new Map(), manifests: new Map() };
  const server = createServer((request, response) => {
    answer(shelf, request, response).catch(() => response.headersSent || response.writeHead(500).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    host: `127.0.0.1:${(server.address() as { port: number }).port}`,
    close: () => closed(server),
  };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

async function answer(shelf: Shelf, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://registry');
  const method = request.method ?? 'GET';
  response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
  const reads = method === 'GET' || method === 'HEAD';
  if (reads && url.pathname === '/v2/') return void response.writeHead(200).end();

  const start = ROUTES.start.exec(url.pathname);
  if (start && method === 'POST') return startUpload(shelf, start[1] ?? '', response);
  const upload = ROUTES.upload.exec(url.pathname);
  if (upload && (method === 'PATCH' || method === 'PUT')) {
    return takeUpload(shelf, upload, url.searchParams.get('digest'), request, response);
  }
  const blob = ROUTES.blob.exec(url.pathname);
  if (blob && reads) return giveBlob(shelf, blob[2] ?? '', method, response);
  const manifest = ROUTES.manifest.exec(url.pathname);
  if (manifest && method === 'PUT') return takeManifest(shelf, manifest, request, response);
  if (manifest && reads) return giveManifest(shelf, manifest, method, response);
  no(response, 404, 'UNSUPPORTED');
}

function startUpload(shelf: Shelf, name: string, response: ServerResponse): void {
  const id = randomUUID();
  const file = path.join(shelf.folder, `upload-${id}`);
  writeFileSync(file, '');
  shelf.uploads.set(id, { file, hash: createHash('sha256'), size: 0 });
  accepted(response, name, id, 0);
}

async function takeUpload(
  shelf: Shelf,
  [, name = '', id = '']: RegExpExecArray,
  digest: string | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const upload = shelf.uploads.get(id);
  if (!upload) return no(response, 404, 'BLOB_UPLOAD_UNKNOWN');
  await pipeline(
    request,
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        upload.hash.update(chunk);
        upload.size += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(upload.file, { flags: 'a' }),
  );
  if (request.method === 'PATCH') return accepted(response, name, id, upload.size);

  shelf.uploads.delete(id);
  const found = `sha256:${upload.hash.digest('hex')}`;
  if (digest !== found) {
    rmSync(upload.file);
    return no(response, 400, 'DIGEST_INVALID');
  }
  renameSync(upload.file, blobFile(shelf, found));
  created(response, `/v2/${name}/blobs/${found}`, found);
}

function giveBlob(shelf: Shelf, digest: string, method: string, response: ServerResponse): void {
  const file = blobFile(shelf, digest);
  if (!existsSync(file)) return no(response, 404, 'BLOB_UNKNOWN');
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Length': statSync(file).size,
    'Docker-Content-Digest': digest,
  });
  if (method === 'HEAD') return void response.end();
  createReadStream(file).pipe(response);
}

async function takeManifest(
  shelf: Shelf,
  [, name = '', reference = '']: RegExpExecArray,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    if ((size += chunk.length) > MANIFEST_LIMIT) return no(response, 413, 'SIZE_INVALID');
  }
  const bytes = Buffer.concat(chunks);
  const digest = `sha256:${sha256(bytes)}`;
  if (reference.includes(':') && reference !== digest) return no(response, 400, 'DIGEST_INVALID');
  writeFileSync(blobFile(shelf, digest), bytes);
  const entry = { digest, type: request.headers['content-type'] ?? 'application/octet-stream' };
  shelf.manifests.set(`${name}@${digest}`, entry);
  if (!reference.includes(':')) shelf.manifests.set(`${name}:${reference}`, entry);
  created(response, `/v2/${name}/manifests/${digest}`, digest);
}

function giveManifest(
  shelf: Shelf,
  [, name = '', reference = '']: RegExpExecArray,
  method: string,
  response: ServerResponse,
): void {
  const found = shelf.manifests.get(
    reference.includes(':') ? `${name}@${reference}` : `${name}:${reference}`,
  );
  if (!found) return no(response, 404, 'MANIFEST_UNKNOWN');
  const bytes = readFileSync(blobFile(shelf, found.digest));
  response.writeHead(200, {
    'Content-Type': found.type,
    'Content-Length': bytes.length,
    'Docker-Content-Digest': found.digest,
  });
  response.end(method === 'HEAD' ? undefined : bytes);
}

const blobFile = (shelf: Shelf, digest: string): string => path.join(shelf.folder, digest.replace(':', '-'));

function accepted(response: ServerResponse, name: string, id: string, size: number): void {
  response
    .writeHead(202, {
      Location: `/v2/${name}/blobs/uploads/${id}`,
      'Docker-Upload-UUID': id,
      Range: `0-${Math.max(0, size - 1)}`,
      'Content-Length': 0,
    })
    .end();
}

function created(response: ServerResponse, location: string, digest: string): void {
  response.writeHead(201, { Location: location, 'Docker-Content-Digest': digest, 'Content-Length': 0 }).end();
}

function no(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] }));
}
