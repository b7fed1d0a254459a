// Makes a checkout ready, then runs what was asked: dependencies when the lock file changed, the
// bundle when a source changed. Plain JavaScript without imports from node_modules, because on a
// fresh clone there are none.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { alone, lockOf } from './lock.mjs';
import { recordOf, release, sums } from './release.mjs';
import { removeScratch, scratchFolder } from './scratch.mjs';
import { isStale, root } from './stale.mjs';

const NEED = [20, 19];

function fail(message) {
  console.error(message);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NEED[0] || (major === NEED[0] && minor >= NEED[1])) return;
  fail(`Sallyport needs Node ${NEED.join('.')} or newer; this is ${process.versions.node}.`);
}

/** npm is run as `node npm-cli.js` where npm told us its place, so that no shell is needed on any system. */
export function npmCall(args) {
  const cli = process.env.npm_execpath;
  return cli ? { command: process.execPath, args: [cli, ...args] } : { command: 'npm', args };
}

function npm(words) {
  const { command, args } = npmCall(words);
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (done.status !== 0)
    fail(`npm ${words.join(' ')} failed; see above. Without a network, install once with one.`);
}

const installed = path.join(root, 'node_modules', '.sallyport-lock');
const lockFile = () =>
  createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
const isInstalled = () => existsSync(installed) && readFileSync(installed, 'utf8') === lockFile();

/** Whoever comes second waits, and finds it done. */
const oneAtATime = (work) =>
  alone(lockOf(root), work, () => console.error('Waiting for another start in this folder …'));

async function installIfStale() {
  if (isInstalled()) return;
  await oneAtATime(() => {
    if (isInstalled()) return;
    console.error('Installing dependencies (first start, or the lock file changed) …');
    npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
    writeFileSync(installed, lockFile());
  });
}

