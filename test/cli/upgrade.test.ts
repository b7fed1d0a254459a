/** A newer version: who is asked for it, when it is told, and what is done by the way the program came. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { installed, WAYS, type Way } from '../../src/cli/installed.ts';
import { isNewer, readSeen } from '../../src/cli/upgrade-cache.ts';
import { newest, npmCall, releasesOf } from '../../src/cli/upgrade-newest.ts';
import { tellOfNewer, type Surroundings } from '../../src/cli/upgrade-notice.ts';
import { upgrade } from '../../src/cli/upgrade-work.ts';
import { version } from '../../src/cli/version.ts';

const HOUR = 3_600_000;
const NOW = Date.parse('2027-03-01T09:00:00Z');

let dir: string;
let server: Server | undefined;
let asked: string[] = [];
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'sallyport-upgrade-'));
  asked = [];
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A server that knows these answers, and writes down what it was asked for. */
async function serve(answers: Record<string, unknown>): Promise<string> {
  server = createServer((request, answer) => {
    asked.push(request.url ?? '');
    const known = answers[request.url ?? ''];
    answer.statusCode = known === undefined ? 404 : 200;
    answer.setHeader('content-type', 'application/json');
    answer.end(JSON.stringify(known ?? {}));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const packument = (newest: string): Record<string, unknown> => ({
  name: 'sallyport',
  'dist-tags': { latest: newest },
  versions: {
    [newest]: { name: 'sallyport', version: newest, dist: { tarball: 'http://127.0.0.1:9/none.tgz' } },
  },
});

const npmEnv = (registry: string): NodeJS.ProcessEnv => ({
  ...process.env,
  npm_config_registry: registry,
  npm_config_cache: path.join(dir, 'npm-cache'),
  npm_config_fetch_retries: '0',
});

describe('the notice', () => {
  let said: string;
  let looks: number;
  const file = (): string => path.join(dir, 'cache', 'newest.json');
  beforeEach(() => {
    said = '';
    looks = 0;
  });
  function command(name: string | undefined, more: Partial<Surroundings> = {}): void {
    tellOfNewer(name, {
      env: {},
      way: 'global',
      now: NOW,
      file: file(),
      say: (text) => (said += text),
      look: () => (looks += 1),
      ...more,
    });
  }
  function found(newer: string, at = NOW): void {
    mkdirSync(path.dirname(file()), { recursive: true });
    writeFileSync(file(), JSON.stringify({ askedAt: at, toldAt: 0, newest: newer }));
  }

  test('the first command looks in the background and says nothing; what the look found is told, once in four hours', () => {
    command('check');
    expect([looks, said]).toEqual([1, '']);
    command('check', { now: NOW + 1 });
    expect(looks).toBe(1);

    found('999.1.0');
    command('check', { now: NOW + 2 });
    expect(said).toBe(
      `\nsallyport 999.1.0 is there; this is ${version}. To have it: sallyport upgrade\n(SALLYPORT_NO_NOTICE=1 keeps this silent)\n`,
    );
    said = '';
    command('run', { now: NOW + 4 * HOUR - 1 });
    expect([looks, said]).toEqual([1, '']);
    command('run', { now: NOW + 4 * HOUR + 2 });
    expect([looks, said.includes('999.1.0')]).toEqual([2, true]);
  });

  test.each<[string, string | undefined, Partial<Surroundings>]>([
    ['switched off', 'check', { env: { SALLYPORT_NO_NOTICE: '1' } }],
    ['in CI', 'check', { env: { CI: 'true' } }],
    ['in a clone', 'check', { way: 'clone' }],
    ['of a single file whose source nobody named', 'check', { way: 'single' }],
    ['by a host in the zone', 'agent', {}],
    ['by a hub', 'hub', {}],
    ['while a shell completes', 'complete-actions', {}],
    ['beside a script for a shell', 'completion', {}],
    ['while upgrading', 'upgrade', {}],
    ['without a command', undefined, {}],
  ])('nobody is asked and nothing told: %s', (_what, name, more) => {
    found('999.1.0', 1);

    command(name, more);

    expect([looks, said]).toEqual([0, '']);
  });

  test('no notice of the same, an older or an early version, and none of what is no version', () => {
    for (const one of [version, '0.0.1', '999.0.0-rc.1', '1.2.3\u001b[2J', 'latest']) {
      found(one);
      command('check');
    }
    expect(said).toBe('');
  });

  test('a cache that is broken, hostile or of the future does no harm, and one that cannot be written asks nobody', () => {
    mkdirSync(path.dirname(file()), { recursive: true });
    for (const text of ['', '[]', 'null', '{"askedAt":"x","newest":5}', '\0'.repeat(1000)]) {
      writeFileSync(file(), text);
      expect(readSeen(file())).toEqual({ askedAt: 0, toldAt: 0 });
    }
    found('999.1.0', NOW + 99 * HOUR);
    command('check');
    expect(looks).toBe(1);

    looks = 0;
    said = '';
    writeFileSync(path.join(dir, 'file'), '');
    command('check', { file: path.join(dir, 'file', 'newest.json') });
    expect([looks, said]).toEqual([0, '']);
  });
});

describe('which is the newest', () => {
  test('npm says it, from the registry that npm is set to', async () => {
    const registry = await serve({ '/sallyport': packument('999.1.0') });

    expect(await newest('global', npmEnv(registry))).toBe('999.1.0');
    expect(asked).toEqual(['/sallyport']);
  });

  test('npm is not run in the study, whose .npmrc a stranger wrote', () => {
    const { cwd, words } = npmCall(['view', 'sallyport']);

    expect(cwd).not.toBe(process.cwd());
    expect(words.slice(-2)).toEqual(['view', 'sallyport']);
  });

  test('a registry that has none, answers nonsense, or is away makes nobody know', async () => {
    expect(await newest('npx', npmEnv(await serve({})))).toBeUndefined();
    server?.close();
    expect(
      await newest('npx', npmEnv(await serve({ '/sallyport': packument('not a version') }))),
    ).toBeUndefined();
  });

  test('of a single file the releases of the repository that was named, and of no other', async () => {
    const origin = await serve({ '/api/v3/repos/o/r/releases/latest': { tag_name: 'v999.2.0' } });

    expect(await newest('single', {})).toBeUndefined();
    expect(await newest('single', { SALLYPORT_RELEASES: `${origin}/o/r/` })).toBe('999.2.0');
    expect(await newest('gh', { SALLYPORT_RELEASES: `${origin}/o/other` })).toBeUndefined();
    expect(asked).toEqual(['/api/v3/repos/o/r/releases/latest', '/api/v3/repos/o/other/releases/latest']);
  });

  test('GitHub itself has its API elsewhere; what is no address of a repository is none', () => {
    expect(releasesOf({ SALLYPORT_RELEASES: 'https://github.com/o/r' })).toEqual({
      page: 'https://github.com/o/r',
      api: 'https://api.github.com/repos/o/r',
    });
    for (const one of [
      'o/r',
      'http://example.org/o/r',
      'https://u:p@example.org/o/r',
      'https://example.org/o',
      'https://example.org/o/r?x',
    ])
      expect(releasesOf({ SALLYPORT_RELEASES: one })).toBeUndefined();
  });

  test('versions are compared by their numbers', () => {
    expect(isNewer('0.10.0', '0.9.9')).toBe(true);
    expect(isNewer('1.0.0', '1.0.0-rc.1')).toBe(true);
    expect(isNewer('1.0.0', '1.0.0')).toBe(false);
    expect(isNewer('1.0.0-rc.2', '0.9.0')).toBe(false);
    expect(isNewer('0.9.9', '0.10.0')).toBe(false);
  });
});

describe('upgrade', () => {
  const PLACES: Readonly<Record<Way, string>> = {
    clone: '/src/sallyport',
    global: '/usr/local/lib/node_modules/sallyport',
    npx: '/home/a/.npm/_npx/1f/node_modules/sallyport',
    project: '/work/p/node_modules/sallyport',
    single: '/opt/sallyport.mjs',
    gh: '/x/sallyport.mjs',
  };
  async function say(way: Way, wanted?: string, env: NodeJS.ProcessEnv = {}, dryRun = true): Promise<string> {
    let text = '';
    const out = { write: (more: string) => (text += more) };
    expect(await upgrade(wanted, { dryRun }, out, { way, at: PLACES[way] }, env)).toBe(0);
    return text.trimEnd();
  }

  test('says what is right for the way the program came', async () => {
    const env = { SALLYPORT_RELEASES: 'https://github.com/o/r' };
    const told = await Promise.all(WAYS.map((way) => say(way, 'v9.9.9', env)));
    expect(told.map((text) => text.replaceAll(version, 'NOW'))).toEqual([
      'This is a clone of its repository. Run: git -C /src/sallyport checkout v9.9.9\nThe next start builds what has changed.',
      'Would run: npm install --global --prefix /usr/local sallyport@9.9.9',
      'This is NOW, by npx. Run: npx sallyport@9.9.9',
      'This is NOW, by npm, for one project. Run: npm --prefix /work/p install sallyport@9.9.9',
      'This is NOW, by a single file. Take sallyport.mjs of 9.9.9 from https://github.com/o/r/releases/tag/v9.9.9, compare it with SHA256SUMS there, and put it in place of /opt/sallyport.mjs.',
      'This is NOW, by an extension of gh. Run: gh extension install o/r --force --pin v9.9.9',
    ]);
  });

  test('without a version takes the newest, and says when this is it', async () => {
    const registry = await serve({ '/sallyport': packument(version) });

    expect(await say('global', undefined, npmEnv(registry))).toBe(`This is ${version}, the newest.`);
    expect(await say('npx', version)).toBe(`This is ${version}.`);
  });

  test.each<[string, Way, string | undefined, string]>([
    ['what is no version', 'global', '1.0.0 --registry=http://x', 'upgrade.not-a-version'],
    ['an option in place of one', 'global', '--force', 'upgrade.not-a-version'],
    ['a single file from nowhere', 'single', undefined, 'upgrade.no-source'],
  ])('refuses %s', async (_what, way, wanted, code) => {
    await expect(say(way, wanted)).rejects.toMatchObject({ refusal: { code } });
  });

  test('says that npm, or the releases, could not say it, or could not do it', async () => {
    const origin = await serve({});
    await expect(say('global', undefined, npmEnv(origin))).rejects.toMatchObject({
      refusal: { code: 'upgrade.nobody-knows' },
    });
    await expect(say('single', undefined, { SALLYPORT_RELEASES: `${origin}/o/r` })).rejects.toMatchObject({
      refusal: { code: 'upgrade.nobody-knows', says: 'The releases could not be read.' },
    });
    const at = path.join(dir, 'lib/node_modules/sallyport');
    const out = { write: () => true };
    const env = { ...npmEnv(origin), npm_config_loglevel: 'silent' };
    await expect(upgrade('9.9.9', { dryRun: false }, out, { way: 'global', at }, env)).rejects.toMatchObject({
      refusal: { code: 'upgrade.npm-failed' },
    });
  });
});

test('the way is told by the place: a clone, npm for all or for one, npx, a single file, gh', () => {
  const place = (folder: string, files: string[] = ['package.json']): string => {
    for (const file of files) {
      mkdirSync(path.dirname(path.join(dir, folder, file)), { recursive: true });
      writeFileSync(path.join(dir, folder, file), '{}');
    }
    return path.join(dir, folder, 'dist/chunks/x.js');
  };
  expect(installed(place('clone', ['package.json', '.tools/stale.mjs']), false)).toMatchObject({
    way: 'clone',
  });
  expect(installed(place('lib/node_modules/sallyport'), false)).toEqual({
    way: 'global',
    at: path.join(dir, 'lib/node_modules/sallyport'),
  });
  expect(
    installed(place('win/node_modules/sallyport', ['package.json', '../../sallyport.cmd']), false),
  ).toMatchObject({
    way: 'global',
  });
  expect(installed(place('p/node_modules/sallyport'), false)).toMatchObject({ way: 'project' });
  expect(installed(place('_npx/1f/node_modules/sallyport'), false)).toMatchObject({ way: 'npx' });
  expect(installed('/x/sallyport.mjs', true, {})).toEqual({ way: 'single', at: '/x/sallyport.mjs' });
  expect(installed('/x/sallyport.mjs', true, { SALLYPORT_GH: '1' })).toMatchObject({ way: 'gh' });
});
