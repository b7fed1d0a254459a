import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { jobContainer } from '../../agent/executor/container.ts';
import { connectEngine, signOfLife } from '../../agent/executor/engine.ts';
import { enginePlaces, type Surroundings } from '../../agent/executor/engines.ts';
import type { JobSpec } from '../../agent/executor/executor.ts';
import { dockerExecutor } from '../../agent/executor/docker.ts';
import { isRefusal } from '../../src/lib/refusal.ts';

const META = (name: string): string =>
  `/home/a/.docker/contexts/meta/${createHash('sha256').update(name).digest('hex')}/meta.json`;
const host = (Host: string): string => JSON.stringify({ Endpoints: { docker: { Host } } });

function places(env: Surroundings['env'], files: Record<string, string> = {}): unknown {
  const found = enginePlaces({
    env,
    home: '/home/a',
    uid: 1000,
    exists: (file) => file in files,
    read: (file) => files[file],
  });
  return isRefusal(found)
    ? found.code
    : found.map(({ socketPath, tcp }) => socketPath ?? tcp ?? 'DOCKER_HOST');
}

describe('where an engine is looked for', () => {
  const config = (currentContext: unknown): Record<string, string> => ({
    '/home/a/.docker/config.json': JSON.stringify({ currentContext }),
  });
  const far = META('far');

  test.each<[string, Surroundings['env'], Record<string, string>, unknown]>([
    ['nothing is there', {}, {}, []],
    ['the usual socket', {}, { '/var/run/docker.sock': '' }, ['/var/run/docker.sock']],
    [
      'Docker and Podman of the person',
      { XDG_RUNTIME_DIR: '/run/user/7' },
      { '/run/user/7/podman/podman.sock': '', '/run/user/7/docker.sock': '' },
      ['/run/user/7/docker.sock', '/run/user/7/podman/podman.sock'],
    ],
    [
      'Podman without XDG_RUNTIME_DIR',
      {},
      { '/run/user/1000/podman/podman.sock': '' },
      ['/run/user/1000/podman/podman.sock'],
    ],
    [
      'a socket by DOCKER_HOST',
      { DOCKER_HOST: 'unix:///run/podman.sock' },
      { '/var/run/docker.sock': '' },
      ['/run/podman.sock'],
    ],
    ['an address by DOCKER_HOST', { DOCKER_HOST: 'tcp://127.0.0.1:2375' }, {}, ['DOCKER_HOST']],
    ['another machine by DOCKER_HOST', { DOCKER_HOST: 'ssh://me@far' }, {}, 'run.engine-far'],
    ['no address by DOCKER_HOST', { DOCKER_HOST: 'nonsense' }, {}, 'run.engine-far'],
    [
      'the context of the docker command',
      {},
      { ...config('desktop'), [META('desktop')]: host('unix:///d.sock') },
      ['/d.sock'],
    ],
    [
      'DOCKER_CONTEXT before it',
      { DOCKER_CONTEXT: 'other' },
      { ...config('desktop'), [META('other')]: host('tcp://localhost:99') },
      [{ host: 'localhost', port: 99 }],
    ],
    [
      'an address without a port',
      { DOCKER_CONTEXT: 'o' },
      { [META('o')]: host('tcp://box') },
      [{ host: 'box', port: 2375 }],
    ],
    [
      'the context "default"',
      {},
      { ...config('default'), '/var/run/docker.sock': '' },
      ['/var/run/docker.sock'],
    ],
    ['a context that is gone', {}, config('gone'), 'run.no-context'],
    ['a context that is broken', {}, { ...config('far'), [far]: '{' }, 'run.no-context'],
    ['a context over ssh', {}, { ...config('far'), [far]: host('ssh://me@far') }, 'run.engine-far'],
    [
      'a context with keys for TLS',
      {},
      { ...config('far'), [far]: host('tcp://far:2376'), [path.dirname(far).replace('meta', 'tls')]: '' },
      'run.engine-far',
    ],
    [
      'another folder of the docker command',
      { DOCKER_CONFIG: '/c' },
      { '/c/config.json': '[1]', '/var/run/docker.sock': '' },
      ['/var/run/docker.sock'],
    ],
    ['a context that is no text', {}, { ...config(7), '/var/run/docker.sock': '' }, ['/var/run/docker.sock']],
  ])('%s', (_what, env, files, expected) => {
    expect(places(env, files)).toEqual(expected);
  });
});

describe("Podman's Docker-compatible socket", () => {
  let dir: string;
  let server: Server;
  let socketPath: string;
  const asked: { url: string; body: string }[] = [];
  beforeAll(async () => {
    dir = mkdtempSync(path.join(tmpdir(), 'sallyport-engine-'));
    socketPath = path.join(dir, 'podman.sock');
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        asked.push({ url: request.url ?? '', body });
        response.setHeader('Libpod-API-Version', '5.4.0');
        if (request.url?.includes('/images/')) response.end('{"Id":"sha256:1","Config":{}}');
        else response.writeHead(request.url?.includes('create') ? 201 : 200).end('{"Id":"1"}');
      });
    });
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  });
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(dir, { recursive: true, force: true });
  });

  const spec: JobSpec = {
    id: 'abcdefgh01234567',
    labels: {},
    image: 'python:v2',
    command: ['a.py'],
    workDir: '/study',
    readOnlyFiles: [],
    environment: {},
    network: { kind: 'none' },
    limits: { cpus: 1, memoryBytes: 2 ** 30, pids: 10, diskBytes: 1e6, timeMs: 1e6, logBytes: 3e6 },
    user: { uid: 1000, gid: 1000 },
  };

  test('is told by what it answers; nobody answers where nobody is', async () => {
    expect(await signOfLife(connectEngine(socketPath), 5000)).toBe('podman');
    expect(await signOfLife(connectEngine(path.join(dir, 'none.sock')), 5000)).toBeUndefined();
  });

  test('is asked without being drawn for a debug log with all its connections', () => {
    const { modem } = connectEngine(socketPath) as unknown as { modem: { agent: object } };
    expect(inspect(modem.agent, { showHidden: true, depth: null })).toBe('agent');
  });

  test('is asked for logs it knows, for the same user inside and outside, and for nothing less strict', async () => {
    const executor = dockerExecutor({
      owner: 'o',
      stateDir: dir,
      socketPath,
      dialect: { podman: true, rootless: true },
    });

    expect(await executor.create(spec)).toBeUndefined();

    const body = JSON.parse(asked.find(({ url }) => url.includes('create'))?.body ?? '{}') as {
      HostConfig: Record<string, unknown>;
    };
    const { HostConfig: usual } = jobContainer(spec, 'o');
    expect(body.HostConfig).toEqual({
      ...usual,
      // It keeps one file, and begins it anew when it is full.
      LogConfig: { Type: 'json-file', Config: { 'max-size': '3000000' } },
      UsernsMode: 'keep-id',
      SecurityOpt: ['no-new-privileges', 'label=disable'],
    });
    const ofRoot = jobContainer(spec, 'o', { dialect: { podman: true, rootless: false } }).HostConfig;
    expect(ofRoot?.UsernsMode).toBe('');
  });
});
