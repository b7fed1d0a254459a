/** An empty Debian, as packages make it: the file system that every booted host begins with. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** The Debian that the guide promises: the first whose own Node is new enough. */
const SUITE = 'trixie';
/** What stands for a machine: an init system, a network, a shell's usual company. */
const MACHINE = ['systemd', 'systemd-sysv', 'dbus', 'iproute2', 'procps', 'curl'];

/**
 * A folder with that Debian and these packages in it. Nobody writes to it: hosts lay their own files over it. Made once
 * and kept beside other things of tests, under a name that changes with the packages.
 */
export async function debian(packages: readonly string[]): Promise<string> {
  const include = [...new Set([...MACHINE, ...packages])].join(',');
  const digest = createHash('sha256').update(`${SUITE} ${include}`).digest('hex').slice(0, 16);
  const made = path.join(tmpdir(), 'sallyport-test-debian', digest);
  if (existsSync(made)) return made;
  const next = `${made}.${process.pid}`;
  mkdirSync(path.dirname(made), { recursive: true });
  const words = ['--format=directory', '--variant=minbase', `--include=${include}`];
  const leaner = ['path-exclude=/usr/share/doc/*', 'path-exclude=/usr/share/man/*'].map(
    (one) => `--dpkgopt=${one}`,
  );
  try {
    await promisify(execFile)('mmdebstrap', [...words, ...leaner, SUITE, next], {
      maxBuffer: 64 * 1024 * 1024,
    });
    renameSync(next, made);
  } catch (error) {
    rmSync(next, { recursive: true, force: true });
    throw error;
  }
  return made;
}
