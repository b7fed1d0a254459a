/** A signed archive of packages, made on the spot, and a host's apt that knows nothing but it. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { sha256Of } from '../../support/archive.ts';

const run = promisify(execFile);

export interface MadeArchive {
  /** By path below the archive's own: `dists/noble/InRelease`. */
  files: Map<string, Buffer>;
  /** Public key, as `signed-by` wants it. */
  keyFile: string;
  close(): void;
}

export interface MadePackage {
  name: string;
  version: string;
  /** Bytes in it. */
  bytes: number;
}

/** Packages of random names in `main` of each suite. */
export async function makeArchive(
  suites: readonly string[],
  packages: readonly MadePackage[],
): Promise<MadeArchive> {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-archive-'));
  const home = path.join(dir, 'keys');
  mkdirSync(home, { mode: 0o700 });
  const gpg = (...words: string[]) => run('gpg', ['--homedir', home, '--batch', '--yes', '-q', ...words]);
  await gpg('--passphrase', '', '--quick-gen-key', 'archive@example.org', 'ed25519', 'sign', 'never');
  const keyFile = path.join(dir, 'archive.gpg');
  await gpg('--export', '-o', keyFile);
  const files = new Map<string, Buffer>();
  const lists = await Promise.all(packages.map((one) => add(dir, one, files)));
  for (const suite of suites) {
    const list = Buffer.from(lists.join('\n'));
    const named = [
      ['main/binary-amd64/Packages', list],
      ['main/binary-amd64/Packages.gz', gzipSync(list)],
    ] as const;
    for (const [name, bytes] of named) {
      files.set(`dists/${suite}/${name}`, bytes);
      files.set(`dists/${suite}/main/binary-amd64/by-hash/SHA256/${sha256Of(bytes)}`, bytes);
    }
    const sums = named.map(([name, bytes]) => ` ${sha256Of(bytes)} ${bytes.length} ${name}\n`).join('');
    const release = path.join(dir, 'Release');
    writeFileSync(
      release,
      `Origin: Example\nSuite: ${suite}\nCodename: ${suite}\nArchitectures: amd64\nComponents: main\n` +
        `Acquire-By-Hash: yes\nDate: ${new Date().toUTCString()}\nSHA256:\n${sums}`,
    );
    await gpg('--clearsign', '-o', path.join(dir, 'InRelease'), release);
    files.set(`dists/${suite}/InRelease`, readFileSync(path.join(dir, 'InRelease')));
  }
  await run('gpgconf', ['--homedir', home, '--kill', 'all']);
  return { files, keyFile, close: () => rmSync(dir, { recursive: true, force: true }) };
}

/** Its paragraph in the list of packages. */
async function add(
  dir: string,
  { name, version, bytes }: MadePackage,
  files: Map<string, Buffer>,
): Promise<string> {
  const root = mkdtempSync(path.join(dir, 'package-'));
  mkdirSync(path.join(root, 'DEBIAN'), { mode: 0o755 });
  mkdirSync(path.join(root, 'usr/share', name), { recursive: true });
  writeFileSync(path.join(root, 'usr/share', name, 'data'), Buffer.alloc(bytes, name));
  const control = `Package: ${name}\nVersion: ${version}\nArchitecture: amd64\nMaintainer: Nobody <nobody@example.org>\nDescription: a package\n`;
  writeFileSync(path.join(root, 'DEBIAN/control'), control);
  const file = path.join(dir, `${name}.deb`);
  await run('dpkg-deb', ['--root-owner-group', '-Znone', '-b', root, file]);
  const deb = readFileSync(file);
  const prefix = name.slice(0, name.startsWith('lib') ? 4 : 1);
  const place = `pool/main/${prefix}/${name}/${name}_${version}_amd64.deb`;
  files.set(place, deb);
  return `${control}Filename: ${place}\nSize: ${deb.length}\nSHA256: ${sha256Of(deb)}\n`;
}

export interface AptHost {
  dir: string;
  /** Its words and how it ended. */
  apt(...words: string[]): Promise<{ code: number; said: string }>;
  close(): void;
}

/** `names`: its hosts file. Settings and state are its own; nothing of the machine's apt is read or changed. */
export function aptHost(given: {
  sources: string;
  names: readonly string[];
  authority: string;
  client?: { cert: string; key: string };
}): AptHost {
  const dir = mkdtempSync(path.join(tmpdir(), 'sallyport-apt-'));
  const at = (name: string): string => path.join(dir, name);
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'out', 'empty'])
    mkdirSync(at(folder), { recursive: true });
  writeFileSync(at('status'), '');
  writeFileSync(at('sources.list'), given.sources);
  writeFileSync(at('hosts'), `127.0.0.1 localhost ${given.names.join(' ')}\n`);
  writeFileSync(at('ca.pem'), given.authority);
  if (given.client) {
    writeFileSync(at('apt.pem'), given.client.cert);
    writeFileSync(at('apt.key'), given.client.key, { mode: 0o600 });
  }
  writeFileSync(
    at('apt.conf'),
    [
      `Dir::Etc::main "/dev/null"; Dir::Etc::parts "${at('empty')}";`,
      `Dir::Etc::sourcelist "${at('sources.list')}"; Dir::Etc::sourceparts "${at('empty')}";`,
      `Dir::State "${at('state')}"; Dir::State::status "${at('status')}"; Dir::Cache "${at('cache')}";`,
      `APT::Architecture "amd64"; APT::Architectures { "amd64"; }; APT::Sandbox::User "root";`,
      `Acquire::Languages "none"; Acquire::Retries "0"; Acquire::https::CAInfo "${at('ca.pem')}";`,
      given.client
        ? `Acquire::https::SslCert "${at('apt.pem')}"; Acquire::https::SslKey "${at('apt.key')}";`
        : '',
    ].join('\n'),
  );
  return {
    dir,
    async apt(...words) {
      // In a mount namespace of its own the names are this host's.
      const script = `mount --make-rprivate / && mount --bind ${at('hosts')} /etc/hosts && exec apt-get "$@"`;
      const all = ['-m', 'sh', '-c', script, 'apt-get', ...words];
      const environment = { ...process.env, APT_CONFIG: at('apt.conf'), LC_ALL: 'C' };
      return run('unshare', all, { env: environment, cwd: at('out'), timeout: 60_000 }).then(
        ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
        (error: { code?: number; stdout?: string; stderr?: string }) => ({
          code: error.code ?? 1,
          said: `${error.stdout ?? ''}${error.stderr ?? ''}`,
        }),
      );
    },
    close: () => rmSync(dir, { recursive: true, force: true }),
  };
}
