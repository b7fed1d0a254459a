import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { buildNodeImage } from '../../agent/images/node-image.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { startRegistry, type Registry } from '../../src/sandbox/demo/registry.ts';
import { pushImage } from '../../src/sandbox/demo/images.ts';
import { requires } from '../support/require.ts';

let folder: string;
let registry: Registry;
let base: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'registry-'));
  registry = await startRegistry(folder);
  base = `http://${registry.host}`;
});

afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

async function upload(bytes: string, digest: string): Promise<Response> {
  const start = await fetch(`${base}/v2/a/b/blobs/uploads/`, { method: 'POST' });
  const location = `${base}${start.headers.get('location') ?? ''}`;
  const patched = await fetch(location, { method: 'PATCH', body: bytes.slice(0, 3) });
  expect(patched.status).toBe(202);
  expect(patched.headers.get('range')).toBe('0-2');
  return fetch(`${location}?digest=${digest}`, { method: 'PUT', body: bytes.slice(3) });
}

test('a blob comes back as it went in', async () => {
  const digest = `sha256:${sha256('layer bytes')}`;
  expect((await upload('layer bytes', digest)).status).toBe(201);

  const answer = await fetch(`${base}/v2/a/b/blobs/${digest}`);
  expect(await answer.text()).toBe('layer bytes');
  expect(answer.headers.get('docker-content-digest')).toBe(digest);
});

test('a blob whose bytes are not its digest is refused and forgotten', async () => {
  const digest = `sha256:${sha256('other bytes')}`;
  const answer = await upload('layer bytes', digest);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toEqual({ errors: [{ code: 'DIGEST_INVALID', message: 'digest invalid' }] });
  expect((await fetch(`${base}/v2/a/b/blobs/${digest}`, { method: 'HEAD' })).status).toBe(404);
});

test('a manifest is found by tag and by digest, and under no other name', async () => {
  const type = 'application/vnd.docker.distribution.manifest.v2+json';
  const body = '{"schemaVersion":2}';
  const put = await fetch(`${base}/v2/a/b/manifests/v1`, {
    method: 'PUT',
    body,
    headers: { 'Content-Type': type },
  });
  const digest = put.headers.get('docker-content-digest');
  expect(digest).toBe(`sha256:${sha256(body)}`);

  for (const reference of ['v1', digest]) {
    const answer = await fetch(`${base}/v2/a/b/manifests/${reference}`);
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      type,
      body,
    ]);
  }
  expect((await fetch(`${base}/v2/a/c/manifests/v1`)).status).toBe(404);
});

test.each([
  ['GET', '/v2/_catalog', 404],
  ['GET', '/v2/a/b/blobs/sha256:..%2f..%2fetc', 404],
  ['DELETE', '/v2/a/b/manifests/v1', 404],
  ['PUT', '/v2/a/b/blobs/uploads/00000000-0000-0000-0000-000000000000?digest=x', 404],
  ['GET', '/', 404],
])('%s %s is not served', async (method, where, status) => {
  expect((await fetch(`${base}${where}`, { method })).status).toBe(status);
});

test('a manifest above four megabytes is refused', async () => {
  const answer = await fetch(`${base}/v2/a/b/manifests/big`, { method: 'PUT', body: 'x'.repeat(5_000_000) });
  expect(answer.status).toBe(413);
});

requires('docker').test(
  'an image made on this machine gets a digest, runs by it, and can be pulled by it',
  async () => {
    const docker = new Docker();
    const run = promisify(execFile);
    const made = await buildNodeImage({
      docker,
      name: 'registry-test',
      files: [{ path: '/app/hello.mjs', content: 'console.log("hello")' }],
      entry: ['node', '/app/hello.mjs'],
    });

    const pushed = await pushImage(docker, made.image, `${registry.host}/westmere-images/hello`);
    const byDigest = `${pushed.image}@${pushed.digest}`;
    try {
      expect(existsSync(path.join(folder, pushed.digest.replace(':', '-')))).toBe(true);
      expect((await run('docker', ['run', '--rm', '--network=none', byDigest])).stdout).toBe('hello\n');
      for (const name of [`${pushed.image}:v1`, byDigest, made.image]) {
        await docker
          .getImage(name)
          .remove({ force: true })
          .catch(() => undefined);
      }
      await run('docker', ['pull', byDigest]);
      expect((await run('docker', ['run', '--rm', '--network=none', byDigest])).stdout).toBe('hello\n');
    } finally {
      await docker.getImage(byDigest).remove({ force: true });
    }
  },
);
