/** `sallyport launch`, with look-alikes of the tools: real containers, a real relay, and attacks on both. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { createServer, request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { buffer as bytesOf } from 'node:stream/consumers';
import { openerOf } from '../../src/cli/launch-browser.ts';
import { launchHere, sessionsText, stopSessions } from '../../src/cli/launch-work.ts';
import { newSession, sessionName, type LaunchSpec } from '../../agent/laptop/launch.ts';
import { laptopEngine } from '../../agent/laptop/engine.ts';
import { docker, testImage } from '../executor/docker-harness.ts';
import { launchImage } from '../support/launch-image.ts';
import { requires } from '../support/require.ts';
import { noTerminal, terminal } from '../support/terminal.ts';

jest.setTimeout(120_000); // Where everything is tested at once each start of the command takes seconds.

const BIN = new URL('../../src/cli/bin.js', import.meta.url).pathname;
const NOBODY = 65_534;
const CTRL_C = '\u0003';
const REGISTRY = 'sallyport-test-launch';

let dir: string;
let study: string;
const before = { ...process.env };
beforeEach(() => {
  dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'sallyport-launch-')));
  study = path.join(dir, 'my study');
  mkdirSync(study);
});
afterEach(() => {
  process.env = { ...before };
  rmSync(dir, { recursive: true, force: true });
});

const env = (): NodeJS.ProcessEnv => {
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...rest } = before;
  return {
    ...rest,
    SALLYPORT_BUILT: '1',
    SALLYPORT_IMAGES: REGISTRY,
    HOME: dir,
    XDG_STATE_HOME: path.join(dir, 'state'),
    TERM: 'xterm',
  };
};
const words = (...more: string[]): string[] => [process.execPath, '--no-warnings', BIN, 'launch', ...more];

requires('docker', 'root').describe('with an engine', () => {
  beforeAll(async () => {
    const { image } = await launchImage('test-launch');
    for (const name of ['python', 'rstudio']) docker('tag', image, `${REGISTRY}/${name}:v2`);
  });
  afterAll(() => void docker('rmi', `${REGISTRY}/python:v2`, `${REGISTRY}/rstudio:v2`));
  beforeEach(() => chownSync(study, NOBODY, NOBODY));
  afterEach(() => {
    for (const id of left()) docker('rm', '-f', id);
  });

  const left = (): string[] =>
    docker('ps', '-aq', '--filter', `label=sallyport.study=${study}`).split('\n').filter(Boolean);

  function launch(...more: string[]): { code: number | null; out: string; err: string } {
    const [program = '', ...rest] = words(...more);
    const ran = spawnSync(program, rest, { cwd: study, env: env(), encoding: 'utf8' });
    return { code: ran.status, out: ran.stdout, err: ran.stderr };
  }
  const urlIn = (text: string): URL => new URL(/http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{43}/.exec(text)![0]);

  interface Asked {
    path?: string;
    headers?: OutgoingHttpHeaders;
    method?: string;
    body?: Buffer;
  }
  async function ask(url: URL, { path: at = '/', headers = {}, method = 'GET', body }: Asked = {}) {
    const out = request({ host: '127.0.0.1', port: url.port, path: at, method, headers, agent: false });
    out.end(body);
    const [answer] = (await once(out, 'response')) as [IncomingMessage];
    const bytes = await bytesOf(answer);
    return { status: answer.statusCode, headers: answer.headers, text: bytes.toString(), bytes };
  }
  /** What a browser keeps after opening the address. */
  async function cookieOf(url: URL): Promise<string> {
    const opened = await ask(url, { path: url.pathname + url.search });
    expect(opened).toMatchObject({ status: 303, headers: { location: '/' } });
    const [cookie = ''] = opened.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/; HttpOnly; SameSite=Lax; Path=\/$/);
    return cookie.split(';')[0]!;
  }

  test('a session is reached with its key alone, and reaches nothing; it is reused, taken up, listed and stopped', async () => {
    const started = launch('jupyter', '-b', '-n');
    expect({ ...started, out: started.out.replace(/:\d+\/\?token=.*/, '') }).toEqual({
      code: 0,
      out: 'JupyterLab runs in the background: http://127.0.0.1\n',
      err: '',
    });
    const url = urlIn(started.out);
    const key = url.searchParams.get('token')!;
    const own = `127.0.0.1:${url.port}`;
    const cookie = await cookieOf(url);

    // Nobody without the key, and no other page, name or port of this machine with it.
    const refused: Asked[] = [
      {},
      { path: `/?token=${'x'.repeat(43)}` },
      { path: '/?token=' },
      { headers: { cookie: `${cookie}x` } },
      { headers: { cookie, host: `evil.example:${url.port}` } },
      { path: url.pathname + url.search, headers: { host: 'evil.example' } },
      { headers: { cookie, origin: 'http://127.0.0.1:1' } },
      { headers: { cookie, origin: 'null' }, method: 'POST' },
      { headers: { cookie, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' } },
      { path: url.pathname + url.search, method: 'POST' },
    ];
    for (const each of refused) expect(await ask(url, each)).toMatchObject({ status: 403 });

    const answer = await ask(url, { headers: { cookie: `a=1; ${cookie}; b=2`, origin: `http://${own}` } });
    expect(answer).toMatchObject({ status: 200, headers: { 'set-cookie': ['tool=1'] } });
    const inside = JSON.parse(answer.text) as { headers: object; environment: object; asked: number };
    expect(inside).toMatchObject({
      words: [
        'lab',
        '--ip=127.0.0.1',
        '--port=8888',
        '--no-browser',
        '--ServerApp.token=',
        '--ServerApp.password=',
      ],
      headers: { host: own, cookie: 'a=1; b=2' },
      uid: NOBODY,
      cwd: '/workspace',
      interfaces: ['lo'],
      privileges: '1',
      asked: 1,
    });
    // The key is with the person, and nowhere that others look.
    const [id = ''] = left();
    expect(answer.text).not.toContain(key);
    expect(docker('inspect', id) + docker('logs', id)).not.toContain(key);
    expect(docker('inspect', '-f', '{{.HostConfig.NetworkMode}} {{.NetworkSettings.Ports}}', id)).toBe(
      'none map[]',
    );
    const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    for (const pid of processes) expect(readable(`/proc/${pid}/cmdline`)).not.toContain(key);
    const [folder = ''] = readdirSync(path.join(dir, 'state/sallyport'), {
      recursive: true,
      encoding: 'utf8',
    })
      .filter((name) => name.endsWith('session.json'))
      .map((name) => path.join(dir, 'state/sallyport', name));
    expect(statSync(folder).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(folder)).mode & 0o777).toBe(0o700);

    // From inside: this machine by every name it has, its other doors, and the world.
    const listening = createServer((_request, response) => response.end('the machine')).listen(0, '0.0.0.0');
    await once(listening, 'listening');
    const { port } = listening.address() as AddressInfo;
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
    const wheres = [
      ...addresses.filter(({ family }) => family === 'IPv4').map(({ address }) => ({ host: address, port })),
      { host: '127.0.0.1', port: Number(url.port) },
      { host: '172.17.0.1', port },
      { host: '1.1.1.1', port: 443 },
      { path: '/var/run/docker.sock' },
    ];
    const reach = `/reach?wheres=${encodeURIComponent(JSON.stringify(wheres))}`;
    const reached = JSON.parse((await ask(url, { path: reach, headers: { cookie } })).text) as string[];
    expect(reached).toHaveLength(wheres.length);
    for (const each of reached) expect(['ENETUNREACH', 'ECONNREFUSED', 'ENOENT']).toContain(each);
    listening.close();

    const body = randomBytes(3_000_000);
    const echoed = await ask(url, { path: '/echo', method: 'POST', body, headers: { cookie } });
    expect(echoed.bytes.equals(body)).toBe(true);
    await websocket(url, cookie);

    // Again: the same. Its relay is killed: taken up with another key, and the program has not noticed.
    expect(launch('jupyter', '-n').out).toBe(`JupyterLab is running already: ${url.href}\n`);
    const relay = Number(readFileSync(path.join(path.dirname(folder), '.lock'), 'utf8').split(' ')[0]);
    const held = connect(Number(url.port), '127.0.0.1');
    await once(held, 'connect');
    process.kill(relay, 'SIGKILL');
    held.on('error', () => undefined);
    await new Promise<void>((resolve) => (held.closed ? resolve() : held.once('close', resolve)));
    expect(launch('list').out).toMatch(/^sallyport-jupyter-my-study-\w{6} {2}jupyter {2}no longer reached; /);
    const again = urlIn(launch('jupyter', '-n', '-b').out);
    expect(again.searchParams.get('token')).not.toBe(key);
    const later = await ask(again, { headers: { cookie: await cookieOf(again) } });
    expect((JSON.parse(later.text) as { asked: number }).asked).toBeGreaterThan(inside.asked);
    expect(left()).toEqual([id]);
    expect(launch('list').out).toContain(`http://127.0.0.1:${again.port}/ `);

    expect(launch('stop', 'jupyter').out).toBe(`ended ${sessionName('jupyter', study)}\n`);
    expect(left()).toEqual([]);
    expect(launch('stop')).toMatchObject({ code: 1, err: expect.stringContaining('(launch.no-session)') });
  });

  async function websocket(url: URL, cookie: string): Promise<void> {
    const headers = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
    };
    const open = (more: OutgoingHttpHeaders) => {
      const out = request({
        host: '127.0.0.1',
        port: url.port,
        headers: { ...headers, ...more },
        agent: false,
      });
      out.end();
      return out;
    };
    const [foreign] = (await once(open({ cookie, origin: 'http://evil.example' }), 'response')) as [
      IncomingMessage,
    ];
    expect(foreign.statusCode).toBe(403);
    const [without] = (await once(open({}), 'response')) as [IncomingMessage];
    expect(without.statusCode).toBe(403);

    const out = open({ cookie, origin: `http://127.0.0.1:${url.port}` });
    const [answer, socket] = (await once(out, 'upgrade')) as [
      IncomingMessage,
      NodeJS.ReadWriteStream & { destroy(): void },
    ];
    expect(answer.headers).toMatchObject({
      'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=',
      'x-cookies': 'none',
    });
    const frame = Buffer.concat([Buffer.from([0x81, 0x85, 1, 2, 3, 4]), Buffer.from('hello')]);
    socket.write(frame);
    const [back] = (await once(socket, 'data')) as [Buffer];
    expect(back).toEqual(frame);
    socket.destroy();
  }

  test('RStudio gives its user the person’s number, with few rights and no network', async () => {
    const url = urlIn(launch('rstudio:v2', '-b', '-n', '--name', `look-alike-${process.pid}`).out);
    const inside = JSON.parse((await ask(url, { headers: { cookie: await cookieOf(url) } })).text);
    expect(inside).toMatchObject({ uid: NOBODY, interfaces: ['lo'], privileges: '1', words: [] });
    const [id = ''] = left();
    expect(docker('inspect', '-f', '{{.Name}} {{.HostConfig.CapAdd}} {{.HostConfig.CapDrop}}', id)).toBe(
      `/look-alike-${process.pid} [CHOWN DAC_OVERRIDE FOWNER KILL SETGID SETUID] [ALL]`,
    );
    const other = path.join(dir, 'other');
    mkdirSync(other);
    const taken = launch('rstudio', '-n', '--name', `look-alike-${process.pid}`, '-d', other);
    expect(taken.err).toContain('(launch.name-taken)');
    launch('rstudio', '-n', '-b', '-f', '--name', `look-alike-${process.pid}`);
    expect(left()).toHaveLength(1);
    expect(left()).not.toEqual([id]);
  });

  const why = noTerminal();
  (why === undefined ? test : test.skip)(
    'at a terminal the browser is opened without the key in its arguments, and Ctrl-C ends the session',
    async () => {
      const opened = path.join(dir, 'opened');
      const bin = path.join(dir, 'bin');
      mkdirSync(bin);
      writeFileSync(
        path.join(bin, 'xdg-open'),
        `#!/bin/sh\necho "$1" >${opened}.new; mv ${opened}.new ${opened}\n`,
      );
      chmodSync(path.join(bin, 'xdg-open'), 0o755);
      const at = terminal(words('jupyter'), {
        cwd: study,
        env: { ...env(), PATH: `${bin}:${before['PATH']}`, DISPLAY: ':9' },
      });
      const key = urlIn((await at.until(/Ctrl-C ends it/)).replace(/\n/g, '')).searchParams.get('token')!;
      const [file = ''] = readdirSync(path.join(dir, 'state'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('open.html'))
        .map((name) => path.join(dir, 'state', name));
      expect(readFileSync(file, 'utf8')).toContain(key);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      await appeared(opened);
      expect(readFileSync(opened, 'utf8')).toBe(`file://${file}\n`);
      at.press(CTRL_C);
      expect(await at.ended).toBe(0);
      expect(at.screen()).toMatch(/JupyterLab was ended\.$/);
      expect(existsSync(file)).toBe(false);
      expect(left()).toEqual([]);
    },
  );

  test('what cannot begin is said, and leaves nothing', async () => {
    const { image } = await testImage();
    const { image: lookAlike } = await launchImage('test-launch');
    const engine = await laptopEngine();
    const spec = (more: Partial<LaunchSpec>): LaunchSpec => ({
      dir: study,
      owner: 'laptop-test',
      stateDir: path.join(dir, 'state'),
      tool: 'jupyter',
      image,
      name: `sallyport-fault-${process.pid}`,
      port: 0,
      limits: { cpus: 1, memoryBytes: 2 ** 29 },
      environment: {},
      signal: new AbortController().signal,
      ...more,
    });
    expect(await newSession(engine, spec({ image: lookAlike, environment: { FAIL: '1' } }))).toMatchObject({
      code: 'launch.ended-early',
      says: 'JupyterLab ended before it could be reached. The end of its log:\nno licence for this\n',
    });
    // An image of Node without bash: it runs this in place of a program.
    writeFileSync(path.join(study, 'jupyter.js'), 'setInterval(() => undefined, 1000);');
    expect(await newSession(engine, spec({}))).toMatchObject({ code: 'launch.no-shell' });
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    expect(await newSession(engine, spec({ image: lookAlike, port }))).toMatchObject({
      code: 'launch.port-taken',
    });
    taken.close();
    const silent = { image: lookAlike, tool: 'rstudio', environment: { SILENT: '1' } } as const;
    expect(await newSession(engine, spec({ ...silent, readyMs: 1 }))).toMatchObject({
      code: 'launch.not-ready',
    });
    const stopping = new AbortController();
    stopping.abort();
    await expect(
      newSession(engine, spec({ image: lookAlike, signal: stopping.signal })),
    ).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(left()).toEqual([]);
    expect(readdirSync(path.join(dir, 'state/launch'))).toEqual([]);
    expect(launch('rstudio:v9')).toMatchObject({ code: 1, err: expect.stringContaining('(images.absent)') });
  });
});

