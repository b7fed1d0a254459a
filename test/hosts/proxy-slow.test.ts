/** Who is slow at the proxy, on either side, is told or let go in time: by the settings, here with a second each. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { REPOSITORY } from '../support/governance.ts';
import { proxyWorld, STUDY, type ProxyWorld } from '../support/proxy.ts';

const REFS = `/${STUDY}/info/refs?service=git-upload-pack`;
const PACK = `/${STUDY}/git-upload-pack`;
let world: ProxyWorld;
afterEach(() => world.close());

const socket = (): Socket =>
  connect(Number(new URL(world.origin).port), '127.0.0.1').on('error', () => undefined);
/** All that comes until the other side closes. */
const heard = async (at: Socket): Promise<string> => {
  let text = '';
  at.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(at, 'close');
  return text;
};

describe('who is slow', () => {
  test('with the head of a request, or with its body, is told and let go', async () => {
    world = await proxyWorld({ limits: { request_seconds: 1 } });
    const host = new URL(world.origin).host;
    const head = socket();
    head.write(`GET ${REFS} HTTP/1.1\r\nHost: ${host}\r\n`);
    const body = socket();
    body.write(
      `POST ${PACK} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${await world.token()}\r\n` +
        'Git-Protocol: version=2\r\nContent-Type: application/x-git-upload-pack-request\r\nContent-Length: 100\r\n\r\n0014',
    );

    for (const text of await Promise.all([heard(head), heard(body)])) {
      expect(text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
      expect(text).toContain('This proxy exists so that the secure zone can fetch code');
    }
    expect(world.upstream.seen.filter(({ url }) => url.includes('study') && !url.startsWith('/api'))).toEqual(
      [],
    );
    // Its place among the open requests is free again.
    expect(await world.logged({ rule: 'git-pack' })).toMatchObject({ code: 'proxy.git-request', status: 0 });
  });

  test('in reading the answer is let go, and GitHub is not kept waiting either', async () => {
    world = await proxyWorld({ limits: { headers_seconds: 1, idle_seconds: 1 } });
    let closed: Promise<unknown> | undefined;
    world.onRequest = (request, response) => {
      if (request.url?.startsWith('/api')) return false;
      closed = once(response, 'close');
      response.writeHead(200, { 'content-type': 'x/y' });
      const more = (): void => {
        while (response.write(Buffer.alloc(1 << 16)));
        response.once('drain', more);
      };
      more();
      return true;
    };
    const reader = socket();
    reader.write(
      `GET ${REFS} HTTP/1.1\r\nHost: ${new URL(world.origin).host}\r\nAuthorization: Bearer ${await world.token()}\r\n\r\n`,
    );
    await once(reader, 'readable');

    expect(await world.logged({ broken: true, repository: REPOSITORY })).toBeDefined();
    await closed;
    reader.destroy();
  });

  test('at GitHub’s side, in the middle of an answer, ends it', async () => {
    world = await proxyWorld({ limits: { idle_seconds: 1 } });
    world.onRequest = (request, response) => {
      if (request.url?.startsWith('/api')) return false;
      response.writeHead(200, { 'content-type': 'x/y' }).write('some');
      return true;
    };
    const answer = socket();
    answer.write(
      `GET ${REFS} HTTP/1.1\r\nHost: ${new URL(world.origin).host}\r\nAuthorization: Bearer ${await world.token()}\r\n\r\n`,
    );
    const text = await heard(answer);

    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).not.toMatch(/\r\n0\r\n\r\n$/);
  });
});
