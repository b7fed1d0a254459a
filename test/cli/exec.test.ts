/** `sallyport exec`: real containers, on pipes and on a terminal. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stataLicence } from '../../agent/laptop/licence.ts';
import { openUser } from '../../agent/laptop/container.ts';
import { kindFrames } from '../../agent/laptop/streams.ts';
import { execHere, licenceFor, variable, volume } from '../../src/cli/exec-work.ts';
import { docker, testImage } from '../executor/docker-harness.ts';
import { requires } from '../support/require.ts';
import { noTerminal, terminal } from '../support/terminal.ts';

/** Each story starts the command several times; where everything is tested at once a start takes seconds. */
jest.setTimeout(120_000);

const BIN = new URL('../../src/cli/bin.js', import.meta.url).pathname;
const NOBODY = 65_534;
const CTRL_C = '\u0003';

let dir: string;
let study: string;
const before = { ...process.env };
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-exec-'));
  study = path.join(dir, 'study');
  mkdirSync(study);
});
afterEach(() => {
  process.env = { ...before };
  rmSync(dir, { recursive: true, force: true });
});

const flags = { env: [], memory: 2 ** 30, cpus: 1, volume: [], projectDir: '.' };
const env = (): NodeJS.ProcessEnv => ({ ...before, SALLYPORT_BUILT: '1', HOME: dir, TERM: 'xterm' });
const words = (...more: string[]): string[] => [process.execPath, '--no-warnings', BIN, 'exec', ...more];

