/**
 * A registry, by the v2 API that all of them speak: what `images push` sends and `images verify` reads. The engine is not asked:
 * it would pack the layers anew, and the digest would be another.
 */
import { createReadStream, statSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { homedir } from 'node:os';
import type { Readable } from 'node:stream';
import { sha256 } from '../../../src/lib/hash.ts';
import type { Refusal } from '../../../src/lib/refusal.ts';
import { loginFor, type Login } from '../../laptop/login.ts';
import { asked, header, textOf, type Question } from './http.ts';
import { MANIFEST } from './oci.ts';
import { badPlace, notAnImage, registrySaid, registrySilent } from './words.ts';

export interface Repository {
  host: string;
  /** `our-images/python`. */
  name: string;
}

export interface Registry {
  /** As it is written: `host/name`. */
  where: string;
  has(digest: string): Promise<boolean | Refusal>;
  upload(digest: string, file: string | Buffer): Promise<Refusal | undefined>;
  putManifest(reference: string, bytes: Buffer): Promise<Refusal | undefined>;
  manifest(reference: string): Promise<{ bytes: Buffer; digest: string } | Refusal | undefined>;
  blob(digest: string): Promise<Readable | Refusal>;
}

const PLACE =
  /^((?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+(?::\d{1,5})?|\[[0-9a-f:]+\](?::\d{1,5})?)\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::|$)/;
const ACCEPT = [
  MANIFEST,
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');
const REDIRECTS = 3;

/** `registry.example/our-images/python`. A host has a dot, a port, or is this machine. */
export function repositoryAt(text: string): Repository | Refusal {
  const [, host, name] = text.length <= 512 ? (PLACE.exec(text) ?? []) : [];
  if (host === undefined || name === undefined || !/[.:]|^localhost$/.test(host)) return badPlace(text);
  return { host, name };
}

export function openRegistry(
  { host, name }: Repository,
  { signal, env = process.env }: { signal: AbortSignal; env?: NodeJS.ProcessEnv },
): Registry {
  const where = `${host}/${name}`;
  const root = new URL(`${LOOPBACK.test(host) ? 'http' : 'https'}://${host}/v2/${name}/`);
  let authorization: string | undefined;

  /** Signs in when asked to, once; what is sent is made anew for the second try. */
  async function call(
    method: string,
    url: URL,
    more: Pick<Question, 'headers' | 'body'> = {},
  ): Promise<IncomingMessage> {
    const headers = (): Record<string, string> => ({
      ...more.headers,
      // A place that uploads are sent to may be another host's: it gets no sign-in of this one.
      ...(authorization !== undefined && url.origin === root.origin ? { authorization } : {}),
    });
    const question = (): Question => ({ method, url, ...more, headers: headers(), signal });
    const answer = await asked(question());
    if (answer.statusCode !== 401 || url.origin !== root.origin) return answer;
    answer.resume();
    const fresh = await signIn(header(answer, 'www-authenticate') ?? '');
    if (fresh === undefined || fresh === authorization) return asked(question());
    authorization = fresh;
    return asked(question());
  }

  async function signIn(challenge: string): Promise<string | undefined> {
    const login = loginFor(host, { env, home: env['HOME'] || homedir() });
    const basic = login?.password === undefined ? undefined : basicOf(login);
    if (/^basic\b/i.test(challenge)) return basic;
    const part = (key: string): string | undefined =>
      new RegExp(`\\b${key}="([^"]*)"`, 'i').exec(challenge)?.[1];
    const realm = part('realm');
    if (!/^bearer\b/i.test(challenge) || realm === undefined) return undefined;
    const url = new URL(realm);
    const scope = `repository:${name}:pull,push`;
    const ask = { service: part('service') ?? '', scope };
    const exchange = login?.identitytoken;
    if (exchange === undefined)
      for (const [key, value] of Object.entries(ask)) url.searchParams.set(key, value);
    const answer = await asked({
      method: exchange === undefined ? 'GET' : 'POST',
      ...{ url, signal },
      headers: {
        ...(exchange === undefined && basic !== undefined ? { authorization: basic } : {}),
        ...(exchange === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(exchange === undefined
        ? {}
        : {
            body: Buffer.from(
              new URLSearchParams({
                ...{ ...ask, grant_type: 'refresh_token', refresh_token: exchange, client_id: 'sallyport' },
              }).toString(),
            ),
          }),
    });
    const said = JSON.parse((await textOf(answer)).toString() || '{}') as Record<string, unknown>;
    const token = said['token'] ?? said['access_token'];
    return typeof token === 'string' ? `Bearer ${token}` : undefined;
  }

  async function refused(answer: IncomingMessage, doing: string): Promise<Refusal> {
    const text = (await textOf(answer).catch(() => Buffer.alloc(0))).toString();
    return registrySaid(where, doing, `${answer.statusCode} ${reasonIn(text)}`.trim());
  }

  const answered = async <T>(work: () => Promise<T>): Promise<T | Refusal> => {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      const { code, message } = error as NodeJS.ErrnoException;
      return registrySilent(where, message || (code ?? 'no answer'));
    }
  };

  return {
    where,

    has: (digest) =>
      answered(async () => {
        const answer = await call('HEAD', new URL(`blobs/${digest}`, root));
        answer.resume();
        return answer.statusCode === 200;
      }),

    upload: (digest, file) =>
      answered(async () => {
        const begun = await call('POST', new URL('blobs/uploads/', root), {
          headers: { 'content-length': '0' },
        });
        const place = header(begun, 'location');
        if (begun.statusCode !== 202 || place === undefined) return refused(begun, 'an upload begin');
        begun.resume();
        const url = new URL(place, root);
        url.searchParams.set('digest', digest);
        const size = typeof file === 'string' ? statSync(file).size : file.length;
        const done = await call('PUT', url, {
          headers: { 'content-length': String(size), 'content-type': 'application/octet-stream' },
          body: typeof file === 'string' ? () => createReadStream(file) : file,
        });
        if (done.statusCode !== 201) return refused(done, 'a layer in');
        done.resume();
        return undefined;
      }),

    putManifest: (reference, bytes) =>
      answered(async () => {
        const answer = await call('PUT', new URL(`manifests/${reference}`, root), {
          headers: { 'content-type': MANIFEST, 'content-length': String(bytes.length) },
          body: bytes,
        });
        if (answer.statusCode !== 201) return refused(answer, `the manifest ${reference} in`);
        answer.resume();
        const said = header(answer, 'docker-content-digest');
        const digest = `sha256:${sha256(bytes)}`;
        return said === undefined || said === digest
          ? undefined
          : registrySaid(where, 'the manifest in unchanged', `it calls it ${said}`);
      }),

    manifest: (reference) =>
      answered(async () => {
        const answer = await call('GET', new URL(`manifests/${reference}`, root), {
          headers: { accept: ACCEPT },
        });
        if (answer.statusCode === 404) return void answer.resume();
        if (answer.statusCode !== 200) return refused(answer, `the manifest ${reference} be read`);
        const bytes = await textOf(answer);
        const digest = `sha256:${sha256(bytes)}`;
        if (reference.startsWith('sha256:') && reference !== digest)
          return notAnImage(`${where}@${reference}`, `the manifest it gives is ${digest}`);
        return { bytes, digest };
      }),

    blob: (digest) =>
      answered(async () => {
        let url = new URL(`blobs/${digest}`, root);
        for (let turn = 0; turn <= REDIRECTS; turn += 1) {
          const answer = await call('GET', url);
          const next = header(answer, 'location');
          if (answer.statusCode === 200) return answer;
          if (next === undefined || (answer.statusCode ?? 0) >= 400)
            return refused(answer, 'a layer be read');
          answer.resume();
          url = new URL(next, url);
        }
        return registrySaid(where, 'a layer be read', 'it sends in circles');
      }),
  };
}

const basicOf = ({ username = '', password = '' }: Login): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** The registry's own word for it, which the API keeps in a list. */
function reasonIn(text: string): string {
  try {
    const [first] = (JSON.parse(text) as { errors?: { code?: unknown; message?: unknown }[] }).errors ?? [];
    return [first?.code, first?.message]
      .filter((part) => typeof part === 'string')
      .join(': ')
      .slice(0, 200);
  } catch {
    return '';
  }
}
