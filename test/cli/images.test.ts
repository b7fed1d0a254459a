/** `sallyport images` and `sallyport pull`, against a registry on loopback and the engine of this machine. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import Docker from 'dockerode';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tar from 'tar-stream';
import { hostOf, listedAs, namedImage, repositoryOf } from '../../agent/laptop/image-names.ts';
import { loginFor } from '../../agent/laptop/login.ts';
import { pullFault } from '../../agent/laptop/pull.ts';
import { age, endText, imagesText, progressText, pullScreen, size } from '../../src/cli/images-show.ts';
import { fetchMissing, listHere, pullHere, updateHere } from '../../src/cli/images-work.ts';
import { randomIds } from '../../src/lib/ids.ts';
import { startRegistry, type Registry } from '../../src/sandbox/demo/registry.ts';
import { pushImage } from '../../src/sandbox/demo/images.ts';
import { requires } from '../support/require.ts';
import { draw } from '../support/terminal.ts';

let dir: string;
const before = { ...process.env };
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-images-'));
});
afterEach(() => {
  process.env = { ...before };
  rmSync(dir, { recursive: true, force: true });
});

/** What a command prints, on either stream. */
async function printed(work: () => Promise<unknown>): Promise<{ text: string; code?: unknown }> {
  let text = '';
  const take = (more: unknown): boolean => {
    text += String(more);
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation(take),
  );
  try {
    const code = await work();
    return { text, ...(code === undefined ? {} : { code }) };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

const pullFlags = { force: false, json: false };

requires('docker').describe('with a registry', () => {
  const docker = new Docker();
  const run = randomIds.id();
  let shelf: string;
  let registry: Registry;
  let home: string;

  beforeAll(async () => {
    shelf = mkdtempSync(path.join(tmpdir(), 'sallyport-registry-'));
    registry = await startRegistry(shelf);
    home = `${registry.host}/images`;
  });
  afterAll(async () => {
    await registry.close();
    for (const { Id, RepoTags, RepoDigests } of await docker.listImages()) {
      const names = [...(RepoTags ?? []), ...(RepoDigests ?? [])];
      if (names.some((name) => name.startsWith(registry.host) || name.includes(run)))
        await docker
          .getImage(Id)
          .remove({ force: true })
          .catch(() => undefined);
    }
    rmSync(shelf, { recursive: true, force: true });
  });
  beforeEach(() => {
    process.env['SALLYPORT_IMAGES'] = home;
  });

  /** An image of one file, in the registry only; its digest. */
  async function publish(name: string, content: string): Promise<string> {
    const pack = tar.pack();
    pack.entry({ name: 'content' }, `${content} ${run}`);
    pack.finalize();
    const local = `${run}/${name}:${randomIds.id()}`;
    const [repo, tag] = local.split(':');
    const answer = await docker.importImage(pack as unknown as NodeJS.ReadableStream, { repo, tag });
    for await (const _said of answer) continue;
    const mine = await docker
      .getImage(`${home}/${name}:v1`)
      .inspect()
      .catch(() => undefined);
    const { digest } = await pushImage(docker, local, `${home}/${name}`);
    for (const each of [local, `${home}/${name}:v1`]) await docker.getImage(each).remove();
    // The engine that publishes is also the person's, whose tag points to what it did.
    if (mine) await docker.getImage(mine.Id).tag({ repo: `${home}/${name}`, tag: 'v1' });
    return digest;
  }

  function study(...images: string[]): void {
    const actions = images.map(
      (image, at) =>
        `  a${at}:\n    run: ${image} x${at}\n    outputs: {highly_sensitive: {o: o${at}.csv}}\n`,
    );
    writeFileSync(path.join(dir, 'project.yaml'), `version: 5\nactions:\n${actions.join('')}`);
  }
  const here = (text: string): string =>
    text
      .replaceAll(home, 'registry.example/images')
      .replace(/sha256:[0-9a-f]{12}/g, 'sha256:…')
      .replace(/\d+(\.\d)? k?B\b/g, 'N B')
      .replace(/\d+\.\d s/g, 'N s');

  test('what a study runs is fetched, seen to be out of date, and brought up to date; the old one goes', async () => {
    await publish('python', 'first');
    study('python:v1', 'r:v1');
    const list = async (): Promise<string> =>
      here((await printed(() => listHere({ offline: false, json: false, projectDir: dir }))).text);
    expect(await list()).toMatchInlineSnapshot(`
     "images of this study:
       python:v1  not on this machine: sallyport pull python:v1
       r:v1       not on this machine: sallyport pull r:v1
     "
    `);

    const pulled = await printed(() => pullHere([], { ...pullFlags, project: dir }));
    expect(pulled.code).toBe(1);
    expect(here(pulled.text).split('\n').sort().join('\n')).toMatchInlineSnapshot(`
     "
     python:v1: fetched (sha256:…, N B, N s)
     python:v1: fetching
     r:v1: The registry has no registry.example/images/r:v1. Look at name and tag; SALLYPORT_IMAGES says which registry the short names mean. (images.unknown)
     r:v1: fetching"
    `);
    const old = await docker.getImage(`${home}/python:v1`).inspect();
    expect(await list()).toMatchInlineSnapshot(`
     "images of this study:
       python:v1  sha256:…  N B  today  the newest
       r:v1       not on this machine: sallyport pull r:v1
     "
    `);

    await publish('python', 'second');
    expect(await list()).toMatchInlineSnapshot(`
     "images of this study:
       python:v1  sha256:…  N B  today  the registry has a newer one: sallyport images update python:v1
       r:v1       not on this machine: sallyport pull r:v1
     "
    `);
    const updated = await printed(() => updateHere(['python:v1'], { json: false }));
    expect(updated.code).toBe(0);
    expect(here(updated.text)).toMatchInlineSnapshot(`
     "python:v1: fetching
     python:v1: a newer one was fetched (sha256:…, N B, N s); the old one was removed
     "
    `);
    await expect(docker.getImage(old.Id).inspect()).rejects.toMatchObject({ statusCode: 404 });
    expect(here((await printed(() => updateHere(['python:v1'], { json: false }))).text))
      .toMatchInlineSnapshot(`
     "python:v1: fetching
     python:v1: the newest is here (sha256:…, N B)
     "
    `);
  });

  test('a run that asks for it fetches what its actions need and is not here, and stops at what it cannot', async () => {
    await publish('jupyter', 'first');
    study('jupyter:v1', 'jupyter:v1', 'python:v7');
    const fetched = async (...actions: string[]): Promise<string> => {
      const { code, text } = await printed(() => fetchMissing(actions, dir));
      return `${code} ${here(text)}`;
    };

    expect(await fetched('no-such-action')).toBe('0 ');
    expect(await fetched('a0', 'a1')).toMatchInlineSnapshot(`
     "0 jupyter:v1: fetching
     jupyter:v1: fetched (sha256:…, N B, N s)
     "
    `);
    expect(await fetched('a1')).toBe('0 ');
    expect(await fetched('run_all')).toMatchInlineSnapshot(`
     "1 python:v7: fetching
     python:v7: The registry has no registry.example/images/python:v7. Look at name and tag; SALLYPORT_IMAGES says which registry the short names mean. (images.unknown)
     "
    `);
  });

  test('what a container still uses is not taken from it', async () => {
    await publish('r', 'first');
    await printed(() => pullHere(['r:v1'], pullFlags));
    const old = await docker.getImage(`${home}/r:v1`).inspect();
    const container = await docker.createContainer({ Image: old.Id, Cmd: ['never-run'] });
    try {
      await publish('r', 'second');
      const { text, code } = await printed(() => updateHere([], { json: true }));
      const answers = JSON.parse(text.slice(text.indexOf('['))) as { image: string; result: string }[];
      expect(code).toBe(0);
      expect(answers.find(({ image }) => image === 'r:v1')).toMatchObject({
        result: 'newer',
        removedOld: false,
        digest: expect.stringMatching(/^sha256:/),
      });
      await expect(docker.getImage(old.Id).inspect()).resolves.toBeDefined();
    } finally {
      await container.remove();
    }
  });

  test('an image is fetched by its digest, and no other', async () => {
    const digest = await publish('jupyter', 'by digest');
    const pulled = await printed(() => pullHere([`jupyter@${digest}`], pullFlags));
    expect(pulled.code).toBe(0);
    const found = await docker.getImage(`${home}/jupyter@${digest}`).inspect();
    expect(found.RepoDigests).toEqual([`${home}/jupyter@${digest}`]);
    const other = `jupyter@sha256:${'0'.repeat(64)}`;
    const refused = await printed(() => pullHere([other], { ...pullFlags, json: true }));
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.text.slice(refused.text.indexOf('[')))).toMatchObject([
      { result: 'refused', code: 'images.unknown' },
    ]);
  });

  test('a registry that is away is named, and the list goes on without it', async () => {
    const away = await startRegistry(path.join(dir, 'away'));
    const { host } = away;
    await away.close();
    study('sqlrunner:v1 --output o0.csv');
    await publish('sqlrunner', 'here');
    await printed(() => pullHere(['sqlrunner'], pullFlags));
    await docker.getImage(`${home}/sqlrunner:v1`).tag({ repo: `${host}/images/sqlrunner`, tag: 'v1' });
    process.env['SALLYPORT_IMAGES'] = `${host}/images`;
    try {
      const pulled = await printed(() => pullHere(['sqlrunner'], pullFlags));
      expect(pulled.code).toBe(1);
      expect(pulled.text).toContain('(images.registry-unreachable)');
      const listed = await printed(() => listHere({ offline: false, json: true, projectDir: dir }));
      expect(JSON.parse(listed.text)).toMatchObject([{ image: 'sqlrunner:v1', used: false }]);
    } finally {
      await docker.getImage(`${host}/images/sqlrunner:v1`).remove();
    }
  });

  test('updating what is not here, and fetching nothing, are refused', async () => {
    await expect(updateHere(['stata-mp'], { json: false })).rejects.toMatchObject({
      refusal: { code: 'images.not-here' },
    });
    process.env['SALLYPORT_IMAGES'] = 'nobody.example/images';
    await expect(updateHere([], { json: false })).rejects.toMatchObject({
      refusal: { code: 'images.nothing-to-pull' },
    });
  });
});