requires('docker', 'root').describe('with an engine', () => {
  const IMAGE = 'sallyport-test/exec:v1';
  beforeAll(async () => {
    docker('tag', (await testImage()).image, IMAGE);
  });
  afterAll(() => void docker('rmi', IMAGE));
  beforeEach(() => chownSync(study, NOBODY, NOBODY));

  const left = (): string[] =>
    docker('ps', '-aq', '--filter', `label=sallyport.study=${study}`).split('\n').filter(Boolean);

  function exec(more: string[], input = ''): { code: number | null; out: string; err: string } {
    const [program = '', ...rest] = words(...more);
    const ran = spawnSync(program, rest, { cwd: study, env: env(), encoding: 'utf8', input });
    return { code: ran.status, out: ran.stdout, err: ran.stderr };
  }

  test('pipes, both outputs and the exit code are the program’s own, and what it makes is the person’s', () => {
    const script =
      'cat; echo made >made.txt; echo $YEAR-$OPENSAFELY_BACKEND; cat /maps/a; (echo x >/maps/b) 2>/dev/null || echo bad >&2; exit 7';
    const maps = path.join(dir, 'maps');
    mkdirSync(maps);
    writeFileSync(path.join(maps, 'a'), 'a map\n');
    const volumes = ['-v', `${maps}:/maps:ro`];
    const answer = exec(
      [...volumes, '-e', 'YEAR=2026', '--entrypoint', 'sh', IMAGE, '-c', script],
      'piped\n',
    );
    expect(answer).toEqual({ code: 7, out: 'piped\n2026-expectations\na map\n', err: 'bad\n' });
    expect(statSync(path.join(study, 'made.txt')).uid).toBe(NOBODY);
    expect(left()).toEqual([]);
  });

  test('the program has no network, no rights and nothing of the machine, and options behind the image are its own', () => {
    const script = `const { readFileSync, readdirSync, writeFileSync } = require('node:fs');
      const status = readFileSync('/proc/self/status', 'utf8');
      const tried = (act) => { try { act(); return 'done'; } catch (error) { return error.code; } };
      console.log(JSON.stringify({
        words: process.argv.slice(1),
        interfaces: Object.keys(require('node:os').networkInterfaces()),
        caps: /CapEff:\\s*(\\w+)/.exec(status)[1],
        nnp: /NoNewPrivs:\\s*(\\w+)/.exec(status)[1],
        uid: process.getuid(),
        root: tried(() => writeFileSync('/app/x', '')),
        link: tried(() => readdirSync('/maps')),
      }));`;
    const answer = exec([IMAGE, '-e', script, '--', '-v', '--env', '--help']);
    expect(answer).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(answer.out)).toEqual({
      words: ['-v', '--env', '--help'],
      interfaces: ['lo'],
      caps: '0000000000000000',
      nnp: '1',
      uid: NOBODY,
      root: 'EROFS',
      link: 'ENOENT',
    });
  });

  test('a program that is not in the image is named, and so is an image that is not here', () => {
    const absent = exec(['--entrypoint', 'fortran', IMAGE]);
    expect(absent.code).toBe(127);
    expect(absent.err).toContain('fortran');
    expect(exec(['nobody:v9'])).toEqual({
      code: 1,
      out: '',
      err: 'sallyport: The image nobody:v9 is not on this machine. Fetch it with "sallyport pull nobody:v9". (images.absent)\n',
    });
    chownSync(study, 0, 0);
    expect(exec([IMAGE, '-e', 'process.exit(process.getuid() === 10001 ? 3 : 4)'])).toEqual({
      code: 3,
      out: '',
      err: 'note: you are root, so this runs as user 10001, who may read your study but not write to it; -u says otherwise.\n',
    });
    expect(left()).toEqual([]);
  });

  test('what a killed exec left is removed by the next one, and a running one is left alone', async () => {
    const started = async (): Promise<ReturnType<typeof spawn>> => {
      const [program = '', ...rest] = words(IMAGE, '-e', 'console.log("up"); setInterval(() => {}, 1000)');
      const child = spawn(program, rest, { cwd: study, env: env(), stdio: ['pipe', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      return child;
    };
    const killed = await started();
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(left()).toHaveLength(1);
    const running = await started();
    expect(exec([IMAGE, '-e', '1']).code).toBe(0);
    expect(left()).toHaveLength(1);
    running.kill('SIGTERM');
    expect(await once(running, 'exit')).toEqual([143, null]);
    expect(left()).toEqual([]);
  });

  const why = noTerminal();
  (why === undefined ? test : test.skip)(
    'a terminal is handed on: its size, a change of its size, its keys, and Ctrl-C',
    async () => {
      const tty = path.join(dir, 'tty');
      const script = `console.log('size', process.stdout.columns, process.stdout.rows);
        process.stdout.on('resize', () => console.log('now', process.stdout.columns, process.stdout.rows));
        process.on('SIGINT', () => { console.log('interrupted'); process.exit(5); });
        process.stdin.on('data', (line) => console.log('heard', String(line).trim()));`;
      const at = terminal(['sh', '-c', `tty >${tty}; exec "$@"`, '', ...words(IMAGE, '-e', script)], {
        cwd: study,
        env: env(),
      });
      await at.until(/size 100 24|now 100 24/);
      at.press('hello\r');
      await at.until(/heard hello/);
      const resize =
        'import fcntl,struct,sys,termios; fcntl.ioctl(open(sys.argv[1]), termios.TIOCSWINSZ, struct.pack("HHHH", 40, 60, 0, 0))';
      spawnSync('python3', ['-c', resize, readFileSync(tty, 'utf8').trim()]);
      await at.until(/now 60 40/);
      at.press(CTRL_C);
      expect(await at.ended).toBe(5);
      expect(at.screen()).toContain('interrupted');
      expect(left()).toEqual([]);
    },
  );
});

test.each([
  [{ volume: ['data:/data'] }, 'exec.bad-volume'],
  [{ volume: [`${tmpdir()}:/workspace`] }, 'exec.bad-volume'],
  [{ volume: ['nonsense'] }, 'exec.bad-volume'],
  [{ env: ['1=2'] }, 'exec.bad-variable'],
  [{ env: ['SALLYPORT_NOT_SET'] }, 'exec.bad-variable'],
  [{ user: '0 --privileged' }, 'exec.bad-user'],
  [{ projectDir: '/nowhere/at/all' }, 'run.no-folder'],
])('%j is refused before an engine is asked', async (wrong, code) => {
  process.env['DOCKER_HOST'] = `unix://${dir}/none.sock`;
  await expect(execHere('python', [], { ...flags, ...wrong })).rejects.toMatchObject({ refusal: { code } });
});

test('variables and folders are read as they are written', () => {
  expect(variable('A=b=c\nd', {})).toEqual(['A', 'b=c\nd']);
  expect(variable('A', { A: 'mine' })).toEqual(['A', 'mine']);
  expect(variable('A=', {})).toEqual(['A', '']);
  expect(volume(`${dir}:/x/../y:ro`)).toEqual({ source: dir, target: '/y', readOnly: true });
  expect(volume(`${dir}:/x`)).toEqual({ source: dir, target: '/x', readOnly: false });
});

test('a person runs as themselves, and root as the owner of the study or as nobody, never as root', () => {
  expect(openUser(study, { uid: 1000, gid: 100 })).toEqual({ uid: 1000, gid: 100, stranger: false });
  expect(openUser(study, { uid: undefined, gid: undefined })).toMatchObject({ stranger: false });
  const { uid } = openUser(study, { uid: 0, gid: 0 });
  expect(uid).not.toBe(0);
});

test('frames are taken apart wherever they are cut', async () => {
  const frame = (kind: number, text: string): Buffer => {
    const head = Buffer.alloc(8);
    head[0] = kind;
    head.writeUInt32BE(text.length, 4);
    return Buffer.concat([head, Buffer.from(text)]);
  };
  const all = Buffer.concat([frame(1, 'out'), frame(2, ''), frame(2, 'error'), frame(1, 'more')]);
  for (let cut = 0; cut <= all.length; cut += 1) {
    const seen = { 1: '', 2: '' };
    const parts = (async function* () {
      yield all.subarray(0, cut);
      yield all.subarray(cut);
    })();
    for await (const { kind, bytes } of kindFrames(parts)) seen[kind as 1 | 2] += bytes.toString();
    expect(seen).toEqual({ 1: 'outmore', 2: 'error' });
  }
});

test('a Stata licence comes from the file that is named, the environment, or its usual place', () => {
  const usual = path.join(dir, '.config/sallyport/stata.lic');
  const given = (more: { file?: string; env?: Record<string, string> } = {}) =>
    stataLicence({ env: {}, home: dir, ...more });
  expect(given()).toBeUndefined();
  mkdirSync(path.dirname(usual), { recursive: true });
  writeFileSync(usual, 'usual\nlines\n');
  expect(given()).toBe('usual\nlines\n');
  expect(given({ env: { STATA_LICENSE: 'variable' } })).toBe('variable');
  const file = path.join(dir, 'named.lic');
  writeFileSync(file, 'named');
  expect(given({ file, env: { STATA_LICENSE: 'variable' } })).toBe('named');
  for (const wrong of ['', 'a\0b', 'x'.repeat(70_000)]) {
    writeFileSync(file, wrong);
    expect(given({ file })).toMatchObject({ code: 'licence.unreadable' });
  }
  for (const none of [dir, path.join(dir, 'none')])
    expect(given({ file: none })).toMatchObject({ code: 'licence.unreadable' });
});

test('only stata-mp is handed the licence, and it does not begin without one', () => {
  process.env['HOME'] = dir;
  process.env['XDG_CONFIG_HOME'] = path.join(dir, 'config');
  delete process.env['STATA_LICENSE'];
  expect(licenceFor('x.example/y/stata-mp:v1', undefined)).toMatchObject({ code: 'run.no-licence' });
  expect(licenceFor('x.example/stata-mp/python:v1', undefined)).toEqual({});
  expect(licenceFor('stata-mp:v1', undefined, { STATA_LICENSE: '' })).toEqual({});
  process.env['STATA_LICENSE'] = 'secret';
  expect(licenceFor(`x.example/y/stata-mp@sha256:${'0'.repeat(64)}`, undefined)).toEqual({
    STATA_LICENSE: 'secret',
  });
  expect(licenceFor('r:v2', undefined)).toEqual({});
});
