/** A release is built of a commit on which every test passed, and of nothing else. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

interface Release {
  release(root: string): string;
  recordOf(root: string): string;
  suitesIn(root: string): number;
}
interface Reporter {
  onRunStart(): void;
  onRunComplete(contexts: unknown, results: object): void;
}
type ReporterOf = new (config: { rootDir: string }, options: { file?: string }) => Reporter;

const ROOT = path.resolve(import.meta.dirname, '../..');
const { release, recordOf, suitesIn } = (await import(path.join(ROOT, '.tools/release.mjs'))) as Release;
const { default: WholeReporter } = (await import(path.join(ROOT, 'test/support/whole-reporter.js'))) as {
  default: ReporterOf;
};

const REQUIRED = process.env['SALLYPORT_REQUIRE'];
let root: string;
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
const write = (name: string, text: string): void => {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), text);
};
const commit = (): void => {
  git('add', '.');
  git('commit', '-q', '-m', 'A change');
};

const ALL = {
  numTotalTestSuites: 2,
  numPassedTests: 9,
  numFailedTests: 0,
  numRuntimeErrorTestSuites: 0,
  wasInterrupted: false,
};

/** `npm test`, as far as its reporter sees it. */
function ran(
  results: Partial<typeof ALL> = {},
  file: string | undefined = recordOf(root),
  during = () => {},
): void {
  const reporter = new WholeReporter({ rootDir: root }, { file });
  reporter.onRunStart();
  during();
  reporter.onRunComplete([], { ...ALL, ...results });
}

function why(): string {
  try {
    return `built ${release(root)}`;
  } catch (error) {
    expect(existsSync(path.join(root, 'dist/release'))).toBe(false);
    return (error as Error).message;
  }
}

beforeEach(() => {
  process.env['SALLYPORT_REQUIRE'] = 'docker,postgres,chromium,clamav';
  root = mkdtempSync(path.join(tmpdir(), 'sallyport-release-'));
  git('init', '-q');
  write('.gitignore', 'dist/\n');
  write('package.json', '{"version":"1.2.3"}');
  write('test/a.test.ts', '');
  write('test/deep/b.test.tsx', '');
  write('test/github/real.test.ts', '');
  write('dist/sallyport.js', 'built');
  commit();
});
afterEach(() => {
  process.env['SALLYPORT_REQUIRE'] = REQUIRED ?? '';
  rmSync(root, { recursive: true, force: true });
});

test('a release build is impossible unless the whole suite passed on that commit', () => {
  expect(why()).toMatch(
    /^No release is built\. The suite has not been run on commit [0-9a-f]{40}: npm test\.$/,
  );

  ran();
  const archive = release(root);

  expect(path.basename(archive)).toBe(`sallyport-1.2.3-${git('rev-parse', 'HEAD').slice(0, 12)}.tgz`);
  const inside = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).split('\n');
  expect(inside).toEqual(expect.arrayContaining(['dist/sallyport.js', 'package.json']));
  expect(inside.filter((name) => name.startsWith('test') || name.includes('release'))).toEqual([]);
  expect(readFileSync(`${archive}.sha256`, 'utf8')).toMatch(/^[0-9a-f]{64} {2}sallyport-1\.2\.3-/);
});

test.each<[string, Partial<typeof ALL>, RegExp]>([
  ['a test failed', { numFailedTests: 1 }, /1 tests failed/],
  ['a suite could not be read', { numRuntimeErrorTestSuites: 1 }, /1 tests failed/],
  ['nothing was run', { numPassedTests: 0 }, /0 tests failed/],
  ['a suite was left out', { numTotalTestSuites: 1 }, /Only 1 of 2 suites/],
  ['it was broken off', { wasInterrupted: true }, /has not been run/],
])('none where %s', (_what, results, reason) => {
  ran(results);
  expect(why()).toMatch(reason);
});

test('none where a part was run, a later commit is there, or files differ from the commit', () => {
  ran({}, '');
  expect(why()).toMatch(/has not been run/);

  ran();
  write('more.txt', 'x');
  expect(why()).toMatch(/1 files differ, like \?\? more\.txt/);
  commit();
  expect(why()).toMatch(/The suite was run on commit [0-9a-f]{40}, and this is [0-9a-f]{40}/);
});

test('none where somebody edited while the tests ran, or before', () => {
  ran({}, undefined, () => write('more.txt', 'x'));
  rmSync(path.join(root, 'more.txt'));
  expect(why()).toMatch(/has not been run/);

  write('more.txt', 'x');
  ran({}, undefined, () => rmSync(path.join(root, 'more.txt')));
  expect(why()).toMatch(/has not been run/);
});

test('none where tests may have been skipped for want of what they need', () => {
  process.env['SALLYPORT_REQUIRE'] = 'postgres,chromium';
  ran();
  expect(why()).toMatch(/need docker, clamav may have been skipped/);
});

test('none by an unreadable record, and an old one is gone once a new run begins', () => {
  ran();
  writeFileSync(recordOf(root), '{');
  expect(why()).toMatch(/cannot be read/);

  ran();
  new WholeReporter({ rootDir: root }, { file: recordOf(root) }).onRunStart();
  expect(why()).toMatch(/has not been run/);
});

test('the suites of this checkout are counted without those that ask a real organisation', () => {
  expect(suitesIn(root)).toBe(2);
  expect(suitesIn(ROOT)).toBeGreaterThan(300);
});