test('without an engine nothing is fetched, and it is said why', async () => {
  process.env['DOCKER_HOST'] = `unix://${dir}/none.sock`;
  await expect(pullHere(['python'], pullFlags)).rejects.toMatchObject({ refusal: { code: 'run.no-docker' } });
});

describe('names', () => {
  test.each([
    ['python', 'x.example/y/python:v2'],
    ['sqlrunner', 'x.example/y/sqlrunner:v1'],
    ['python:latest', 'x.example/y/python:v1'],
    [`r@sha256:${'a'.repeat(64)}`, `x.example/y/r@sha256:${'a'.repeat(64)}`],
    ['localhost:5000/a/b:c', 'localhost:5000/a/b:c'],
    ['ghcr.io/org/name', 'ghcr.io/org/name:v1'],
  ])('%s is fetched as %s', (text, address) => {
    expect(namedImage(text, 'x.example/y')).toMatchObject({ address });
  });

  test.each([
    '',
    'Python',
    'python:',
    '../x',
    'a b',
    '-v',
    'x@sha256:abc',
    'a//b',
    'x:y:z',
    `${'a'.repeat(600)}`,
  ])('%j is no name', (text) => {
    expect(namedImage(text)).toMatchObject({ code: 'images.bad-name' });
  });

  test('an engine that keeps names whole is understood, and logins go by the host', () => {
    expect(listedAs(['x/y/r:v1', 'r:v1'], new Map([['localhost/r:v1', 1]]))).toEqual({
      tag: 'localhost/r:v1',
      value: 1,
    });
    expect(listedAs(['r:v1'], new Map())).toBeUndefined();
    expect(repositoryOf('h:5000/a/b:c')).toBe('h:5000/a/b');
    expect(repositoryOf(`a/b@sha256:${'0'.repeat(64)}`)).toBe('a/b');
    expect([hostOf('ghcr.io/a/b:c'), hostOf('localhost:5000/b:c'), hostOf('a/b:c')]).toEqual([
      'ghcr.io',
      'localhost:5000',
      'https://index.docker.io/v1/',
    ]);
  });
});

