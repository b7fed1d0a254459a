/** An archive that points elsewhere, lies about lengths, never ends, or is not what it says. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { newAuthority } from '../hosts/support/authority.ts';
import { fakeArchive, type FakeArchive } from '../support/archive.ts';
import { AUTHORITY, packagesWorld, type PackagesWorld } from './packages-world.ts';

const PATH = '/ubuntu/pool/main/h/hello/hello_2.10-3_amd64.deb';
const ELSEWHERE = '/kept/elsewhere.deb';

let elsewhere: FakeArchive;
let world: PackagesWorld;
beforeAll(async () => {
  elsewhere = await fakeArchive(AUTHORITY.issue('127.0.0.1', 'localhost'));
  elsewhere.files.set(ELSEWHERE, Buffer.from('from elsewhere'));
  const archive = { redirect_hosts: [elsewhere.host, `localhost:${elsewhere.host.split(':')[1]}`] };
  world = await packagesWorld({ archive, limits: { response_bytes: 100_000 } });
});
afterAll(async () => {
  await world.close();
  await elsewhere.close();
});
afterEach(() => {
  delete world.archive.instead;
  delete elsewhere.instead;
  elsewhere.seen.length = 0;
  world.log.length = 0;
});

const answers = (status: number, headers: Record<string, string | number>, body?: string | Buffer): void => {
  world.archive.instead = (_request, response) => {
    response.writeHead(status, headers).end(body);
    return true;
  };
};
const asked = async (): Promise<string> => {
  const { status, code } = await world.ask(PATH);
  return `${status} ${code ?? ''}`.trim();
};

test.each([301, 302, 303, 307, 308])(
  'a redirect (%i) to a listed host is followed inside, without a word of it outside',
  async (status) => {
    answers(status, { location: `https://${elsewhere.host}${ELSEWHERE}`, 'set-cookie': 'a=leak' });

    const answer = await world.ask(PATH, {
      headers: { range: 'bytes=5-', authorization: 'Basic bGVhazpsZWFr' },
    });

    expect(answer).toMatchObject({ status: 206, body: Buffer.from('elsewhere') });
    expect(answer.headers['location']).toBeUndefined();
    expect(elsewhere.seen.map(({ method, headers }) => [method, Object.keys(headers).sort()])).toEqual([
      ['GET', ['accept-encoding', 'connection', 'host', 'range', 'user-agent']],
    ]);
  },
);

test.each([
  ['a host that is not listed', 'https://evil.example/x.deb'],
  ['plain http', 'http://127.0.0.1/x.deb'],
  ['another port of this machine', 'https://127.0.0.1:9/x.deb'],
  ['this machine by another address', 'https://127.0.0.2/x.deb'],
  ['this machine in IPv6', 'https://[::1]/x.deb'],
  ['where clouds keep credentials', 'https://169.254.169.254/latest/meta-data/'],
  ['a file', 'file:///etc/passwd'],
  ['a user', 'https://x:y@evil.example/x.deb'],
  ['nowhere', ''],
])('a redirect to %s is refused', async (_what, location) => {
  answers(302, location === '' ? {} : { location });
  expect(await asked()).toBe('502 proxy.archive-redirect');
});

test('a redirect to a listed name with an address inside is not connected to', async () => {
  answers(302, { location: `https://localhost:${elsewhere.host.split(':')[1]}${ELSEWHERE}` });
  expect(await asked()).toBe('502 proxy.archive-address');
  expect(elsewhere.seen).toEqual([]);
});

test('redirects in a circle end', async () => {
  let count = 0;
  world.archive.instead = (request, response) => {
    count += 1;
    response.writeHead(302, { location: request.url ?? '' }).end();
    return true;
  };
  expect(await asked()).toBe('502 proxy.archive-redirect');
  expect(count).toBe(4);
});

test.each([
  [404, '404 proxy.package-missing'],
  [410, '404 proxy.package-missing'],
  [401, '502 proxy.archive-away'],
  [403, '502 proxy.archive-away'],
  [500, '502 proxy.archive-away'],
  [206, '502 proxy.archive-away'],
  [416, '502 proxy.archive-away'],
  [429, '503 proxy.archive-limit'],
  [503, '503 proxy.archive-limit'],
])('status %i of the archive is told as %s, and nothing of its page passes', async (status, told) => {
  answers(status, { 'content-type': 'text/html' }, 'a page');
  const { body, code, status: given } = await world.ask(PATH);
  expect(`${given} ${code}`).toBe(told);
  expect(body.toString()).not.toContain('a page');
});

test('a file that says it is too large is not begun', async () => {
  answers(200, { 'content-length': 200_000 }, Buffer.alloc(200_000));
  expect(await asked()).toBe('403 proxy.package-too-large');
});

test('a file that grows too large without saying so is broken off', async () => {
  answers(200, { 'transfer-encoding': 'chunked' }, Buffer.alloc(400_000));

  const answer = await world.ask(PATH);

  expect(answer.broken).toBe(true);
  expect(answer.body.length).toBeLessThanOrEqual(100_000);
  expect(await world.logged({ broken: true })).toMatchObject({ rule: 'package-file' });
});

test('a file that ends before it should is broken off', async () => {
  world.archive.instead = (_request, response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('some', () => response.destroy());
    return true;
  };
  expect((await world.ask(PATH)).broken).toBe(true);
});

// Where an answer must have begun, the limit is long enough for a machine that stands still for seconds.
test('an archive that never begins is given up, and one that stops half-way', async () => {
  const impatient = await packagesWorld({ limits: { headers_seconds: 1 } });
  impatient.archive.instead = () => true;
  expect(await impatient.ask(PATH)).toMatchObject({ status: 502, code: 'proxy.archive-away' });
  await impatient.close();

  const brisk = await packagesWorld({ limits: { idle_seconds: 4 } });
  brisk.archive.instead = (_request, response) =>
    response.writeHead(200, { 'content-length': 1000 }).write('some');
  expect((await brisk.ask(PATH)).broken).toBe(true);
  await brisk.close();
});

test('one that trickles ends with the time for the whole', async () => {
  const brisk = await packagesWorld({ limits: { total_seconds: 4 } });
  brisk.archive.instead = (_request, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write('x'), 200);
    response.once('close', () => clearInterval(drip));
    return true;
  };
  expect((await brisk.ask(PATH)).broken).toBe(true);
  await brisk.close();
});

test('an archive whose certificate is of another authority, or for another name, is not asked', async () => {
  for (const certificate of [newAuthority().issue('127.0.0.1'), AUTHORITY.issue('mirror.example')]) {
    const stranger = await fakeArchive(certificate);
    const other = await packagesWorld({ archive: { upstream: `https://${stranger.host}/ubuntu` } });
    expect(await other.ask(PATH)).toMatchObject({ status: 502, code: 'proxy.archive-away' });
    expect(stranger.seen).toEqual([]);
    await other.close();
    await stranger.close();
  }
});

test('an archive by name, whose address is inside, is not connected to', async () => {
  const upstream = `https://localhost:${elsewhere.host.split(':')[1]}/ubuntu`;
  const other = await packagesWorld({ archive: { upstream } });
  expect(await other.ask(PATH)).toMatchObject({ status: 502, code: 'proxy.archive-address' });
  await other.close();
});

test('a host of the zone may ask so often, fetch so much, and no more', async () => {
  const often = await packagesWorld({ limits: { requests_per_minute: 2 } });
  often.archive.files.set(PATH, Buffer.alloc(500));
  const statuses = [];
  for (let time = 0; time < 3; time += 1) statuses.push((await often.ask(PATH)).status);
  expect(statuses).toEqual([200, 200, 429]);
  await often.close();

  const much = await packagesWorld({ limits: { bytes_per_minute: 400 } });
  much.archive.files.set(PATH, Buffer.alloc(500));
  expect((await much.ask(PATH)).status).toBe(200);
  expect(await much.ask(PATH)).toMatchObject({ status: 429, code: 'proxy.too-much' });
  await much.close();
});