export async function buildIfStale() {
  if (!isStale()) return;
  await oneAtATime(async () => {
    if (!isStale()) return;
    const started = Date.now();
    const { build } = await import('./build.mjs');
    await build();
    console.error(`Built dist/ in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
  });
}

/** Runs a program of ours with this terminal; signals reach it because it shares the process group. */
function run(args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, SALLYPORT_BUILT: '1', ...env },
    });
    // Ctrl-C reaches the child from the terminal itself; a TERM sent to us alone must be passed on.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('close', (code, signal) => resolve(code ?? (signal ? 1 : 0)));
  });
}

const bin = (name) => path.join(root, 'node_modules', ...name.split('/'));
/**
 * Every suite compiles its modules anew, and few run long enough to repay V8 for making the code better.
 * Later for JavaScript and never for WebAssembly saves an eighth of the processor's time.
 */
const SHORT_RUNS = ['--interrupt-budget=1000000', '--liftoff-only'];
/** V8 promises none of its options: a Node that does not know them goes without. */
const known = (options) =>
  spawnSync(process.execPath, [...options, '-e', '0'], { stdio: 'ignore' }).status === 0 ? options : [];
async function jest(args, env = {}, engine = known(SHORT_RUNS)) {
  // What was transformed is kept from run to run; all else goes when the tests have ended.
  const kept = `--cacheDirectory=${path.join(tmpdir(), 'sallyport-jest')}`;
  const scratch = scratchFolder();
  // What a worker that stands still is doing: asked by test/support/stuck-reporter.js.
  const reports = ['--report-on-signal', `--report-directory=${scratch ?? tmpdir()}`];
  const vm = ['--experimental-vm-modules', '--no-warnings'];
  const program = [...engine, ...reports, ...vm, bin('jest/bin/jest.js'), kept];
  try {
    return await run([...program, ...args], { ...env, ...(scratch && { TMPDIR: scratch }) });
  } finally {
    if (scratch) await removeScratch(scratch);
  }
}

/** Real GitHub and whole hosts have commands of their own. */
const NOT_THESE = '--testPathIgnorePatterns=/test/(github|hosts)/';

/** Rules are where being wrong is the harm: every branch of the pure rooms is taken by their own tests. */
const PURE_ROOMS = [
  'pipeline',
  'codelists',
  'governance',
  'release',
  'disclosure',
  'ledger',
  'protocol',
  'visibility',
  'applications',
  'public-log',
  'tables',
];
/** Checks at the zone API's door are told where the door is. */
const THEIR_DOORS = ['test/jobs/operator', 'test/jobs/crossing'];
/** I/O beside the rules: told as stories, not branch by branch. */
const NOT_PURE = [
  'src/governance/mirror.ts',
  'src/governance/root-of-trust.ts',
  'src/governance/approvals.ts',
  'src/protocol/client.ts',
  'src/public-log/source.ts',
  'src/protocol/airlock-client.ts',
  'src/protocol/hub-call.ts',
  // Of another language; the bytes it makes are compared with the plain scan of the tests.
  'src/disclosure/scan/**',
];

function coverPureRooms() {
  const from = [...PURE_ROOMS.map((room) => `src/${room}/**/*.ts`), ...NOT_PURE.map((file) => `!${file}`)];
  return jest([
    ...PURE_ROOMS.map((room) => `test/${room}/`),
    ...THEIR_DOORS,
    '--coverage',
    '--coverageReporters=text-summary',
    ...from.map((glob) => `--collectCoverageFrom=${glob}`),
    '--coverageThreshold={"global":{"branches":100}}',
  ]);
}

/** What a laptop takes: the package for npm, one file, and the extension of gh that calls it. */
async function laptopParts() {
  const folder = path.join(root, 'dist', 'release');
  const { buildPackage } = await import('./package.mjs');
  const { buildSingle } = await import('./single.mjs');
  const extension = path.join(folder, 'gh-sallyport');
  const parts = [await buildPackage(folder, npmCall), await buildSingle(path.join(folder, 'sallyport.mjs'))];
  copyFileSync(path.join(root, 'gh', 'gh-sallyport'), extension);
  return [...parts, extension];
}

const commands = {
  build: async () => 0,
  /** Of any commit, to be tried on a machine: what `release` makes, without its conditions. */
  package: async () => {
    const files = await laptopParts();
    console.log([...files, sums(files)].join('\n'));
    return 0;
  },
  demo: (args) => run([path.join(root, 'src/cli/bin.js'), 'demo', ...args]),
  test: (args) =>
    jest([...args, NOT_THESE], args.length === 0 ? { SALLYPORT_TEST_RECORD: recordOf(root) } : {}),
  release: async () => {
    try {
      const built = [release(root), ...(await laptopParts())];
      const { accompany } = await import('./provenance.mjs');
      const tested = JSON.parse(readFileSync(recordOf(root), 'utf8'));
      const files = [...built, ...(await accompany(root, built, tested, npmCall))];
      console.log([...files, sums(files)].join('\n'));
      return 0;
    } catch (error) {
      fail(error.message);
    }
  },
  /** The same tests in the other deployment: see docs/contributing.md. */
  'test-health': (args) => jest([...args, NOT_THESE], { SALLYPORT_TEST_DEPLOYMENT: 'health' }),
  'test-branches': () => coverPureRooms(),
  'test-long': (args) => {
    const env = {
      SALLYPORT_TEST_DATABASES: 'both',
      // Minutes until a suite, or a process that does not give way, counts as standing still.
      SALLYPORT_TEST_PATIENCE: '240',
      SALLYPORT_TEST_SEEDS: process.env.SALLYPORT_TEST_SEEDS ?? 'many',
    };
    // As in service: with the compilers as V8 has them.
    return jest([...args, NOT_THESE], env, []);
  },
  /** Whole hosts, images and many processes: one suite at a time, because each brings a crowd. */
  'test-hosts': (args) => jest([...(args.length === 0 ? ['test/hosts'] : args), '--maxWorkers=1']),
  'test-github': (args) => jest(['test/github', ...args]),
  bench: (args) => run(['--no-warnings', path.join(root, 'dist/bench.js'), ...args]),
  check: async () => {
    const steps = [
      ['types', [bin('typescript/bin/tsc'), '--noEmit', '-p', '.']],
      ['lint', [bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0']],
      [
        'walls',
        [
          bin('dependency-cruiser/bin/dependency-cruise.mjs'),
          '--config',
          '.dependency-cruiser.cjs',
          'src',
          'agent',
          ...(existsSync(path.join(root, 'web')) ? ['web'] : []),
        ],
      ],
      ['format', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
    ];
    let failed = 0;
    for (const [name, args] of steps) {
      const code = await run(args);
      console.log(`${name}: ${code === 0 ? 'ok' : 'failed'}`);
      if (code !== 0) failed += 1;
    }
    const { audit } = await import('./audit.mjs');
    const { secretsIn } = await import('./secrets.mjs');
    const found = await secretsIn(root);
    for (const line of found) console.log(line);
    const further = { dependencies: audit(root, npmCall), secrets: found.length === 0 };
    for (const [name, isWell] of Object.entries(further)) {
      console.log(`${name}: ${isWell ? 'ok' : 'failed'}`);
      if (!isWell) failed += 1;
    }
    return failed === 0 ? 0 : 1;
  },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, ...args] = process.argv.slice(2);
  const command = commands[name];
  if (!command) fail(`Unknown command "${name}". There are: ${Object.keys(commands).join(', ')}.`);
  checkNode();
  await installIfStale();
  await buildIfStale();
  process.exit(await command(args));
}
