/**
 * The proxy's own faults – a full disk, a disk that does not answer – are told as its own, and nobody's place is kept for
 * longer than `total_seconds`, whatever is waited for.
 */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { ServerResponse } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { Approved } from '../../src/proxy/proxy.ts';
import { within } from '../../src/proxy/awaited.ts';
import type { Entering } from '../../src/proxy/images/cache.ts';
import { carry } from '../../src/proxy/images/carry.ts';
import { Contents, digestOf } from '../../src/proxy/images/contents.ts';
import type { Listed } from '../../src/proxy/images/governed.ts';
import { toldAs } from '../../src/proxy/images/words.ts';
import { statusOf as statusOfPackages } from '../../src/proxy/packages/words.ts';
import { no } from '../../src/proxy/words.ts';
import { REPOSITORY } from '../support/governance.ts';
import { proxyWorld, STUDY, type ProxyWorld } from '../support/proxy.ts';
import { ask, REFS, study, world } from './proxy-world.ts';

const never = new Promise<never>(() => undefined);
afterEach(() => void jest.restoreAllMocks());

describe('a task that cannot be noted', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

  test('because the disk is full: the proxy says that it is its own fault, and GitHub is not asked', async () => {
    jest.spyOn(Approved.prototype, 'add').mockRejectedValue(full);
    const task = await world.task({ task: { commit: study } });
    const { status, text } = await ask({ path: REFS, headers: { 'sallyport-task': task } });

    expect([status, text]).toEqual([
      503,
      'This proxy has a fault of its own: what it asks of others has no part in it. Have its operator look at its log and whether its disk is full; then try again. (proxy.fault)\n',
    ]);
    expect(await world.logged({ status: 503 })).toMatchObject({
      code: 'proxy.fault',
      repository: REPOSITORY,
    });
    expect(world.log).toContainEqual(
      expect.objectContaining({ msg: 'the proxy has a fault', code: 'proxy.fault', level: 50 }),
    );
    expect(world.upstream.seen.filter(({ url }) => url.includes('git-upload'))).toEqual([]);
    jest.restoreAllMocks();
    expect((await ask({ path: REFS, headers: { 'sallyport-task': task } })).status).toBe(200);
  });
});

describe('after total_seconds', () => {
  let own: ProxyWorld | undefined;
  afterEach(() => own?.close());

  async function refusedThere(headers: Record<string, string> = {}): Promise<string> {
    const answer = await fetch(`${own!.origin}${REFS}`, {
      headers: { authorization: `Bearer ${await own!.token()}`, ...headers },
    });
    return `${answer.status} ${/\(([\w.-]+)\)\n$/.exec(await answer.text())?.[1]}`;
  }

  test('nobody waits for GitHub’s word on the repository, and the place is free', async () => {
    own = await proxyWorld({ limits: { requests_per_agent: 1, total_seconds: 1 } });
    own.upstream.repository(STUDY, { a: 'a' });
    own.onRequest = ({ url = '' }) => url.endsWith(`${STUDY}/installation`);

    expect(await refusedThere()).toBe('502 proxy.github-away');
    expect(await refusedThere()).toBe('502 proxy.github-away');
  });

  test('nobody waits for a disk that does not answer', async () => {
    own = await proxyWorld({ limits: { requests_per_agent: 1, total_seconds: 1 } });
    own.upstream.repository(STUDY, { a: 'a' });
    jest.spyOn(Approved.prototype, 'add').mockReturnValue(never);

    const headers = { 'sallyport-task': await own.task() };
    expect(await refusedThere(headers)).toBe('503 proxy.fault');
    const line = own.log.find(({ msg }) => msg === 'the proxy has a fault');
    expect(JSON.stringify(line)).toContain('was not written beneath state_dir within total_seconds');
    expect(await refusedThere()).not.toContain('proxy.busy');
  });
});

describe('images', () => {
  const bytes = Buffer.from('a layer');
  const part = { digest: digestOf(bytes), size: bytes.length };
  const taker = () => {
    const stop = new AbortController();
    const response = Object.assign(new PassThrough(), { headersSent: false, writeHead: () => undefined });
    return { stop, response: response as unknown as ServerResponse, headers: {}, signal: stop.signal };
  };

  test.each(['write', 'keep'] as const)(
    'a store whose disk hangs at %s keeps no pull for ever',
    async (hangs) => {
      const { stop, ...given } = taker();
      let asked: () => void = () => undefined;
      const begun = new Promise<void>((resolve) => (asked = resolve));
      const hanging = () => {
        asked();
        return never;
      };
      const fine: Entering = {
        write: async () => true,
        keep: async () => undefined,
        drop: async () => undefined,
      };
      const carried = carry(Readable.from([bytes]), part, {
        ...given,
        entering: { ...fine, [hangs]: hanging },
      });
      await begun;
      stop.abort();

      expect(await carried).toBeDefined();
    },
  );

  test('a long list of images is not searched on for whoever has gone', async () => {
    const child = (n: number) => ({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: digestOf(Buffer.from(`child ${n}`)),
      size: 10,
    });
    const list = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.index.v1+json',
        manifests: Array.from({ length: 50 }, (_, n) => child(n)),
      }),
    );
    const stop = new AbortController();
    const asked: string[] = [];
    const contents = new Contents(
      {
        open: async (_place, _kind, digest) => {
          asked.push(digest);
          if (digest !== digestOf(list)) stop.abort();
          const body = Readable.from([digest === digestOf(list) ? list : Buffer.from('other')]);
          return { body, length: undefined };
        },
      },
      undefined,
    );
    const listed = {
      pins: [digestOf(list)],
      repository: 'a',
      registry: 'r',
      redirectHosts: [],
    } as unknown as Listed;
    expect(await contents.blob(listed, part.digest, stop.signal)).toMatchObject({ refused: true });
    expect(asked).toHaveLength(2);
  });

  test('are told of a fault of the proxy in the form of their registry, packages with their status', () => {
    expect(toldAs(no.fault())).toEqual({ status: 503, code: 'UNAVAILABLE' });
    expect(statusOfPackages(no.fault())).toBe(503);
  });
});

test('what comes too late is put away', async () => {
  const stop = new AbortController();
  let come: (value: string) => void = () => undefined;
  const late = new Promise<string>((resolve) => {
    const work = new Promise<string>((done) => (come = done));
    void within(stop.signal, work, resolve).then((result) => {
      expect(result).toBeUndefined();
      come('a file');
    });
  });
  stop.abort();
  expect(await late).toBe('a file');
});
