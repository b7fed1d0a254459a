/** What a researcher does with Podman in place of Docker: its own service, images and containers, in a folder of the test. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { nameInUse } from '../../agent/executor/answers.ts';
import { connectEngine, signOfLife } from '../../agent/executor/engine.ts';
import { faultRefusal } from '../../agent/runner/laptop-faults.ts';
import { launchImage } from '../support/launch-image.ts';
import { requires } from '../support/require.ts';

jest.setTimeout(120_000);

const BIN = new URL('../../src/cli/bin.js', import.meta.url).pathname;
const NOBODY = 65_534;

requires('podman', 'docker', 'root').describe('with Podman', () => {
  let dir: string;
  let study: string;
  let socketPath: string;
  let service: ChildProcess;
  const store = (): string[] => ['--root', path.join(dir, 'root'), '--runroot', path.join(dir, 'runroot')];

  beforeAll(async () => {
    dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'sallyport-podman-')));
    socketPath = path.join(dir, 'podman.sock');
    service = spawn('podman', [...store(), 'system', 'service', '--time=0', `unix://${socketPath}`], {
      stdio: 'ignore',
    });
    const engine = connectEngine(socketPath);
    const changes = watch(dir);
    service.once('exit', () => changes.emit('change'));
    while (!existsSync(socketPath) && service.exitCode === null) await once(changes, 'change');
    changes.close();
    expect(await signOfLife(engine, 20_000)).toBe('podman');
    // Made with Docker, which is at hand, and carried over as people carry images.
    const { image } = await launchImage('test-launch');
    const said = await engine.loadImage(await new Docker().getImage(image).get());
    for await (const _line of said as AsyncIterable<Buffer>) continue;
    await engine.getImage(image).tag({ repo: 'localhost/python', tag: 'v2' });
    study = path.join(dir, 'study');
    mkdirSync(study);
    writeFileSync(
      path.join(study, 'project.yaml'),
      'version: 5\nactions:\n  model:\n    run: python:v2 node model.mjs\n    outputs: {highly_sensitive: {seen: seen.json}}\n',
    );
    writeFileSync(
      path.join(study, 'model.mjs'),
      `import { readFileSync, watch, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
const status = readFileSync('/proc/self/status', 'utf8');
let root = 'written';
try { writeFileSync('/usr/x', ''); } catch (error) { root = error.code; }
writeFileSync('seen.json', JSON.stringify({
  interfaces: Object.keys(networkInterfaces()), uid: process.getuid(), root,
  caps: /CapEff:\\s*(\\w+)/.exec(status)[1], privileges: /NoNewPrivs:\\s*(\\w+)/.exec(status)[1],
}));
`,
    );
    chownSync(study, NOBODY, NOBODY);
  });
  afterAll(async () => {
    spawnSync('podman', [...store(), 'rm', '--all', '--force']);
    service.kill();
    await once(service, 'exit');
    spawnSync('umount', [path.join(dir, 'root/overlay')], { stdio: 'ignore' });
    rmSync(dir, { recursive: true, force: true });
  });

  function sallyport(words: string[], input = ''): { code: number | null; out: string; err: string } {
    const { DOCKER_CONTEXT: _context, ...env } = process.env;
    const ran = spawnSync(process.execPath, ['--no-warnings', BIN, ...words], {
      cwd: study,
      encoding: 'utf8',
      timeout: 110_000,
      input,
      env: {
        ...env,
        SALLYPORT_BUILT: '1',
        DOCKER_HOST: `unix://${socketPath}`,
        HOME: dir,
        XDG_STATE_HOME: path.join(dir, 'state'),
      },
    });
    return { code: ran.status, out: ran.stdout, err: ran.stderr };
  }
  const containers = (): string =>
    spawnSync('podman', [...store(), 'ps', '--all', '--quiet'], { encoding: 'utf8' }).stdout;

  test('run, plan, images, exec and launch work, and hold programs as Docker does', async () => {
    expect(sallyport(['run', 'run_all'])).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(readFileSync(path.join(study, 'seen.json'), 'utf8'))).toEqual({
      interfaces: ['lo'],
      uid: 10_001,
      root: 'EROFS',
      caps: '0000000000000000',
      privileges: '1',
    });
    expect(sallyport(['plan', 'run_all', '--refresh'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/model +fresh/),
    });
    const listed = sallyport(['images', '--json']);
    expect(JSON.parse(listed.out)).toMatchObject([{ image: 'python:v2', used: true, state: 'local' }]);

    const script =
      'process.stdin.pipe(process.stdout); process.exitCode = 7; console.error(process.getuid());';
    expect(sallyport(['exec', 'python:v2', 'node', '-e', script], 'piped\n')).toEqual({
      code: 7,
      out: 'piped\n',
      err: `${NOBODY}\n`,
    });
    expect(containers()).toBe('');

    const launched = sallyport(['launch', 'jupyter', '-b', '-n']);
    const url = new URL(/http:\S+/.exec(launched.out)![0]);
    const port = url.port;
    const key = url.searchParams.get('token')!;
    const headers = { cookie: `sallyport-${port}=${key}` };
    const out = request({ host: '127.0.0.1', port, headers, agent: false }).end();
    const [answer] = (await once(out, 'response')) as [IncomingMessage];
    let text = '';
    for await (const more of answer) text += String(more);
    expect(JSON.parse(text)).toMatchObject({ uid: NOBODY, interfaces: ['lo'], privileges: '1' });
    expect(sallyport(['launch', 'stop'])).toMatchObject({ code: 0, err: '' });
    expect(containers()).toBe('');
  });
});

test('what Podman says in its own way is understood', () => {
  const said = (message: string, statusCode = 500): unknown => ({ statusCode, json: { message } });
  const absent =
    'container create: container-init binary not found on the host: stat /usr/libexec/podman/catatonit';
  expect(faultRefusal(said(absent), '/study')).toMatchObject({ code: 'run.no-init' });
  expect(faultRefusal(said('something else'), '/study')).toMatchObject({ code: 'run.engine-refused' });
  const taken =
    'creating container storage: the container name "a" is already in use by 7. You have to remove it';
  expect([said(taken), said('Conflict', 409), said('no space left')].map(nameInUse)).toEqual([
    true,
    true,
    false,
  ]);
});
