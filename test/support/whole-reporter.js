/**
 * What a run of everything came to, for whoever builds a release of this commit (.tools/release.mjs).
 *
 * `npm test` without arguments names the file; a run of a part names none and leaves nothing behind.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { changedIn, commitOf } from '../../.tools/release.mjs';

export default class WholeReporter {
  constructor({ rootDir }, { file = process.env.SALLYPORT_TEST_RECORD } = {}) {
    this.root = rootDir;
    this.file = file;
  }

  /** What an earlier run left is of no use while this one is under way, or when it is broken off. */
  onRunStart() {
    if (!this.file) return;
    rmSync(this.file, { force: true });
    this.commit = this.#commit();
  }

  onRunComplete(_contexts, results) {
    // Where something was edited meanwhile, nobody can say what was tested.
    if (!this.file || !this.commit || this.#commit() !== this.commit || results.wasInterrupted) return;
    const record = {
      commit: this.commit,
      suites: results.numTotalTestSuites,
      passed: results.numPassedTests,
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      required: (process.env.SALLYPORT_REQUIRE ?? '').split(',').filter(Boolean),
    };
    mkdirSync(path.dirname(this.file), { recursive: true });
    writeFileSync(this.file, `${JSON.stringify(record)}\n`);
  }

  /** The commit that the files are; undefined when they are none. */
  #commit() {
    try {
      return changedIn(this.root).length === 0 ? commitOf(this.root) : undefined;
    } catch {
      return undefined;
    }
  }
}
