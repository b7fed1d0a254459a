/**
 * One transform for everything: swc strips the types, nothing is bundled, `.ts` specifiers stay. Before it, tests are
 * given the names of the deployment that they run under (docs/contributing.md, "Two deployments").
 */
const swc = [
  '<rootDir>/test/deployments/transform.js',
  {
    module: { type: 'es6' },
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', tsx: true },
      transform: { react: { runtime: 'automatic', importSource: 'preact' } },
    },
  },
];

export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: { '^.+\\.tsx?$': swc },
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/test/**/*.test.tsx'],
  // Two cores, and every PGlite costs 0.3 to 0.8 GB; what jest keeps of suites that are over is let go by a new worker.
  maxWorkers: 2,
  workerIdleMemoryLimit: '2GB',
  testTimeout: 30_000,
  testSequencer: '<rootDir>/test/support/longest-first.js',
  reporters: [
    'default',
    '<rootDir>/test/support/skips-reporter.js',
    '<rootDir>/test/support/whole-reporter.js',
  ],
};
