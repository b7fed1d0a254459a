/** Files of releases: they come back byte for byte, also after a restart, and what breaks off is told apart. */
import { expect, test } from '@jest/globals';
import { Octokit } from '@octokit/rest';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { app, at, create, fresh, github, problem, S, upload, wes } from './releasing.ts';
import { callApi, world } from './world.ts';

test('a file comes back byte for byte, with its digest, by an address that lasts minutes', async () => {
  const release = await create({ tag_name: fresh() });
  const bytes = randomBytes(300_000);
  const asset = await upload(release, 'Table 1 (é).csv', bytes);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  expect([asset.status, asset.data['name'], asset.data['size'], asset.data['digest']]).toEqual([
    201,
    'Table.1.csv',
    bytes.length,
    digest,
  ]);

  const path = `${S}/releases/assets/${String(asset.data['id'])}`;
  const moved = await github.call('GET', path, { headers: { accept: 'application/octet-stream' } });
  expect(moved.status).toBe(302);
  const address = moved.headers.get('location') ?? '';
  const got = await fetch(address);
  expect([Buffer.from(await got.arrayBuffer()).equals(bytes), got.headers.get('content-type')]).toEqual([
    true,
    'text/csv',
  ]);
  expect((await fetch(address.replace(/signature=.*/, 'signature=0'))).status).toBe(403);
  expect((await github.call('GET', path)).data['download_count']).toBe(1);

  expect((await github.call('DELETE', path, wes)).status).toBe(204);
  expect((await fetch(address)).status).toBe(404);
  expect(existsSync(join(github.dataDir, 'assets', String(asset.data['id'])))).toBe(false);
});

test('Octokit uploads to the address that the release names', async () => {
  const release = await create({ tag_name: fresh() });
  const kit = new Octokit({ baseUrl: `${github.url}/api/v3`, auth: app.as });
  const { data } = await kit.request({
    method: 'POST',
    url: String(release.data['upload_url']),
    name: 'figure.svg',
    data: Buffer.from('<svg/>'),
    headers: { 'content-type': 'image/svg+xml' },
  });
  expect(data).toMatchObject({ name: 'figure.svg', size: 6, content_type: 'image/svg+xml' });
});

test('names that GitHub changes are changed, and the changed name is taken', async () => {
  const release = await create({ tag_name: fresh() });
  const names: unknown[] = [];
  for (const name of ['.profile', 'a b', 'c..d.', 'x+y~z@1_2-3.txt', 'a.b'])
    names.push((await upload(release, name, Buffer.from('x'))).data['name'] ?? 'refused');
  expect(names).toEqual(['default.profile', 'a.b', 'c.d', 'x+y~z@1_2-3.txt', 'refused']);
});

test('an upload without name, type, length or bytes is refused', async () => {
  const release = await create({ tag_name: fresh() });
  const bytes = Buffer.from('x');
  await upload(release, 'x.csv', bytes);
  const untyped = await upload(release, 'y.csv', bytes, { headers: {} });
  expect([
    problem(await upload(release, '', bytes)),
    problem(await upload(release, 'x.csv', bytes)),
    problem(untyped),
    problem(await upload(release, 'z.csv', Buffer.alloc(0))),
  ]).toEqual([
    '422 ReleaseAsset.name missing_field',
    '422 ReleaseAsset.name already_exists',
    '422 ReleaseAsset.content_type missing_field',
    '400 Bad Content-Length: 0',
  ]);
  const url = String(release.data['upload_url']).replace(/\{.*$/, '?name=w.csv');
  const large = await raw(url, { 'content-length': String(2 ** 31) });
  const streamed = await raw(url, { 'transfer-encoding': 'chunked' });
  expect([large, streamed]).toEqual([422, 400]);
  expect((await github.call('POST', `${at(release)}/assets?name=q.csv`, { ...wes, body: {} })).status).toBe(
    404,
  );
});

test('an upload that breaks off leaves an empty asset, which keeps the name until it is deleted', async () => {
  const release = await create({ tag_name: fresh() });
  const url = String(release.data['upload_url']).replace(/\{.*$/, '?name=half.csv');
  await breakOff(url);
  const half = await until(async () => (await github.call('GET', at(release), wes)).data['assets']?.[0]);
  expect([half['state'], half['size'], half['digest']]).toEqual(['starter', 0, null]);
  expect((await upload(release, 'half.csv', Buffer.from('x'))).status).toBe(422);
  await github.call('DELETE', String(half['url']), wes);
  expect((await upload(release, 'half.csv', Buffer.from('x'))).status).toBe(201);
});

test('a test can order a broken upload, a refused one and a lost answer', async () => {
  const release = await create({ tag_name: fresh() });
  for (const [kind, status] of [['broken-upload'], ['answer', 503], ['after-effect', 502]] as const)
    github.state.faults.add({ kind, status, next: 1, path: '/assets$' });
  const results = [];
  for (const name of ['a', 'b', 'c']) results.push((await upload(release, name, Buffer.from('x'))).status);
  const { data } = await github.call('GET', `${at(release)}/assets`, wes);
  const held = Object.values(data).map((one) => [one['name'], one['state']]);
  expect([results, held]).toEqual([
    [502, 503, 502],
    [
      ['a', 'starter'],
      ['c', 'uploaded'],
    ],
  ]);
});

test('releases and their bytes are there after a restart', async () => {
  const first = await world();
  const by = { as: first.tokens['wes'] };
  const made = await first.call('POST', `${S}/releases`, { ...by, body: { tag_name: 'v1' } });
  const url = String(made.data['upload_url']).replace(/\{.*$/, '?name=a.txt');
  const asset = await first.call('POST', url, {
    ...by,
    bytes: Buffer.from('kept'),
    headers: { 'content-type': 'text/plain' },
  });
  const { dataDir } = first;
  await first.state.close();

  const second = await world({ dataDir });
  const path = `${S}/releases/assets/${String(asset.data['id'])}`;
  const moved = await callApi(`${second.url}/api/v3`, 'GET', path, {
    headers: { accept: 'application/octet-stream' },
  });
  expect(await (await fetch(moved.headers.get('location') ?? '')).text()).toBe('kept');
  await second.stop();
  await first.stop();
});

/** A request with these headers and no body; the status. */
function raw(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${wes.as}`, 'content-type': 'text/csv', ...headers },
      },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
        request.destroy();
      },
    );
    request.on('error', reject);
    request.flushHeaders();
  });
}

function breakOff(url: string): Promise<void> {
  return new Promise((resolve) => {
    const request = http.request(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${wes.as}`, 'content-type': 'text/csv', 'content-length': '1000' },
    });
    request.on('error', () => resolve());
    request.write('some', () => setImmediate(() => request.destroy()));
  });
}

/** Polls: the server notices a broken connection when it does. */
async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
  }
}