test.each([
  ['write /var/lib/x: no space left on device', 'images.disk-full'],
  ['Get "https://x/v2/": dial tcp 10.0.0.1:443: connect: connection refused', 'images.registry-unreachable'],
  ['Get "https://x/v2/": dial tcp: lookup x on 1.1.1.1:53: no such host', 'images.registry-unreachable'],
  ['Get "https://x/v2/": x509: certificate signed by unknown authority', 'images.registry-unreachable'],
  ['received unexpected HTTP status: 503 Service Unavailable', 'images.registry-unreachable'],
  ['pull access denied for x, repository does not exist or may require login', 'images.denied'],
  ['unauthorized: authentication required', 'images.denied'],
  ['manifest for x:v9 not found: manifest unknown', 'images.unknown'],
  ['filesystem layer verification failed', 'images.pull-failed'],
])('%s is %s', (words, code) => {
  expect(pullFault('x.example/y/r:v1', words)).toMatchObject({ code });
});

describe('a sign-in', () => {
  const keep = (file: string, value: unknown): void => {
    mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
    writeFileSync(path.join(dir, file), typeof value === 'string' ? value : JSON.stringify(value));
  };
  const asked = (host: string, env: NodeJS.ProcessEnv = {}) => loginFor(host, { env, home: dir });

  test('goes to the registry it is for, and to no other', () => {
    keep('.docker/config.json', {
      auths: { 'a.example': { auth: Buffer.from('me:se:cret').toString('base64') } },
    });
    expect(asked('a.example')).toEqual({ username: 'me', password: 'se:cret', serveraddress: 'a.example' });
    expect(asked('b.example')).toBeUndefined();
  });

  test('is asked of the helper that keeps it', () => {
    mkdirSync(path.join(dir, 'bin'));
    writeFileSync(
      path.join(dir, 'bin/docker-credential-vault'),
      `#!/bin/sh\nread host\necho '{"Username":"<token>","Secret":"'$host'"}'\n`,
      { mode: 0o755 },
    );
    const PATH = `${path.join(dir, 'bin')}:${process.env['PATH']}`;
    keep('.docker/config.json', { credHelpers: { 'a.example': 'vault', 'b.example': '../../bin/sh' } });
    expect(asked('a.example', { PATH })).toEqual({ identitytoken: 'a.example', serveraddress: 'a.example' });
    expect(asked('b.example', { PATH })).toBeUndefined();
  });

  test.each(['', 'nonsense', '[]', '{"auths": {"a.example": {"auth": 7}}}'])('%j is none', (text) => {
    keep('.docker/config.json', text);
    expect(asked('a.example')).toBeUndefined();
  });
});

