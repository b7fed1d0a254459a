/** What a report of a bug may say: everything that helps, nothing that is a secret. */
import { afterEach, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { info } from '../../src/cli/info-work.ts';
import { withoutHome } from '../../src/cli/machine.ts';

const before = { ...process.env };
let server: Server | undefined;
afterEach(() => {
  process.env = { ...before };
  server?.close();
});

const NOW = Date.parse('2027-03-11T12:00:00Z');
const ANSWERS: Readonly<Record<string, unknown>> = {
  '/_ping': 'OK',
  '/info': {
    NCPU: 4,
    MemTotal: 8 * 1024 ** 3,
    SecurityOptions: ['name=seccomp', 'name=rootless'],
    DockerRootDir: '/nowhere',
  },
  '/version': { Version: '27.1.0', Os: 'linux', Arch: 'amd64' },
  '/images/images.example/python:v2/json': {
    Id: 'sha256:1d',
    RepoDigests: ['images.example/python@sha256:d1'],
    Created: '2027-03-01T00:00:00Z',
  },
};

/** An engine that knows one image. */
async function engine(): Promise<number> {
  server = createServer((request, answer) => {
    const known = ANSWERS[decodeURIComponent(request.url ?? '').replace(/\?.*$/, '')];
    answer.statusCode = known === undefined ? 404 : 200;
    answer.setHeader('content-type', 'application/json');
    answer.end(typeof known === 'string' ? known : JSON.stringify(known ?? { message: 'no such thing' }));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

test('versions, resources and images are said; a home folder, a value and a password are not', async () => {
  const home = realpathSync(mkdtempSync(path.join(tmpdir(), 'sallyport-home-')));
  try {
    const study = path.join(home, 'work', 'study');
    mkdirSync(study, { recursive: true });
    const action = (image: string): string =>
      `{run: '${image} a.py', outputs: {highly_sensitive: {d: ${image[0]!}.csv}}}`;
    writeFileSync(
      path.join(study, 'project.yaml'),
      `version: 5\nactions:\n  a: ${action('python:v2')}\n  b: ${action('r:v2')}\n`,
    );
    process.env['SALLYPORT_IMAGES'] = 'images.example';
    process.env['SALLYPORT_TOKEN'] = 'very-secret';
    process.env['DOCKER_HOST'] = `tcp://someone:hunter2@127.0.0.1:${await engine()}`;

    const text = await info({ projectDir: study, json: false }, NOW, home);

    expect(text).toMatch(/^sallyport {2}\d+\.\d+\.\d+, by a clone of its repository/);
    expect(text).toMatch(/^engine {5}Docker 27\.1\.0, linux\/amd64, rootless, 4 processors, 8\.0 GiB \(/m);
    expect(text).toMatch(/^study {6}~\/work\/study, 2 actions$/m);
    expect(text).toMatch(
      /^image {6}python:v2, made on 2027-03-01, 10 days ago, images\.example\/python@sha256:d1$/m,
    );
    expect(text).toMatch(/^image {6}r:v2, not on this machine$/m);
    expect(text).toMatch(/^set {8}.*SALLYPORT_TOKEN/m);
    const json = await info({ projectDir: study, json: true }, NOW, home);
    expect(JSON.parse(json)).toMatchObject({
      engine: { kind: 'docker', rootless: true },
      study: {
        folder: '~/work/study',
        images: [
          { image: 'python:v2', days: 10 },
          { image: 'r:v2', missing: true },
        ],
      },
    });
    for (const said of [text, json]) {
      for (const secret of ['very-secret', 'hunter2', home]) expect(said).not.toContain(secret);
    }
  } finally {
    rmSync(home, { recursive: true });
  }
});

test('no engine, no study and no folder are answers, too', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-info-'));
  try {
    process.env['DOCKER_HOST'] = `unix://${dir}/none.sock`;

    const text = await info({ projectDir: dir, json: false }, NOW);

    expect(text).toMatch(/^engine {5}none: The container engine does not answer/m);
    expect(text).toMatch(/^study {6}none in this folder$/m);
    await expect(info({ projectDir: `${dir}/x`, json: false }, NOW)).rejects.toMatchObject({
      refusal: { code: 'info.no-folder' },
    });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('a home folder is taken out as a folder, not as letters', () => {
  expect(withoutHome('/home/a.b/x and /home/a.bc and /home/a.b', '/home/a.b')).toBe(
    '~/x and /home/a.bc and ~',
  );
  expect(withoutHome('/rootless', '/')).toBe('/rootless');
});
