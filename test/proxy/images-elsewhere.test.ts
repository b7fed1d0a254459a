/** A registry that sends its readers elsewhere: for a layer, or for a token. */
import { describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { digestOf } from '../support/registry.ts';
import type { ImagesWorldOptions } from './images-world.ts';
import { big, elsewhere, image, on, registry, start } from './lying-registry.ts';

describe('redirects', () => {
  const to = (location: string, status = 307): void =>
    on(big().digest, (response) => response.writeHead(status, { location }).end());
  const asked = async (options: Partial<ImagesWorldOptions> = {}): Promise<string> => {
    const answer = await (await start(options)).get(`blobs/${big().digest}`);
    expect(answer.headers.location).toBeUndefined();
    return answer.code || String(answer.status);
  };

  test.each([301, 302, 303, 307, 308])(
    'a %s to a listed host is followed inside, without credentials',
    async (status) => {
      registry.challenge = 'anybody';
      elsewhere.content.set(big().digest, big().bytes);
      registry.instead = (request, response) => {
        if (!request.headers.authorization || !request.url?.includes('/blobs/')) return false;
        const location = `https://${elsewhere.host}/store/blobs/${big().digest}?signature=secret`;
        response.writeHead(status, { location }).end();
        return true;
      };
      elsewhere.instead = (_request, response) => {
        response.end(big().bytes);
        return true;
      };
      const w = await start({ redirectHosts: [elsewhere.host] });

      const answer = await w.get(`blobs/${big().digest}`);

      expect(digestOf(answer.body)).toBe(big().digest);
      expect(elsewhere.seen).toHaveLength(1);
      expect(elsewhere.seen[0]).toMatchObject({
        path: `/store/blobs/${big().digest}?signature=secret`,
        authorization: undefined,
      });
      expect(JSON.stringify([answer.headers, w.log])).not.toContain('secret');
    },
  );

  test('to a host that is not listed', async () => {
    to(`https://${elsewhere.host}/x`);

    expect(await asked()).toBe('DENIED proxy.registry-redirect');
    expect(elsewhere.seen).toEqual([]);
  });

  test.each([
    ['plain http', (host: string) => `http://${host}/x`],
    ['credentials', (host: string) => `https://user:secret@${host}/x`],
    ['a file', () => 'file:///etc/passwd'],
    ['nothing', () => ''],
    ['no address', () => 'https://'],
  ])('to a listed host by %s', async (_how, location) => {
    to(location(elsewhere.host));

    expect(await asked({ redirectHosts: [elsewhere.host] })).toMatch(/^(DENIED proxy.registry-redirect)$/);
    expect(elsewhere.seen).toEqual([]);
  });

  test('without an address', async () => {
    on(big().digest, (response) => response.writeHead(302).end());

    expect(await asked()).toBe('DENIED proxy.registry-redirect');
  });

  test.each(['localhost:9', '127.0.0.2:9', '[::1]:9', '169.254.169.254'])(
    'to %s, an address inside, even when governance lists it',
    async (host) => {
      to(`https://${host}/latest/meta-data`);

      expect(await asked({ redirectHosts: [host] })).toBe(
        // An address in brackets is no host that can be listed.
        host.startsWith('[') ? 'DENIED proxy.registry-redirect' : 'DENIED proxy.registry-address',
      );
    },
  );

  test('in a circle, or too often', async () => {
    registry.instead = (request, response) => {
      if (!request.url?.includes('/blobs/')) return false;
      response.writeHead(307, { location: `https://${registry.host}${request.url}x` }).end();
      return true;
    };

    expect(await asked()).toBe('DENIED proxy.registry-redirect');
    expect(registry.seen.filter(({ path }) => path.includes('/blobs/'))).toHaveLength(4);
  });

  test('of a manifest', async () => {
    on(image.manifest.digest, (response) => {
      response.writeHead(307, { location: `https://${elsewhere.host}/x` }).end();
    });
    const w = await start({ redirectHosts: [elsewhere.host] });

    expect((await w.get(`manifests/${image.manifest.digest}`)).code).toBe('DENIED proxy.registry-redirect');
  });

  test('to wrong bytes', async () => {
    to(`https://${elsewhere.host}/x`);
    elsewhere.instead = (_request, response) => Boolean(response.end(randomBytes(900_000)));

    const w = await start({ redirectHosts: [elsewhere.host] });
    expect((await w.get(`blobs/${big().digest}`)).broken).toBe(true);
  });
});

describe('where the registry has its tokens made', () => {
  const credentials = async (): Promise<Record<string, unknown>> => {
    const { writeFileSync } = await import('node:fs');
    const file = registry.caFile.replace('ca.pem', 'password');
    writeFileSync(file, 'a-password\n', { mode: 0o600 });
    return { credentials: { host: registry.host, user: 'reader', password_file: file } };
  };

  test('a realm at a host that is not listed is not asked, and sees no password', async () => {
    registry.challenge = { user: 'reader', password: 'a-password' };
    registry.realm = `https://${elsewhere.host}/token`;
    const w = await start({ settings: await credentials(), redirectHosts: [elsewhere.host] });

    expect((await w.get(`blobs/${big().digest}`)).code).toBe('DENIED proxy.registry-realm');
    expect(elsewhere.seen).toEqual([]);
  });

  test.each(['http://127.0.0.1/token', 'https://x:y@127.0.0.1/token', '/token', ''])(
    'the realm "%s" is not asked',
    async (realm) => {
      registry.challenge = 'anybody';
      registry.realm = realm;

      expect((await (await start()).get(`blobs/${big().digest}`)).code).toBe('DENIED proxy.registry-realm');
    },
  );

  test("a private registry is asked with the operator's password, for this one repository", async () => {
    registry.challenge = { user: 'reader', password: 'a-password' };
    const w = await start({ settings: await credentials() });

    const answer = await w.get(`blobs/${big().digest}`);

    expect(digestOf(answer.body)).toBe(big().digest);
    const token = registry.seen.find(({ path }) => path.startsWith('/token'));
    expect(token?.path).toContain(`scope=${encodeURIComponent('repository:northshire-images/python:pull')}`);
    expect(JSON.stringify([w.log, answer.headers])).not.toContain('a-password');
  });

  test('a listed other host makes tokens, too', async () => {
    registry.challenge = 'anybody';
    registry.realm = `https://${elsewhere.host}/token`;
    const w = await start({ settings: { token_hosts: [elsewhere.host] } });

    expect((await w.get(`blobs/${big().digest}`)).status).toBe(200);
  });

  test('the password is for its host alone', async () => {
    registry.challenge = { user: 'reader', password: 'a-password' };
    const { credentials: given } = (await credentials()) as { credentials: object };
    const w = await start({ settings: { credentials: { ...given, host: 'registry.example.org' } } });

    expect((await w.get(`blobs/${big().digest}`)).code).toBe('DENIED proxy.registry-denied');
    expect(registry.seen.every(({ authorization }) => authorization === undefined)).toBe(true);
  });

  test.each(['{}', 'no JSON', '{"token": "two\\r\\nlines"}', `{"token": "${'x'.repeat(70_000)}"}`])(
    'an answer that is no token is no token',
    async (body) => {
      registry.challenge = 'anybody';
      on('%3Apull', (response) => response.end(body));

      expect((await (await start()).get(`blobs/${big().digest}`)).code).toBe(
        'UNAVAILABLE proxy.registry-away',
      );
    },
  );
});
