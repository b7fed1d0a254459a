/** The door: how much, how fast and with which certificate; what is written down of it and what never is. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMetrics } from '../../src/lib/metrics.ts';
import { gitFetch, gitInitBare } from '../../src/lib/git.ts';
import { proxyCounts } from '../../src/proxy/metrics.ts';
import { newAuthority, type Authority, type Certificate } from '../hosts/support/authority.ts';
import { selfSigned } from '../support/certificate.ts';
import { KEYS, REPOSITORY } from '../support/governance.ts';
import { proxyWorld, STUDY, type ProxyWorld } from '../support/proxy.ts';

const REFS = `/${STUDY}/info/refs?service=git-upload-pack`;
const PACK = `/${STUDY}/git-upload-pack`;
let world: ProxyWorld;
afterEach(() => world.close());

const asked = async (token?: string): Promise<string> => {
  const headers = { authorization: `Bearer ${token ?? (await world.token())}`, connection: 'close' };
  const sent = httpRequest(world.origin, { path: REFS, headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return `${response.statusCode} ${/\(([\w.-]+)\)\n$/.exec(text)?.[1] ?? ''}`.trim();
};
describe('within a minute a caller', () => {
  test('may ask so often and no more, and others are not kept waiting by it', async () => {
    world = await proxyWorld({ limits: { requests_per_minute: 2 } });
    world.upstream.repository(STUDY, { a: 'a' });
    const other = await world.token({ backend: 'rehearsal', agent: 'rehearsal-1', key: KEYS.rehearsal });

    expect([await asked(), await asked(), await asked()]).toEqual(['200', '200', '429 proxy.too-often']);
    expect(await asked(other)).toBe('200');
    expect(await world.logged({ code: 'proxy.too-often' })).toMatchObject({
      agent: 'attainment',
      status: 429,
    });
  });

  test('may fetch so much: what has begun is carried to its end, what follows is refused', async () => {
    world = await proxyWorld({ limits: { bytes_per_minute: 100 } });
    world.upstream.repository(STUDY, { a: 'a' });

    expect([await asked(), await asked()]).toEqual(['200', '429 proxy.too-much']);
  });
});

describe('with tls.client_ca_file', () => {
  test('only who shows a certificate of that authority is answered; git does', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'sallyport-mtls-'));
    const files = { server: selfSigned(), client: selfSigned(), stranger: selfSigned() };
    for (const [name, { cert, key }] of Object.entries(files)) {
      writeFileSync(join(dir, `${name}.pem`), cert);
      writeFileSync(join(dir, `${name}.key`), key, { mode: 0o600 });
    }
    world = await proxyWorld({
      tls: {
        cert_file: join(dir, 'server.pem'),
        key_file: join(dir, 'server.key'),
        client_ca_file: join(dir, 'client.pem'),
      },
    });
    world.upstream.repository(STUDY, { a: 'a' });
    const robots = async (who?: 'client' | 'stranger'): Promise<string> => {
      const shown = who && { cert: files[who].cert, key: files[who].key };
      const sent = httpsRequest(`${world.origin}/robots.txt`, {
        ca: files.server.cert,
        agent: false,
        ...shown,
      });
      const answer = once(sent.end(), 'response') as Promise<[IncomingMessage]>;
      return answer.then(
        ([response]) => String(response.resume().statusCode),
        () => 'no handshake',
      );
    };

    expect([await robots(), await robots('stranger'), await robots('client')]).toEqual([
      'no handshake',
      'no handshake',
      '200',
    ]);
    expect(await world.logged({ code: 'proxy.handshake' })).toBeDefined();
    const fetching = async (client?: { certFile: string; keyFile: string }) =>
      gitFetch({
        dir: join(dir, 'a.git'),
        url: `${world.origin}/${STUDY}`,
        refspecs: ['+refs/heads/main:refs/heads/main'],
        authorization: `Bearer ${await world.token()}`,
        headers: { 'Sallyport-Task': await world.task() },
        caFile: join(dir, 'server.pem'),
        client,
      });
    await gitInitBare(join(dir, 'a.git'));
    await expect(fetching()).rejects.toThrow(/git fetch/);
    await fetching({ certFile: join(dir, 'client.pem'), keyFile: join(dir, 'client.key') });
    rmSync(dir, { recursive: true });
  });
});

describe('with tls.crl_file', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'sallyport-crl-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  /** What somebody with this certificate is told at a door with this list. */
  async function door(
    authorities: readonly Authority[],
    lists: readonly string[],
    among: 'crl.pem' | 'client.pem' = 'crl.pem',
  ): Promise<(who: Certificate) => Promise<string>> {
    const server = selfSigned();
    const files = {
      'server.pem': server.cert,
      'crl.pem': lists.join(''),
      'client.pem': [...authorities.map(({ cert }) => cert), ...(among === 'client.pem' ? lists : [])].join(
        '',
      ),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
    writeFileSync(join(dir, 'server.key'), server.key, { mode: 0o600 });
    world = await proxyWorld({
      tls: {
        cert_file: join(dir, 'server.pem'),
        key_file: join(dir, 'server.key'),
        client_ca_file: join(dir, 'client.pem'),
        crl_file: join(dir, among),
      },
    });
    return async ({ cert, key }) => {
      const asking = { ca: server.cert, agent: false, cert, key };
      const answer = once(httpsRequest(`${world.origin}/robots.txt`, asking).end(), 'response');
      return answer.then(
        ([response]) => String((response as IncomingMessage).resume().statusCode),
        () => 'no handshake',
      );
    };
  }

  test('a certificate that was withdrawn is not answered, others are', async () => {
    const authority = newAuthority();
    const [lost, kept] = [authority.issue('zone-1.example'), authority.issue('zone-2.example')];
    const told = await door([authority], [authority.withdraw([lost.cert])]);

    expect([await told(lost), await told(kept)]).toEqual(['no handshake', '200']);
    expect(await world.logged({ code: 'proxy.handshake' })).toBeDefined();
  });

  test('of two authorities each has its list, also in their own file', async () => {
    const [one, other] = [newAuthority('one'), newAuthority('other')];
    const [lostOfOne, lostOfOther] = [one.issue('zone-1.example'), other.issue('zone-2.example')];
    const lists = [one.withdraw([lostOfOne.cert]), other.withdraw([lostOfOther.cert])];
    const told = await door([one, other], lists, 'client.pem');

    expect([await told(lostOfOne), await told(lostOfOther)]).toEqual(['no handshake', 'no handshake']);
    expect([await told(one.issue('a.example')), await told(other.issue('b.example'))]).toEqual([
      '200',
      '200',
    ]);
  });

  test.each([
    ['that has run out', (authority: Authority) => authority.withdraw([], '250301000000Z')],
    ['of another authority', () => newAuthority().withdraw([])],
  ])('a list %s shuts the door for everybody', async (_which, list) => {
    const authority = newAuthority();
    const told = await door([authority], [list(authority)]);

    expect(await told(authority.issue('zone-1.example'))).toBe('no handshake');
  });
});

