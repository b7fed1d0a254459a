/**
 * One transform for everything: swc strips the types, nothing is bundled, `.ts` specifiers stay. Before it, tests are
 * given the names of the deployment that they run under (docs/contributing.md, "Two deployments").
 */
const swc = [
  '<rootDir>/test/deployments/transform.js',
  {
    sourceMaps: true,
    module: { type: 'es6' },
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', tsx: true },
      transform: { react: { runtime: 'automatic', importSource: 'preact' } },
      experimental: { keepImportAttributes: true },
    },
  },
];

export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: { '^.+\\.tsx?$': swc },
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/test/**/*.test.tsx'],
  // Two cores, and every PGlite costs 0.3 to 0.8 GB. Node 20 never lets go of a module that was linked in a context of its own
  // (10 to 35 MB a suite), and starting a program takes 25 ms for each GB of whoever starts it: a new worker after some suites
  // costs less than the thousands of `git` that a big old one would start.
  maxWorkers: 2,
  workerIdleMemoryLimit: '300MB',
  // Only a net under what hangs: on two processors that do other things, too, everything may take six times as long as alone.
  testTimeout: 120_000,
  testSequencer: '<rootDir>/test/support/longest-first.js',
  reporters: [
    'default',
    '<rootDir>/test/support/stuck-reporter.js',
    '<rootDir>/test/support/skips-reporter.js',
    '<rootDir>/test/support/whole-reporter.js',
  ],
};
