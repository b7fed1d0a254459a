/**
 * Tests that want something the machine may not have: Docker, PostgreSQL, Chromium, clamd, and what whole hosts need.
 *
 * Absent, such a test is skipped by name and the reason is printed at the end of the run; listed in
 * SALLYPORT_REQUIRE (as the gate does), absence is a failure.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from '@jest/globals';
import { postgresBin } from './places.ts';

export { postgresBin };

export type Want =
  | 'docker'
  | 'postgres'
  | 'chromium'
  | 'clamav'
  | 'podman'
  | 'root'
  | 'conformance'
  /** Network namespaces with a firewall in each: several hosts on one machine. */
  | 'netns'
  /** A registry of images. */
  | 'registry'
  | 'nginx'
  /** With promtool, which Debian's package brings. */
  | 'prometheus'
  /** Debian's, of the old kind: `docker-compose`. */
  | 'compose'
  /** Reads signed archives of packages, and what one is made with. */
  | 'apt'
  /** Makes a Debian file system out of packages. */
  | 'mmdebstrap'
  /** Hosts that systemd boots: control groups to share out, and files that lie over others. */
  | 'systemd'
  /** gVisor, a runtime with a kernel of its own. */
  | 'runsc'
  /** A clone with all of its commits, from which earlier programs are built. */
  | 'history';

const seen = new Map<Want, string | undefined>();

/** Undefined when it is there, else why not. */
export function missing(want: Want): string | undefined {
  if (!seen.has(want)) seen.set(want, look(want));
  return seen.get(want);
}

export function isRequired(want: Want): boolean {
  return (process.env['SALLYPORT_REQUIRE'] ?? '').split(',').includes(want);
}

/** `describe` and `test` that run when all wants are there, skip by name when not, and fail when required. */
export function requires(...wants: Want[]): { describe: typeof describe; test: typeof test } {
  const absent = wants.filter((want) => missing(want));
  if (absent.length === 0) return { describe, test };
  const reason = absent.map((want) => missing(want)).join('; ');
  const must = absent.filter(isRequired);
  if (must.length > 0) {
    const fail = (name: string) =>
      test(name, () => {
        throw new Error(`${must.join(', ')} required by SALLYPORT_REQUIRE but missing: ${reason}`);
      });
    return { describe: fail as unknown as typeof describe, test: fail as unknown as typeof test };
  }
  const skipTest = (name: string) => test.skip(`${name} [skipped: ${reason}]`, () => undefined);
  const skipDescribe = (name: string, body: () => void) =>
    describe.skip(`${name} [skipped: ${reason}]`, body);
  return {
    describe: Object.assign(skipDescribe, {
      each: describe.skip.each,
      only: describe.skip,
      skip: describe.skip,
    }) as unknown as typeof describe,
    test: Object.assign(skipTest, {
      each: test.skip.each,
      only: test.skip,
      skip: test.skip,
    }) as unknown as typeof test,
  };
}

export function chromiumPath(): string | undefined {
  // The same engine without a window's parts is a third quicker.
  const programs = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'];
  return programs.map((name) => `/usr/bin/${name}`).find((file) => existsSync(file));
}

export function clamdPath(): string | undefined {
  return ['/usr/sbin/clamd', '/usr/local/sbin/clamd', '/usr/bin/clamd'].find((path) => existsSync(path));
}

function look(want: Want): string | undefined {
  if (want === 'docker') {
    const answer = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], {
      encoding: 'utf8',
      timeout: 10_000,
    });
    return answer.status === 0 ? undefined : 'no Docker engine answers';
  }
  if (want === 'postgres') return postgresBin() ? undefined : 'PostgreSQL server programs are not installed';
  if (want === 'chromium') return chromiumPath() ? undefined : 'Chromium is not installed';
  if (want === 'clamav') return clamdPath() ? undefined : 'the malware scanner (clamd) is not installed';
  if (want === 'registry') return noProgram('docker-registry');
  if (want === 'nginx') return noProgram('nginx');
  if (want === 'prometheus') return noProgram('prometheus') ?? noProgram('promtool');
  if (want === 'compose') return noProgram('docker-compose');
  if (want === 'mmdebstrap') return noProgram('mmdebstrap');
  if (want === 'runsc') return noProgram('runsc');
  if (want === 'apt') return noProgram('apt-get') ?? noProgram('dpkg-deb') ?? noProgram('gpg');
  if (want === 'netns') return noNamespaces();
  if (want === 'systemd') return noBoot();
  if (want === 'podman') return noPodman();
  if (want === 'history') return noHistory();
  if (want === 'root') return process.getuid?.() === 0 ? undefined : 'needs root';
  return existsSync(new URL('../../../shared/conformance/project-yaml.json', import.meta.url))
    ? undefined
    : 'recorded verdicts (../shared/conformance) are not present';
}

function noHistory(): string | undefined {
  const root = new URL('../../', import.meta.url).pathname;
  const answer = spawnSync('git', ['-C', root, 'rev-parse', '--is-shallow-repository'], {
    encoding: 'utf8',
    timeout: 10_000,
  });
  return answer.stdout?.trim() === 'false'
    ? undefined
    : 'this is no clone with all of its history (git fetch --unshallow)';
}

function noProgram(name: string): string | undefined {
  const places = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin'];
  return places.some((folder) => existsSync(`${folder}/${name}`)) ? undefined : `${name} is not installed`;
}

function noNamespaces(): string | undefined {
  const absent = noProgram('ip') ?? noProgram('nft');
  if (absent) return absent;
  const name = `sallyport-look-${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', name], { timeout: 10_000 }).status === 0;
  const ruled =
    made && spawnSync('ip', ['netns', 'exec', name, 'nft', 'add', 'table', 'inet', 'look']).status === 0;
  if (made) spawnSync('ip', ['netns', 'delete', name]);
  return ruled ? undefined : 'this user may not make network namespaces with a firewall';
}

function noBoot(): string | undefined {
  // Three whole hosts, minutes of work: where they are asked for.
  if (!isRequired('systemd')) return 'hosts are booted where SALLYPORT_REQUIRE names systemd';
  if (process.getuid?.() !== 0) return 'booting hosts needs root';
  const kinds = ['systemd', 'memory', 'pids', 'cpu', 'devices'];
  const lacking = kinds.filter((kind) => !existsSync(`/sys/fs/cgroup/${kind}/cgroup.procs`));
  if (lacking.length > 0)
    return `hosts are booted with control groups of version 1; without ${lacking.join(', ')} here`;
  return readFileSync('/proc/filesystems', 'utf8').includes('\toverlay')
    ? undefined
    : 'the kernel lays no files over others (overlay)';
}

function noPodman(): string | undefined {
  // Two engines beside each other are too much for a machine that runs the whole suite.
  if (!isRequired('podman')) return 'Podman is tested where SALLYPORT_REQUIRE names it';
  // Where the machine gives a user less than Podman is used to, it cannot run anything: that is as good as none.
  const asked = spawnSync('podman', ['info', '--format', '{{.Host.OCIRuntime.Name}}'], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  return asked.status === 0 && asked.stdout.trim() !== '' ? undefined : 'Podman is not installed';
}
