/**
 * The order of suites: the longest first, so that no worker is left alone with one at the end.
 *
 * A fresh clone has no times of its own: they are in test/durations.json, in seconds. They need not be
 * exact; `SALLYPORT_TEST_DURATIONS=write npm test` writes them anew.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FILE = new URL('../durations.json', import.meta.url);
/** Of a suite that nobody has timed. */
const UNKNOWN = 5;

export default class LongestFirst {
  sort(tests) {
    const known = JSON.parse(readFileSync(FILE, 'utf8'));
    const seconds = ({ path: file, context }) => known[nameOf(file, context.config.rootDir)] ?? UNKNOWN;
    for (const test of tests) test.duration = seconds(test) * 1000;
    return [...tests].sort((a, b) => b.duration - a.duration || (a.path < b.path ? -1 : 1));
  }

  /** Told when all is over. */
  cacheResults(tests, results) {
    if (process.env.SALLYPORT_TEST_DURATIONS !== 'write') return;
    const root = tests[0]?.context.config.rootDir ?? '';
    const rows = results.testResults
      .filter(({ perfStats }) => perfStats.end > perfStats.start)
      .map(({ testFilePath, perfStats }) => [
        nameOf(testFilePath, root),
        Math.ceil((perfStats.end - perfStats.start) / 1000),
      ]);
    // A run of a part leaves the others as they are.
    const known = Object.entries(JSON.parse(readFileSync(FILE, 'utf8')));
    const kept = known.filter(([name]) => existsSync(path.join(root, name)));
    const all = new Map([...kept, ...rows]);
    const times = Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
    writeFileSync(FILE, `${JSON.stringify(times, null, 2)}\n`);
  }

  allFailedTests(tests) {
    return tests;
  }
}

function nameOf(file, root) {
  return path.relative(root, file).split(path.sep).join('/');
}