test('a log line says rule, key, backend, repository, bytes, status and time; no header, body or query', async () => {
  world = await proxyWorld();
  world.upstream.repository(STUDY, { a: 'a' });
  const secret = 'swordfish';
  const task = await world.task();
  const token = await world.token();
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/x-git-upload-pack-request',
    'git-protocol': 'version=2',
    'sallyport-task': task,
    cookie: `a=${secret}`,
    'user-agent': secret,
    'x-other': secret,
    connection: 'close',
  };
  const send = async (path: string, body: string, more = {}): Promise<void> => {
    const sent = httpRequest(world.origin, { method: 'POST', path, headers: { ...headers, ...more } }).end(
      body,
    );
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'close');
  };
  const body = `0014command=ls-refs\n001dagent=git/${secret}-here\n00010000`;
  await send(PACK, body);
  await send(`${PACK}?${secret}`, body);
  await send(`/${secret}/${secret}/git-upload-pack`, body);
  await send(PACK, `0010${secret}xxx`);
  await send(PACK, body, { host: `${secret}.example` });
  await send(PACK, body, { authorization: `Bearer ${secret}.${secret}.${secret}` });

  await world.logged({ code: 'protocol.token-malformed' });
  expect(await world.logged({ rule: 'git-pack', status: 200 })).toMatchObject({
    agent: 'attainment',
    backend: 'attainment',
    signer: expect.stringMatching(/^[0-9a-f]{12}$/) as unknown,
    repository: REPOSITORY,
    bytesIn: body.length,
    bytesOut: expect.any(Number) as unknown,
    ms: expect.any(Number) as unknown,
  });
  const text = JSON.stringify(world.log);
  for (const hidden of [secret, token, task, token.slice(-20), 'upload-pack?', 'ls-refs', 'study'])
    expect(text).not.toContain(hidden);
});

test('what is counted has a rule, a result and a code, and nothing that a client chose', async () => {
  world = await proxyWorld();
  const metrics = createMetrics('proxy');
  const counts = proxyCounts(metrics, () => 3);
  counts.ended({ status: 200, rule: 'git-pack', bytesIn: 10, bytesOut: 1000 }, 30);
  counts.ended({ status: 403, rule: 'git-pack', code: 'proxy.want', repository: 1, agent: 'a' }, 5);
  counts.ended({ status: 403, code: 'proxy.not-allowed' }, 5);
  counts.ended({ status: 200, rule: 'git-refs', broken: true }, 5);
  counts.handshakeFailed();
  const { text } = await metrics.read();

  expect(
    text
      .split('\n')
      .filter((line) => /^sallyport\S+ [1-9]/.test(line) && !line.includes('bucket'))
      .join('\n'),
  ).toMatchInlineSnapshot(`
   "sallyport_proxy_requests_total{rule="git-pack",result="passed"} 1
   sallyport_proxy_requests_total{rule="git-pack",result="refused"} 1
   sallyport_proxy_requests_total{rule="none",result="refused"} 1
   sallyport_proxy_requests_total{rule="git-refs",result="broken"} 1
   sallyport_proxy_refused_total{code="proxy.want"} 1
   sallyport_proxy_refused_total{code="proxy.not-allowed"} 1
   sallyport_proxy_bytes_total{rule="git-pack",direction="from_zone"} 10
   sallyport_proxy_bytes_total{rule="git-pack",direction="to_zone"} 1000
   sallyport_proxy_request_seconds_count{rule="git-pack"} 2
   sallyport_proxy_request_seconds_count{rule="none"} 1
   sallyport_proxy_request_seconds_count{rule="git-refs"} 1
   sallyport_proxy_handshakes_failed_total 1
   sallyport_proxy_open_requests 3"
  `);
});
