/** `sallyport run` as a person sees it. The programs are plain processes: what containers do is tested with the executor. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { missing } from '../support/require.ts';
import { twoActions, writeStudy } from '../support/laptop-study.ts';
import { noTerminal, terminal, type Terminal } from '../support/terminal.ts';

const BIN = new URL('../../src/cli/bin.js', import.meta.url).pathname;
const NOBODY = 65_534;
const CTRL_C = '\u0003';

/** Skipped by name, with the reason. */
function unless(why: string | undefined, name: string, body: () => Promise<void>): void {
  if (why === undefined) test(name, body);
  else test.skip(`${name} [skipped: ${why}]`, () => undefined);
}

let dir: string;
let study: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-terminal-'));
  study = path.join(dir, 'study');
  mkdirSync(study);
  write({
    'project.yaml': twoActions(
      'run: node:v1 model.mjs\nneeds: [extract]\noutputs: {moderately_sensitive: {table: output/table.csv}}',
    ),
    'dummy.csv': 'pupil,score\n1,7\n',
    'model.mjs': `import { existsSync, writeFileSync } from 'node:fs';
console.log('reading output/rows.csv');
console.log('fitting, step 1 of 2');
const go = setInterval(() => {
  if (!existsSync(${JSON.stringify(path.join(dir, 'go'))})) return;
  clearInterval(go);
  writeFileSync('output/table.csv', 'region,n\\nnorth,3\\nsouth,15\\n');
}, 10);
`,
  });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const write = (files: Record<string, string>, folder = study): void => writeStudy(folder, files);

function run(words: string[], more: { env?: NodeJS.ProcessEnv; uid?: number; cwd?: string } = {}): Terminal {
  const { CI: _ci, NO_COLOR: _color, DOCKER_HOST: _host, DOCKER_CONTEXT: _context, ...own } = process.env;
  const { SALLYPORT_IMAGES: _images, ...rest } = own;
  return terminal([process.execPath, '--no-warnings', BIN, 'run', ...words], {
    cwd: more.cwd ?? study,
    env: {
      ...rest,
      TERM: 'xterm-256color',
      SALLYPORT_BUILT: '1',
      HOME: dir,
      XDG_STATE_HOME: path.join(dir, 'state'),
      ...more.env,
    },
    ...(more.uid === undefined ? {} : { uid: more.uid }),
  });
}

/** What differs from run to run is written the same. */
function steady(screen: string): string {
  return screen
    .replace(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/gu, '⠋')
    .replace(/ +(\d+\.\d s|\d+ %|\d+ MiB|–)(?= |\n|$)/g, ' N')
    .replace(/in \d+\.\d s/g, 'in N s')
    .replace(/^\^C/gm, '')
    .replace(/(action {2}result).*/, '$1 …')
    .replaceAll(dir, '/home/me');
}

const WARNING = /^Warning: --executor process isolates nothing\..*\n/;
const seen = (screen: string): string => steady(screen).replace(WARNING, '');

