/** The proxy when GitHub or governance is away, changed or not as it was said. */
import { describe, expect, test } from '@jest/globals';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { newKeyPair } from '../../src/lib/keys.ts';
import { governanceFiles, KEYS, REPOSITORY } from '../support/governance.ts';
import { GOVERNANCE, proxyWorld } from '../support/proxy.ts';
import { ask, REFS, refused, world } from './proxy-world.ts';

describe('when GitHub', () => {
  const answerGit = (status: number, headers: Record<string, string> = {}, body = 'secret page') => {
    world.onRequest = (request, response) => {
      if (request.url?.startsWith('/api')) return false;
      response.writeHead(status, headers).end(body);
      return true;
    };
  };

  test.each([
    [301, '502 proxy.redirect'],
    [302, '502 proxy.redirect'],
    [404, '404 proxy.repository-missing'],
    [429, '503 proxy.github-limit'],
    [500, '502 proxy.github-away'],
  ])('answers %d, the client sees neither address nor page', async (status, expected) => {
    answerGit(status, { location: 'https://evil.example/' });
    const { headers, text } = await ask({ path: REFS });

    expect(headers['location']).toBeUndefined();
    expect(text).not.toContain('secret page');
    expect(await refused({ path: REFS })).toBe(expected);
  });

  test('sets headers of its own, only the listed ones come back', async () => {
    answerGit(
      200,
      {
        'content-type': 'application/x-git-upload-pack-advertisement',
        'set-cookie': 'a=1',
        'x-github-request-id': '1',
        'x-request-id': 'given-by-github',
        server: 'x',
      },
      '0000',
    );
    const { headers, text } = await ask({ path: REFS });

    expect(text).toBe('0000');
    expect(Object.keys(headers).sort()).toEqual([
      'connection',
      'content-type',
      'date',
      'keep-alive',
      'transfer-encoding',
      'x-content-type-options',
      'x-request-id',
    ]);
    // The proxy's own, which its log has too.
    const line = await world.logged({ rule: 'git-refs', status: 200, request_id: headers['x-request-id'] });
    expect(line['request_id']).not.toBe('given-by-github');
  });

  test('sends more than the limit, the connection breaks instead of ending well', async () => {
    answerGit(200, { 'content-type': 'x/y' }, 'x'.repeat(4_000_000));
    await expect(ask({ path: REFS })).rejects.toThrow(/aborted/);
    expect(await world.logged({ broken: true })).toMatchObject({ repository: REPOSITORY });
  });

  test('is silent, or away, the client is told in time', async () => {
    const impatient = await proxyWorld({ limits: { headers_seconds: 1 } });
    const status = async () => {
      const headers = { authorization: `Bearer ${await impatient.token()}` };
      const sent = httpRequest(impatient.origin, { path: REFS, headers }).end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    };
    impatient.onRequest = (request) => !request.url?.startsWith('/api');
    expect(await status()).toBe(502);

    await impatient.upstream.close();
    expect(await status()).toBe(502);
    await impatient.close();
  });

  test('breaks off in the middle, so does the answer', async () => {
    world.onRequest = (request, response) => {
      if (request.url?.startsWith('/api')) return false;
      response.writeHead(200, { 'content-type': 'x/y', 'content-length': '100' });
      response.write('some');
      setImmediate(() => response.destroy());
      return true;
    };
    await expect(ask({ path: REFS })).rejects.toThrow(/aborted/);
  });
});

test('before any governance version is in force, nothing is served', async () => {
  const empty = await proxyWorld({}, { 'people.yml': 'broken' });
  const headers = { authorization: `Bearer ${await empty.token()}` };
  const sent = httpRequest(empty.origin, { path: REFS, headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();

  expect(response.statusCode).toBe(503);
  expect(empty.log.map(({ code }) => code)).toContain('governance.invalid');
  await empty.close();
});

test('a governance repository with another number than the operator wrote is not read', async () => {
  const other = await proxyWorld({ repository: 1 });
  expect(other.log.map(({ code }) => code)).toContain('proxy.repository-other');
  await other.close();
});

test('a new key works as soon as governance has it, without waiting for the clock', async () => {
  const fresh = await proxyWorld();
  const key = newKeyPair();
  const asked = async () => {
    const token = await fresh.token({ key, agent: 'attainment' });
    const sent = httpRequest(fresh.origin, {
      path: '/northshire-research/governance/info/refs?service=git-upload-pack',
      headers: { authorization: `Bearer ${token}` },
    }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  };
  fresh.upstream.commit(GOVERNANCE, {
    'backends.yml': governanceFiles().get('backends.yml')!.replace(KEYS.agent.publicText, key.publicText),
  });
  fresh.upstream.seen.length = 0;

  expect(await asked()).toBe(200);
  await fresh.close();
});
