// A release is built from a commit on which the whole suite passed, or not at all. No imports from node_modules.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What `npm test` leaves behind when it ran everything; see test/support/whole-reporter.js. */
export const recordOf = (root) => path.join(root, 'dist', '.tested.json');
/** What an installation needs: no sources, no tests. */
const SHIPPED = [
  ...['dist', 'src/cli/bin.js', 'src/db/migrations', 'agent/airlock/migrations', 'src/steward/forms', 'docs'],
  ...['package.json', 'package-lock.json', 'app.yml', 'steward.yml', 'LICENSE', 'README.md'],
];

/** What a machine must have for no test to be skipped for want of it. */
const NEEDED = ['docker', 'postgres', 'chromium', 'clamav'];

const git = (root, ...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

export const commitOf = (root) => git(root, 'rev-parse', 'HEAD');
export const changedIn = (root) => git(root, 'status', '--porcelain').split('\n').filter(Boolean);

export function suitesIn(root) {
  return readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' }).filter(
    // What asks a real organisation is a run of its own, and so is what takes whole hosts.
    (file) =>
      /\.test\.tsx?$/.test(file) &&
      !['github', 'hosts'].some((folder) => file.startsWith(`${folder}${path.sep}`)),
  ).length;
}

/** Why not; undefined when nothing stands against it. */
export function refusal(root) {
  const commit = commitOf(root);
  const changed = changedIn(root);
  if (changed.length > 0)
    return `This is not commit ${commit}: ${changed.length} files differ, like ${changed[0]}.`;
  if (!existsSync(recordOf(root))) return `The suite has not been run on commit ${commit}: npm test.`;
  let record;
  try {
    record = JSON.parse(readFileSync(recordOf(root), 'utf8'));
  } catch {
    return `What the last run of the suite left behind cannot be read: npm test.`;
  }
  if (record.commit !== commit)
    return `The suite was run on commit ${record.commit}, and this is ${commit}: npm test.`;
  if (record.failed !== 0 || record.passed === 0) return `${record.failed} tests failed on commit ${commit}.`;
  const without = NEEDED.filter((want) => !record.required?.includes(want));
  if (without.length > 0)
    return `Tests that need ${without.join(', ')} may have been skipped: SALLYPORT_REQUIRE=${NEEDED.join(',')} npm test.`;
  const suites = suitesIn(root);
  if (record.suites !== suites)
    return `Only ${record.suites} of ${suites} suites were run on commit ${commit}.`;
  return undefined;
}

/** The archive's path; throws why there is none. */
export function release(root) {
  const why = refusal(root);
  if (why) throw new Error(`No release is built. ${why}`);
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const folder = path.join(root, 'dist', 'release');
  mkdirSync(folder, { recursive: true });
  const archive = path.join(folder, `sallyport-${version}-${commitOf(root).slice(0, 12)}.tgz`);
  pack(root, archive);
  const digest = createHash('sha256').update(readFileSync(archive)).digest('hex');
  writeFileSync(`${archive}.sha256`, `${digest}  ${path.basename(archive)}\n`);
  return archive;
}

/** The archive of what is built here now, whatever stands for or against a release. */
export function pack(root, archive) {
  const shipped = SHIPPED.filter((name) => existsSync(path.join(root, name)));
  execFileSync('tar', ['--exclude=dist/release', '-czf', archive, ...shipped], { cwd: root });
}

/** `SHA256SUMS` beside these files, as `sha256sum --check` reads it; its path. */
export function sums(files) {
  const lines = files.map((file) => {
    const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
    return `${digest}  ${path.basename(file)}\n`;
  });
  const list = path.join(path.dirname(files[0]), 'SHA256SUMS');
  writeFileSync(list, lines.join(''));
  return list;
}