async function appeared(file: string): Promise<void> {
  const changes = watch(path.dirname(file));
  while (!existsSync(file)) await once(changes, 'change');
  changes.close();
}

function readable(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const flags = {
  directory: '.',
  port: 0,
  browser: false,
  background: false,
  force: false,
  memory: 2 ** 30,
  cpus: 1,
};

test.each([
  ['vscode', {}, 'launch.no-tool'],
  ['rstudio:v1:v2', {}, 'launch.no-tool'],
  ['jupyter', { name: '../x' }, 'launch.bad-name'],
  ['jupyter', { directory: '/nowhere/at/all' }, 'run.no-folder'],
])('%s %j is refused before an engine is asked', async (tool, wrong, code) => {
  process.env['DOCKER_HOST'] = `unix://${dir}/none.sock`;
  await expect(launchHere(tool, { ...flags, ...wrong })).rejects.toMatchObject({ refusal: { code } });
});

test('without an engine nothing is launched or stopped', async () => {
  process.env['DOCKER_HOST'] = `unix://${dir}/none.sock`;
  const no = { refusal: { code: 'run.no-docker' } };
  await expect(launchHere('jupyter', flags)).rejects.toMatchObject(no);
  await expect(stopSessions(undefined, { directory: dir, all: true })).rejects.toMatchObject(no);
});

test('a browser is looked for where there is a screen', () => {
  expect(openerOf('darwin', {})).toEqual(['open']);
  expect(openerOf('linux', { PATH: '/nowhere', DISPLAY: ':0' })).toBeUndefined();
  expect(openerOf('linux', { PATH: process.env['PATH'] })).toBeUndefined();
  expect(sessionsText([])).toBe('Nothing is running.\n');
});