describe('shown', () => {
  test('sizes and ages are read at a glance', () => {
    expect([0, 999, 105_000, 1_400_000_000].map(size)).toEqual(['0 B', '999 B', '105 kB', '1.4 GB']);
    const now = Date.parse('2026-11-21T09:00:00Z');
    const ages = [
      '2026-11-21T01:00:00Z',
      '2026-11-19T01:00:00Z',
      '2026-06-01T00:00:00Z',
      '2020-01-01T00:00:00Z',
    ];
    expect([...ages, '1970-01-01T00:00:00Z'].map((at) => age(at, now))).toEqual([
      'today',
      '2 days old',
      '5 months old',
      '6 years old',
      '–',
    ]);
  });

  test('a terminal shows each image that is being fetched on a line that moves', () => {
    let text = '';
    const out = { isTTY: true, write: (more: string) => (text += more) };
    const drawn = (): string => draw(text.replace(/\u001b\[\d+m/g, '').replaceAll('\n', '\r\n'));
    const screen = pullScreen(out, { now: () => 0 }, { TERM: 'xterm' });
    screen.started('python:v2');
    screen.progress('python:v2', { layers: 4, layersDone: 1, bytes: 25_000_000, ofBytes: 100_000_000 });
    screen.started('r:v2');
    expect(drawn()).toMatchInlineSnapshot(`
     "python:v2  █████░░░░░░░░░░░░░░░  25.0 MB of 100 MB, 1 of 4 layers  0 s
     r:v2  asking the registry  0 s"
    `);
    screen.ended({ image: 'python:v2', address: '', result: 'fetched', tookMs: 3210, bytes: 412_000_000 });
    screen.close();
    expect(drawn()).toMatchInlineSnapshot(`"✓ python:v2: fetched (412 MB, 3.2 s)"`);
  });

  test('nothing here, and nothing asked, are said', () => {
    const nothing = { images: [], offline: true, study: false, registry: 'x.example/y' };
    expect(imagesText(nothing, 0)).toBe('No image of x.example/y is on this machine.\n');
    expect(imagesText({ ...nothing, study: true }, 0)).toBe('This study runs no image.\n');
    expect(progressText(undefined)).toBe('asking the registry');
    expect(endText({ image: 'r:v1', address: '', result: 'newer', tookMs: 100, removedOld: false })).toMatch(
      /the old one stays/,
    );
  });
});