describe('on a terminal', () => {
  const why = noTerminal();

  unless(
    why,
    'what runs moves below what has happened, and hints and resources stand at the end',
    async () => {
      const at = run(['run_all', '--executor', 'process']);

      expect(seen(await at.until(/cpu.*\n.*reading.*\n.*step 1 of 2/))).toMatchInlineSnapshot(`
       "✓ extract: done in N s, 1 output
       ⠋ model N  cpu N  memory N
           reading output/rows.csv
           fitting, step 1 of 2
       1 of 2 done, 1 running, 0 waiting · Ctrl-C stops"
      `);
      write({ go: '' }, dir);
      expect(await at.ended).toBe(0);

      expect(at.screen()).toMatch(WARNING);
      expect(seen(at.screen())).toMatchInlineSnapshot(`
       "✓ extract: done in N s, 1 output
       ✓ model: done in N s, 1 output

       action   result   time  cpu mean  cpu peak  memory peak
       extract  done N N N N
       model    done N N N N

       disclosure checks, as output checkers will see them
       output/table.csv: 2 blocking, 0 to answer, 2 notes
         blocks C5     row 1, n  The count 3 is between 1 and 7. Redact it, and a second cell where the row or column has a total; then round. [small count]
         blocks C6     row 1, n  The count 3 is no multiple of 5. Round counts to 5. [unrounded count]
         … and 2 more: sallyport disclose output/table.csv"
      `);
      // A narrow terminal cuts what moves, and nothing is drawn over that it has wrapped.
      expect(at.written()).toContain('\u001b[?7l');
      expect(at.written()).toContain('\u001b[?25l');
      expect(at.written().lastIndexOf('\u001b[?25h')).toBeGreaterThan(
        at.written().lastIndexOf('\u001b[?25l'),
      );
      expect(existsSync(path.join(study, 'metadata/.runs'))).toBe(false);
    },
  );

  unless(why, 'a failure shows the end of the log, and nothing of it can act on the terminal', async () => {
    write({
      'model.mjs': `console.log('reading');
console.log('\\u001b]0;another title\\u0007\\u001b[2Jan error in line 3');
process.exit(3);`,
    });
    const at = run(['run_all', '--executor', 'process']);

    expect(await at.ended).toBe(1);
    expect(seen(at.screen())).toMatchInlineSnapshot(`
     "✓ extract: done in N s, 1 output
     model: the last 2 lines of its log:
       reading
       an error in line 3
     model: exit code 3; the whole log is in metadata/model.log
     ✗ model: The program ended with an error.

     action   result   time  cpu mean  cpu peak  memory peak
     extract  done N N N N
     model    failed N N N N"
    `);
    expect(at.written()).not.toContain('another title');
  });

  unless(why, 'Ctrl-C stops what runs, keeps nothing of it and ends with 130', async () => {
    const at = run(['run_all', '--executor', 'process']);
    await at.until(/step 1 of 2/);

    at.press(CTRL_C);

    expect(await at.ended).toBe(130);
    expect(seen(at.screen())).toMatchInlineSnapshot(`
     "✓ extract: done in N s, 1 output
     Stopping. Ctrl-C again ends at once, and leaves what is running to the next run.
     Stopped. Nothing of what was running is kept."
    `);
    expect(existsSync(path.join(study, 'metadata/.runs'))).toBe(false);
    expect(existsSync(path.join(study, 'output/table.csv'))).toBe(false);
    const [owner] = readdirSync(path.join(dir, 'state/sallyport'));
    expect(readdirSync(path.join(dir, 'state/sallyport', owner ?? '', 'jobs'))).toEqual([]);
  });

  describe('with an engine', () => {
    let server: Server;
    let socket: string;
    const images = new Set(['ghcr.io/opensafely-core/node:v1']);
    let ends: boolean;
    const AT = '2027-03-01T09:00:00Z';
    const RUNNING = { Running: true, Status: 'running', StartedAt: AT };
    const EXITED = { Status: 'exited', ExitCode: 0, StartedAt: AT, FinishedAt: AT };
    const Config = { Labels: { 'sallyport.limits': '{"logBytes":1000}' } };
    /**
     * It starts a program that never ends, and never answers when it is asked to end it; or one that ends at once,
     * in a container that cannot be removed.
     */
    beforeEach(async () => {
      ends = false;
      socket = path.join(dir, 'engine.sock');
      server = createServer((request, response) => {
        const url = decodeURIComponent((request.url ?? '').replace(/\?.*/, ''));
        const image = /^\/images\/(.*)\/json$/.exec(url)?.[1];
        if (image !== undefined && !images.has(image))
          response.writeHead(404).end('{"message":"no such image"}');
        else if (image !== undefined) response.end('{"Id":"sha256:1","Config":{}}');
        else if (url === '/containers/json') response.end('[]');
        else if (url === '/containers/create') response.writeHead(201).end('{"Id":"1"}');
        else if (url.endsWith('/start')) response.writeHead(204).end();
        else if (request.method === 'DELETE') response.writeHead(500).end('{"message":"it is stuck"}');
        else if (url.endsWith('/json'))
          response.end(JSON.stringify({ State: ends ? EXITED : RUNNING, Config }));
        else if (ends || url === '/_ping') response.end();
        else response.writeHead(200).flushHeaders();
      });
      await new Promise<void>((resolve) => server.listen(socket, resolve));
    });
    afterEach(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const engine = (): NodeJS.ProcessEnv => ({ DOCKER_HOST: `unix://${socket}` });

    unless(why, 'a second Ctrl-C ends at once, whatever the engine does', async () => {
      const at = run(['run_all'], { env: engine() });
      await at.until(/node:v1/);
      at.press(CTRL_C);
      await at.until(/Stopping\./);

      at.press(CTRL_C);

      expect(await at.ended).toBe(130);
      expect(at.written().lastIndexOf('\u001b[?25h')).toBeGreaterThan(
        at.written().lastIndexOf('\u001b[?25l'),
      );
    });

    unless(why, 'a container that cannot be removed does not end the others', async () => {
      ends = true;
      const action = (name: string): string =>
        `  ${name}:\n    run: node:v1 ${name}.mjs\n    outputs: {highly_sensitive: {x: ${name}.csv}}\n`;
      write({ 'project.yaml': `version: 5\nactions:\n${action('a')}${action('b')}` });
      const at = run(['run_all', '--continue-on-error', '--concurrency', '1'], { env: engine() });
      expect(await at.ended).toBe(1);
      expect(at.screen()).toContain('b: no file for b.csv');
      expect(at.screen()).toMatch(/^b +outputs missing/m);
    });

    unless(why, 'an image that is not there is named with how to get it', async () => {
      write({
        'project.yaml':
          'version: 5\nactions:\n  a:\n    run: nude:v1 a.mjs\n    outputs: {highly_sensitive: {a: a.csv}}\n',
      });
      const at = run(['a'], { env: engine() });
      expect(await at.ended).toBe(1);
      expect(steady(at.screen())).toMatchInlineSnapshot(
        `"sallyport: An image is not on this machine: nude:v1. Run: sallyport pull ghcr.io/opensafely-core/nude:v1 (run.image-missing)"`,
      );
    });
  });

  unless(why, 'without an engine it says so, and what can be done', async () => {
    const at = run(['run_all'], { env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' } });
    expect(await at.ended).toBe(1);
    expect(steady(at.screen())).toMatchInlineSnapshot(
      `"sallyport: The container engine does not answer (DOCKER_HOST=unix:///nowhere/docker.sock). Start it: Docker Desktop, "sudo systemctl start docker", or "systemctl --user start podman.socket". Or use --executor process, which isolates nothing. (run.no-docker)"`,
    );
  });

  unless(why ?? noSmallDisk(), 'a full disk is said, and nothing is left on it', async () => {
    const small = path.join(dir, 'small');
    mkdirSync(small);
    spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small]);
    try {
      for (const file of ['project.yaml', 'dummy.csv', 'model.mjs'])
        spawnSync('cp', [path.join(study, file), small]);
      write({ 'dummy.csv': `score\n${'7\n'.repeat(75_000)}` }, small);
      const at = run(['extract', '--executor', 'process'], { cwd: small });

      expect(await at.ended).toBe(1);
      expect(seen(at.screen())).toMatchInlineSnapshot(
        `"sallyport: There is no space left on the disk. Every action works on a copy of the study in metadata/.runs: make room and run again; what had finished is kept. (run.disk-full)"`,
      );
      expect(existsSync(path.join(small, 'metadata/.runs'))).toBe(false);
    } finally {
      spawnSync('umount', [small]);
    }
  });

  unless(why ?? noNobody(), 'a file that may not be read is named', async () => {
    chmodSync(dir, 0o777);
    for (const file of ['', 'project.yaml', 'dummy.csv']) chownSync(path.join(study, file), NOBODY, NOBODY);
    chmodSync(path.join(study, 'model.mjs'), 0o600);
    const at = run(
      ['run_all', '--executor', 'process'],
      missing('root') === undefined ? { uid: NOBODY } : {},
    );

    expect(await at.ended).toBe(1);
    expect(seen(at.screen())).toMatchInlineSnapshot(
      `"sallyport: You may not read or change model.mjs. See who owns it with "ls -ld model.mjs"; files that another program made as root are given back with "sudo chown -R $USER .". (run.not-permitted)"`,
    );
  });

  unless(why, 'with NO_COLOR or CI there are plain lines and no control', async () => {
    write({ go: '' }, dir);
    const all = [{ NO_COLOR: '1' }, { CI: 'true' }].map((env) => ({ env, cwd: study }));
    for (const more of all) {
      const at = run(['model', '--executor', 'process'], more);
      expect(await at.ended).toBe(0);
      expect(at.written()).not.toMatch(/[\u0000-\u0008\u000b-\u001f](?<!\r)/);
      expect(at.written()).toContain('model: done in');
    }
  });
});

test('when nobody reads what it prints, it stops and cleans up', async () => {
  const child = spawn(process.execPath, ['--no-warnings', BIN, 'run', 'run_all', '--executor', 'process'], {
    cwd: study,
    env: { ...process.env, SALLYPORT_BUILT: '1', HOME: dir, XDG_STATE_HOME: path.join(dir, 'state') },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child.stdout.destroy();

  expect(await once(child, 'close')).toEqual([141, null]);
  expect(existsSync(path.join(study, 'metadata/.runs'))).toBe(false);
});

test('when nobody reads what another command prints, it ends as if somebody did', async () => {
  const words = ['completion', 'bash'];
  const child = spawn(process.execPath, ['--no-warnings', BIN, ...words], {
    cwd: study,
    env: { ...process.env, SALLYPORT_BUILT: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  let said = '';
  child.stderr.on('data', (text) => (said += String(text)));

  expect([await once(child, 'close'), said]).toEqual([[0, null], '']);
});

test.each([
  ['nobody says anything', {}, false],
  ['colours are forced', { FORCE_COLOR: '1' }, true],
  ['they are forced and forbidden', { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ['it is CI', { CI: 'true' }, false],
])('in a pipe there are colours only when they are asked for: %s', (_what, env, colored) => {
  const { FORCE_COLOR: _force, NO_COLOR: _color, CI: _ci, ...rest } = process.env;
  const { stdout } = spawnSync(process.execPath, ['--no-warnings', BIN, 'check', '--no-engine'], {
    cwd: study,
    encoding: 'utf8',
    env: { ...rest, SALLYPORT_BUILT: '1', ...env },
  });
  expect(stdout).toContain('is right');
  expect(stdout.includes('\u001b[')).toBe(colored);
});

/** A file system of its own that is soon full. */
function noSmallDisk(): string | undefined {
  if (missing('root') !== undefined) return missing('root');
  const place = mkdtempSync(path.join(tmpdir(), 'sallyport-mount-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', place]).status === 0;
  if (mounted) spawnSync('umount', [place]);
  rmSync(place, { recursive: true });
  return mounted ? undefined : 'no file system can be mounted here';
}

/** Root may read everything, so the command runs as somebody who may not; who must be able to read the program. */
function noNobody(): string | undefined {
  if (missing('root') !== undefined) return missing('root');
  const read = spawnSync(
    process.execPath,
    ['-e', `require('node:fs').readFileSync(${JSON.stringify(BIN)})`],
    { uid: NOBODY },
  );
  return read.status === 0 ? undefined : 'the program lies where nobody else may read it';
}
