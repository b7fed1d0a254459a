/** The program of the version before, built from this clone's history with the packages that are here. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The last commit of the version before; after a release, the commit of its tag. */
const VERSION_BEFORE = '5e4075f9d53d5d08cbc7fc98169373d919fa3632';
/** The last that has the database as it was before the newest migration; it can write and restore backups. */
export const SCHEMA_BEFORE = 'e8ff1c136be97040e9ed75efd0d3e50f96f9159f';
const ROOT = new URL('../../../', import.meta.url).pathname;

export interface PreviousProgram {
  /** What node runs. */
  program: string;
  remove(): void;
}

/** Wants `history` of the clone. */
export function buildPrevious(commit = VERSION_BEFORE): PreviousProgram {
  const folder = mkdtempSync(path.join(tmpdir(), 'sallyport-previous-'));
  const archive = spawnSync('git', ['-C', ROOT, 'archive', commit], { maxBuffer: 256 * 1024 * 1024 });
  must('git archive', archive);
  must('tar', spawnSync('tar', ['-x', '-C', folder], { input: archive.stdout }));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  const build = `import(${JSON.stringify(path.join(folder, '.tools/build.mjs'))}).then(({ build }) => build())`;
  must(
    'build',
    spawnSync(process.execPath, ['--input-type=module', '-e', build], { cwd: folder, timeout: 180_000 }),
  );
  return {
    program: path.join(folder, 'src/cli/bin.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function must(what: string, { status, stderr }: { status: number | null; stderr: Buffer }): void {
  if (status !== 0) throw new Error(`${what}: ${stderr.toString()}`);
}
