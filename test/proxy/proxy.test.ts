/** What passes through the proxy, with whose credentials, and for whom. */
import { describe, expect, test } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fixedClock } from '../../src/lib/clock.ts';
import { git, gitFetch } from '../../src/lib/git.ts';
import { hasCommit, listTree, resolveRef } from '../../src/lib/git-objects.ts';
import { newKeyPair } from '../../src/lib/keys.ts';
import { selfSigned } from '../support/certificate.ts';
import { KEYS, REPOSITORY } from '../support/governance.ts';
import { ACTION, GOVERNANCE, proxyWorld, STUDY } from '../support/proxy.ts';
import { action, ask, dir, fetchThrough, REFS, refused, study, trouble, world } from './proxy-world.ts';

describe('what passes', () => {
  test('a clone of a private repository, and an incremental fetch after it', async () => {
    await fetchThrough(STUDY);
    expect(await hasCommit(join(dir, 'a.git'), study)).toBe(true);
    expect((await listTree(join(dir, 'a.git'), study)).map(({ path, size }) => [path, size])).toEqual([
      ['big.bin', 2_000_000],
      ['project.yaml', 11],
    ]);

    const next = world.upstream.commit(STUDY, { 'project.yaml': 'version: 5\n' });
    world.upstream.seen.length = 0;
    await fetchThrough(`${STUDY}.git`);
    expect(await hasCommit(join(dir, 'a.git'), next)).toBe(true);
    expect(world.upstream.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      `GET /${STUDY}.git/info/refs?service=git-upload-pack`,
      `POST /${STUDY}.git/git-upload-pack`,
      `POST /${STUDY}.git/git-upload-pack`,
    ]);
  });

  test('a single commit by its sha, another spelling of the organisation, and the old protocol', async () => {
    await fetchThrough('Northshire-RESEARCH/study', { ref: study });
    expect(await hasCommit(join(dir, 'a.git'), study)).toBe(true);
    const old = await git(
      ['-c', 'protocol.version=0', 'ls-remote', '--end-of-options', `${world.origin}/${STUDY}`],
      {
        config: [['http.extraHeader', `Authorization: Bearer ${await world.token()}`]],
      },
    );
    expect(old.stdout.toString()).toContain('refs/heads/main');
  });

  test('a public repository of an action organisation, without a credential', async () => {
    await fetchThrough(ACTION);

    expect(await hasCommit(join(dir, 'a.git'), action)).toBe(true);
    const asked = world.upstream.seen.filter(({ url }) => !url.startsWith('/api'));
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  test('the governance repository', async () => {
    await fetchThrough(GOVERNANCE);
    expect(await hasCommit(join(dir, 'a.git'), world.pinned)).toBe(true);
  });

  test('robots.txt, to anyone', async () => {
    expect(await ask({ path: '/robots.txt', auth: false })).toMatchObject({
      status: 200,
      text: 'User-agent: *\nDisallow: /\n',
    });
    expect(world.upstream.seen).toEqual([]);
  });
});

describe('credentials', () => {
  test('of the client never reach GitHub, and the token is for one repository, to read', async () => {
    world.minted.length = 0;
    await fetchThrough('northshire-research/study');
    await ask({
      path: REFS,
      headers: {
        cookie: 'session=1',
        'proxy-authorization': 'x',
        forwarded: 'for=1',
        'x-forwarded-for': '1',
        'x-other': '1',
        'accept-language': 'en',
      },
    });

    const git = world.upstream.seen.filter(({ url }) => !url.startsWith('/api'));
    for (const { headers } of git) {
      expect(headers.authorization).toMatch(/^Basic /);
      const allowed = [
        'host',
        'connection',
        'accept',
        'accept-encoding',
        'git-protocol',
        'user-agent',
        'authorization',
      ];
      const withBody = [
        ...allowed,
        'content-type',
        'content-length',
        'content-encoding',
        'transfer-encoding',
      ];
      expect(Object.keys(headers).filter((name) => !withBody.includes(name))).toEqual([]);
    }
    expect(JSON.stringify(world.upstream.seen)).not.toContain('sallyport-git');
    for (const body of world.minted)
      expect(body).toEqual({ repositories: ['study'], permissions: { contents: 'read' } });
  });

  test('that are missing, foreign, old, meant elsewhere or of another key are refused', async () => {
    const withToken = async (token: string) =>
      refused({ path: REFS, auth: false, headers: { authorization: `Bearer ${token}` } });

    expect(await refused({ path: REFS, auth: false })).toBe('401 protocol.token-missing');
    expect(await refused({ path: REFS, auth: false, headers: { authorization: 'Basic eDp5' } })).toMatch(
      /^401 protocol\./,
    );
    expect(await withToken(await world.token({ key: newKeyPair() }))).toBe('401 protocol.wrong-signature');
    expect(await withToken(await world.token({ agent: 'nobody' }))).toBe('401 protocol.unknown-caller');
    expect(await withToken(await world.token({ backend: 'rehearsal' }))).toBe('401 protocol.unknown-caller');
    expect(await withToken(await world.token({ clock: fixedClock('2026-01-01T00:00:00Z') }))).toBe(
      '401 protocol.token-expired',
    );
    expect(await withToken(await world.token({ audience: 'https://elsewhere.example' }))).toBe(
      '401 protocol.token-elsewhere',
    );
    expect(await withToken(await world.token({ key: KEYS.viewer, backend: 'rehearsal' }))).toBe(
      '401 protocol.unknown-caller',
    );
    expect(await trouble(fetchThrough(STUDY, { token: 'x' }))).toBe('denied');
    expect(world.upstream.seen.filter(({ url }) => url.includes('study'))).toEqual([]);
  });

  test('of an agent on a backend with dummy data are as good', async () => {
    const token = await world.token({ key: KEYS.rehearsal, agent: 'rehearsal-1', backend: 'rehearsal' });
    const whose = { agent: 'rehearsal-1', backend: 'rehearsal' };
    await fetchThrough(STUDY, { token, task: await world.task({ claims: whose }) });
    await world.logged({ agent: 'rehearsal-1', repository: REPOSITORY, rule: 'git-pack' });
  });

  test('of an airlock are as good, behind the same walls', async () => {
    const token = await world.token({ key: KEYS.viewer });
    await fetchThrough(STUDY, { token, task: false });
    const asAirlock = { auth: false, headers: { authorization: `Bearer ${token}` } };

    expect(await refused({ ...asAirlock, path: REFS.replace('upload', 'receive') })).toBe(
      '403 proxy.not-allowed',
    );
    expect(await refused({ ...asAirlock, path: REFS.replace('study', 'other') })).toBe(
      '403 proxy.repository-unregistered',
    );
  });

  test('bring the tags with which signers approve governance', async () => {
    const bare = join(world.upstream.root, `${GOVERNANCE}.git`);
    await git(['update-ref', 'refs/tags/approved/2026-10', world.pinned], { dir: bare });
    await fetchThrough(GOVERNANCE, { ref: '+refs/tags/approved/*:refs/sallyport/approved/*' });
    expect(await resolveRef(join(dir, 'a.git'), 'refs/sallyport/approved/2026-10')).toBe(world.pinned);
  });

  test('that GitHub no longer takes are replaced at the next request', async () => {
    await ask({ path: REFS });
    world.tokens.clear();
    world.onRequest = (request, response) => {
      if (request.url?.startsWith('/api') || world.tokens.size > 0) return false;
      response.writeHead(401).end();
      return true;
    };

    expect(await refused({ path: REFS })).toBe('502 proxy.github-away');
    expect((await ask({ path: REFS })).status).toBe(200);
  });
});

test('over TLS git trusts the proxy’s own authority, and no other', async () => {
  const { cert, key } = selfSigned();
  writeFileSync(join(dir, 'cert.pem'), cert);
  writeFileSync(join(dir, 'key.pem'), key, { mode: 0o600 });
  const secure = await proxyWorld({
    tls: { cert_file: join(dir, 'cert.pem'), key_file: join(dir, 'key.pem') },
  });
  const commit = secure.upstream.repository(STUDY, { 'a.txt': 'a' });
  const fetching = async (caFile?: string) =>
    gitFetch({
      dir: join(dir, 'a.git'),
      url: `${secure.origin}/${STUDY}`,
      refspecs: ['+refs/heads/*:refs/heads/*'],
      authorization: `Bearer ${await secure.token()}`,
      headers: { 'Sallyport-Task': await secure.task() },
      caFile,
    });

  expect(secure.origin).toMatch(/^https:/);
  expect(await trouble(fetching())).toBe('unreachable');
  await fetching(join(dir, 'cert.pem'));
  expect(await hasCommit(join(dir, 'a.git'), commit)).toBe(true);
  await secure.close();
});

describe('an agent', () => {
  test('that goes away ends the request at GitHub too', async () => {
    let closed: Promise<unknown> | undefined;
    const begun = new Promise<void>((resolve) => {
      world.onRequest = (request, response) => {
        if (request.url?.startsWith('/api')) return false;
        response.writeHead(200, { 'content-type': 'x/y' });
        response.write('some');
        closed = once(response, 'close');
        resolve();
        return true;
      };
    });
    const sent = httpRequest(world.origin, {
      path: REFS,
      headers: { authorization: `Bearer ${await world.token()}` },
    }).end();
    sent.on('error', () => undefined);
    await begun;
    sent.destroy();

    await closed;
    expect(closed).toBeDefined();
  });

  test('that goes away ends those that waited behind another on its connection, too', async () => {
    const closed: Promise<unknown>[] = [];
    let bothBegan: () => void = () => undefined;
    const both = new Promise<void>((resolve) => (bothBegan = resolve));
    world.onRequest = (request, response) => {
      if (request.url?.startsWith('/api')) return false;
      response.writeHead(200, { 'content-type': 'x/y' });
      response.write('some');
      if (closed.push(once(response, 'close')) === 2) bothBegan();
      return true;
    };
    const { hostname, port, host } = new URL(world.origin);
    const socket = connect(Number(port), hostname);
    const asked = `GET ${REFS} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer`;
    socket.write(`${asked} ${await world.token()}\r\n\r\n${asked} ${await world.token()}\r\n\r\n`);
    await both;
    socket.destroy();

    // Long before the time for the whole.
    expect(await Promise.all(closed)).toHaveLength(2);
  }, 60_000);

  test('has so many requests at once, and no more', async () => {
    const waiting: (() => void)[] = [];
    let arrived: () => void = () => undefined;
    const all = new Promise<void>((resolve) => (arrived = resolve));
    world.onRequest = async (request) => {
      if (request.url?.startsWith('/api')) return false;
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 3) arrived();
      });
      return false;
    };
    const held = [1, 2, 3].map(() => ask({ path: REFS }));
    await all;

    expect(await refused({ path: REFS })).toBe('429 proxy.busy');
    waiting.forEach((go) => go());
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200, 200]);
    world.onRequest = undefined;
    expect((await ask({ path: REFS })).status).toBe(200);
  });

  test('is logged by rule, agent, repository, bytes and time, never by path, header or body', async () => {
    await ask({ path: REFS, headers: { 'git-protocol': 'version=2' } });

    const line = await world.logged({ rule: 'git-refs' });
    expect(line).toMatchObject({
      rule: 'git-refs',
      agent: 'attainment',
      backend: 'attainment',
      repository: REPOSITORY,
      status: 200,
    });
    expect(Object.keys(line).sort()).toEqual([
      'agent',
      'backend',
      'broken',
      'bytesOut',
      'level',
      'ms',
      'msg',
      'repository',
      'request_id',
      'role',
      'rule',
      'signer',
      'status',
      'time',
    ]);
    expect(JSON.stringify(world.log)).not.toMatch(/Bearer|Basic|ghs_|info\/refs/);
  });
});
