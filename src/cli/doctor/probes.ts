/** How a host is looked at: addresses, names, files, programs. Nothing here throws; what failed is what was seen. */
import { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { readFileSync, statfsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { Agent, request } from 'undici';
import { limitedText } from '../../lib/limited-text.ts';
import { said } from '../machine.ts';
import type { Folder, Reached, SecretFile, Tls } from './host.ts';

/** A certificate to show, and its key: PEM files. */
export interface ClientFiles {
  cert_file: string;
  key_file: string;
}

export interface Asked {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  /** Authorities to trust, PEM file. */
  caFile?: string | undefined;
  /** The file above holds the server's own certificate: it is believed, whoever signed it. */
  own?: boolean;
  client?: ClientFiles | undefined;
  ms?: number;
}

const PATIENCE_MS = 5_000;
const MOST = 256 * 1024;

/** Redirects are not followed: another host is another answer. */
export async function reach(
  url: string,
  { method = 'GET', headers = {}, body, caFile, own = false, client, ms = PATIENCE_MS }: Asked = {},
): Promise<Reached> {
  const at = url.replace(/\?.*$/, '');
  const files = tlsFiles(caFile, client);
  if ('error' in files) return { at, error: files.error };
  const dispatcher = new Agent({
    connect: { timeout: ms, ...files, ...(own ? { allowPartialTrustChain: true } : {}) },
  });
  try {
    const answer = await request(url, {
      ...{ method, dispatcher, headers: { 'user-agent': 'sallyport-doctor', ...headers } },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(ms),
    });
    const date = Date.parse(String(answer.headers['date'] ?? ''));
    const text = await limitedText(answer.body as AsyncIterable<Uint8Array>, MOST).catch(() => '');
    return { at, status: answer.statusCode, text, ...(Number.isNaN(date) ? {} : { date }) };
  } catch (error) {
    return { at, error: reasonOf(error) };
  } finally {
    await dispatcher.destroy().catch(() => undefined);
  }
}

function tlsFiles(caFile: string | undefined, client: ClientFiles | undefined) {
  try {
    return {
      ...(caFile ? { ca: readFileSync(caFile) } : {}),
      ...(client ? { cert: readFileSync(client.cert_file), key: readFileSync(client.key_file) } : {}),
    };
  } catch (error) {
    const { code = '', path: place = '' } = error as NodeJS.ErrnoException;
    return { error: `${place} cannot be read (${code})` };
  }
}

/** A connection is enough to be an answer. */
export function knock(host: string, port: number, ms = 3_000): Promise<Reached> {
  const at = `${host}:${port}`;
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (reached: Reached): void => {
      socket.destroy();
      resolve(reached);
    };
    socket.setTimeout(ms, () => end({ at, error: 'silence' }));
    socket.once('connect', () => end({ at, status: 0 }));
    socket.once('error', (error) => end({ at, error: reasonOf(error) }));
  });
}

export async function isFound(name: string): Promise<boolean> {
  const silence = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), PATIENCE_MS).unref());
  const found = lookup(name).then(
    () => true,
    () => false,
  );
  return Promise.race([found, silence]);
}

export function reasonOf(error: unknown): string {
  const cause = (error as { cause?: unknown }).cause ?? error;
  const code = (cause as NodeJS.ErrnoException).code;
  const message = cause instanceof Error ? cause.message : String(cause);
  return REASONS[code ?? ''] ?? (message || code || 'no connection');
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such name',
  EAI_AGAIN: 'the name is not found',
  ETIMEDOUT: 'silence',
  UND_ERR_CONNECT_TIMEOUT: 'silence',
  EHOSTUNREACH: 'there is no way there',
  ENETUNREACH: 'there is no way there',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not of a trusted authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not of a trusted authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not of a trusted authority',
  CERT_HAS_EXPIRED: 'its certificate is over',
  CERT_SIGNATURE_FAILURE: 'its certificate is not of a trusted authority',
  UND_ERR_SOCKET: 'it closes the connection',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it asks for a certificate',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not take this certificate',
};

/** Names of users, by number; asked once each. */
const names = new Map<number, Promise<string>>();
const nameOf = (uid: number): Promise<string> => {
  const known = names.get(uid) ?? said('id', ['-un', String(uid)]).then((name) => name || String(uid));
  names.set(uid, known);
  return known;
};

export async function fileAt(path: string): Promise<SecretFile> {
  try {
    const { mode, uid } = statSync(path);
    return { path, exists: true, mode: mode & 0o7777, owner: await nameOf(uid) };
  } catch {
    return { path, exists: false, mode: 0, owner: '' };
  }
}

export async function folderAt(path: string): Promise<Folder> {
  const nothing = { freeBytes: 0, totalBytes: 0, freeInodes: 0, totalInodes: 0, device: 0 };
  try {
    const { mode, uid, dev } = statSync(path);
    const { bavail, blocks, bsize, ffree, files } = statfsSync(path);
    const room = {
      freeBytes: bavail * bsize,
      totalBytes: blocks * bsize,
      freeInodes: ffree,
      totalInodes: files,
    };
    return { ...{ path, exists: true, mode: mode & 0o7777, owner: await nameOf(uid), device: dev }, ...room };
  } catch {
    return { ...{ path, exists: false, mode: 0, owner: '' }, ...nothing };
  }
}

export function certificateAt(path: string): Tls {
  try {
    const read = new X509Certificate(readFileSync(path));
    return { path, until: Date.parse(read.validTo), names: [read.subject, read.subjectAltName ?? ''] };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code;
    return {
      path,
      names: [],
      error: missing ? `it cannot be read (${missing})` : 'it is no certificate in PEM form',
    };
  }
}
