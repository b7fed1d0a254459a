/**
 * Debian's packages, through apt itself in a folder of its own: nothing of the host's apt is changed, and its settings for a
 * proxy hold. Signatures are checked by apt when a lock is written; afterwards the lock's SHA-256 is what counts.
 */
import { copyFileSync, existsSync, linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { isRefusal, type Refusal } from '../../../src/lib/refusal.ts';
import { fileHash } from './file-hash.ts';
import type { Lock, LockedPackage } from './lock.ts';
import { run } from './run.ts';
import { aptFailed, noKeyring, packageForged, packagesGone } from './words.ts';

export interface Mirrors {
  /** `http://host/debian`; the host's own apt, when it is Debian's, else the public one. */
  mirror?: string;
  /** `20261121T000000Z`: the archive as it was then. */
  snapshot?: string;
  keyring?: string;
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const PUBLIC = 'http://deb.debian.org/debian';
const SNAPSHOT = 'http://snapshot.debian.org/archive';

export interface Apt {
  /** For error messages. */
  main: string;
  run(doing: string, args: string[], cwd?: string): Promise<string | Refusal>;
}

/** An apt that knows what the mirrors have today. Asks the network. */
export async function openApt(
  folder: string,
  { suite, architecture, ...from }: Mirrors & Pick<Lock, 'suite' | 'architecture'>,
  signal: AbortSignal,
): Promise<Apt | Refusal> {
  const keyring = from.keyring ?? KEYRING;
  if (!existsSync(keyring)) return noKeyring(keyring);
  const { main, security } = await addresses(from, signal);
  for (const place of ['lists/partial', 'archives/partial', 'etc/parts'])
    mkdirSync(path.join(folder, place), { recursive: true });
  writeFileSync(path.join(folder, 'status'), '');
  const options = `[signed-by=${keyring}${from.snapshot === undefined ? '' : ' check-valid-until=no'}]`;
  writeFileSync(
    path.join(folder, 'sources.list'),
    [
      `deb ${options} ${main} ${suite} main`,
      `deb ${options} ${main} ${suite}-updates main`,
      `deb ${options} ${security} ${suite}-security main`,
    ].join('\n'),
  );
  const settings = path.join(folder, 'apt.conf');
  writeFileSync(settings, settingsOf(folder, architecture));
  const apt: Apt = {
    main,
    async run(doing, args, cwd = folder) {
      const done = await run('apt-get', args, {
        env: { ...process.env, APT_CONFIG: settings, LC_ALL: 'C' },
        ...{ cwd, signal },
      });
      if (isRefusal(done)) return done;
      return done.code === 0 ? done.out : aptFailed(doing, lastWords(done.err));
    },
  };
  const updated = await apt.run('Asking the mirror', ['-q', 'update', '-o', 'APT::Update::Error-Mode=any']);
  return isRefusal(updated) ? updated : apt;
}

function settingsOf(folder: string, architecture: string): string {
  const at = (name: string): string => JSON.stringify(path.join(folder, name));
  return [
    `Dir::State::status ${at('status')};`,
    `Dir::State::lists ${at('lists')};`,
    `Dir::State::extended_states ${at('extended')};`,
    `Dir::Cache ${at('cache')};`,
    `Dir::Cache::archives ${at('archives')};`,
    `Dir::Etc::sourcelist ${at('sources.list')};`,
    `Dir::Etc::sourceparts ${at('etc/parts')};`,
    `Dir::Etc::preferences ${at('preferences')};`,
    `Dir::Etc::preferencesparts ${at('etc/parts')};`,
    `Dir::Log "/dev/null";`,
    `APT::Architecture "${architecture}";`,
    `APT::Architectures { "${architecture}"; };`,
    'APT::Install-Recommends "false";',
    // apt counts itself among what is essential, which Debian does not.
    'pkgCacheGen::ForceEssential ",";',
    'Acquire::ForceHash "SHA256";',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    'Acquire::http::Timeout "30";',
    // The files are ours alone to read; apt's own user could not write here.
    'APT::Sandbox::User "";',
    'Debug::NoLocking "true";',
  ].join('\n');
}

/** Where this host gets Debian from, unless another place is named. */
async function addresses(
  { mirror, snapshot }: Mirrors,
  signal: AbortSignal,
): Promise<{ main: string; security: string }> {
  if (snapshot !== undefined)
    return {
      main: `${SNAPSHOT}/debian/${snapshot}`,
      security: `${SNAPSHOT}/debian-security/${snapshot}`,
    };
  if (mirror !== undefined) return withSecurity(mirror.replace(/\/+$/, ''));
  const FORMAT = '$(ORIGIN)|$(LABEL)|$(REPO_URI)';
  const asked = await run('apt-get', ['indextargets', '--format', FORMAT, 'Created-By: Packages'], {
    ...{ env: { ...process.env, LC_ALL: 'C' }, signal },
  });
  const rows = isRefusal(asked) ? [] : asked.out.split('\n').map((row) => row.split('|'));
  const of = (label: string): string | undefined =>
    rows.find((row) => row[0] === 'Debian' && row[1] === label)?.[2]?.replace(/\/+$/, '');
  const main = of('Debian') ?? PUBLIC;
  return { main, security: of('Debian-Security') ?? withSecurity(main).security };
}

/** Mirrors keep the two beside each other. */
const withSecurity = (main: string): { main: string; security: string } => ({
  main,
  security: main.replace(/debian$/, 'debian-security'),
});

/** The named packages, what Debian calls essential, and all that these need. */
export async function closureOf(apt: Apt, roots: readonly string[]): Promise<LockedPackage[] | Refusal> {
  const out = await apt.run('Finding what the packages need', [
    ...['-qq', '--print-uris', '-y', 'install', '?essential'],
    ...roots,
  ]);
  if (isRefusal(out)) return out;
  return out
    .split('\n')
    .map((line) => /^'[^']*' (\S+?)_(\S+?)_([a-z0-9]+)\.deb (\d+) SHA256:([0-9a-f]{64})$/.exec(line))
    .filter((found) => found !== null)
    .map(([, name, version, architecture, bytes, sha256]) => ({
      ...{ name: name!, version: decodeURIComponent(version!), architecture: architecture! },
      ...{ bytes: Number(bytes), sha256: sha256! },
    }));
}

const kept = (cache: string, one: LockedPackage): string => path.join(cache, `${one.sha256}.deb`);

/** Which files of the lock are not in the cache. What has another content than its name says is thrown away. */
export async function notCached(lock: Lock, cache: string): Promise<LockedPackage[]> {
  const absent: LockedPackage[] = [];
  for (const one of lock.packages) {
    const file = kept(cache, one);
    if (existsSync(file) && (await fileHash(file)) === one.sha256) continue;
    rmSync(file, { force: true });
    absent.push(one);
  }
  return absent;
}

/** Fetches them into the cache. Refuses what is gone, and what is not what the lock says. */
export async function fetchPackages(
  apt: Apt,
  wanted: readonly LockedPackage[],
  { cache, work }: { cache: string; work: string },
): Promise<Refusal | undefined> {
  mkdirSync(cache, { recursive: true });
  const here = path.join(work, 'fetched');
  mkdirSync(here, { recursive: true });
  const said = await apt.run(
    'Fetching packages',
    [
      '-q',
      'download',
      ...wanted.map(({ name, version, architecture }) => spelled(name, version, architecture)),
    ],
    here,
  );
  const files = new Map((await readdir(here)).map((file) => [file.split('_')[0]!, path.join(here, file)]));
  for (const one of wanted) {
    const file = files.get(one.name);
    if (file === undefined) continue;
    if ((await fileHash(file)) !== one.sha256) return packageForged(one.name);
    renameOver(file, kept(cache, one));
  }
  const gone = wanted.filter(({ name }) => !files.has(name));
  if (gone.length === 0) return undefined;
  const noVersion = isRefusal(said) && /was not found|Unable to (?:locate|find)|404/.test(said.says);
  return !isRefusal(said) || noVersion
    ? packagesGone(
        gone.map(({ name, version }) => `${name} ${version}`),
        apt.main,
      )
    : said;
}

const spelled = (name: string, version: string, architecture: string): string =>
  architecture === 'all' ? `${name}=${version}` : `${name}:${architecture}=${version}`;

/** Another build may be doing the same; the bytes are equal. */
function renameOver(from: string, to: string): void {
  const beside = `${to}.${process.pid}`;
  try {
    renameSync(from, to);
  } catch {
    // Another file system.
    copyFileSync(from, beside);
    renameSync(beside, to);
  }
}

/** A repository of exactly the lock's files, for one use. Its index carries the lock's hashes, so apt checks them again. */
export async function asRepository(
  lock: Lock,
  { cache, work }: { cache: string; work: string },
  signal: AbortSignal,
): Promise<string | Refusal> {
  const folder = path.join(work, 'packages');
  mkdirSync(folder, { recursive: true });
  const stanzas: string[] = [];
  for (const one of lock.packages) {
    const name = `${one.name}_${encodeURIComponent(one.version)}_${one.architecture}.deb`;
    const file = path.join(folder, name);
    try {
      linkSync(kept(cache, one), file);
    } catch {
      copyFileSync(kept(cache, one), file);
    }
    const control = await run('dpkg-deb', ['-f', file], { env: { ...process.env, LC_ALL: 'C' }, signal });
    if (isRefusal(control)) return control;
    if (control.code !== 0) return packageForged(one.name);
    stanzas.push(
      `${control.out.trimEnd()}\nFilename: ./${name}\nSize: ${one.bytes}\nSHA256: ${one.sha256}\n`,
    );
  }
  const index = path.join(folder, 'Packages');
  writeFileSync(index, stanzas.join('\n'));
  const size = Buffer.byteLength(stanzas.join('\n'));
  // Without a codename, mmdebstrap does not find what is essential.
  writeFileSync(
    path.join(folder, 'Release'),
    `Codename: ${lock.suite}\nArchitectures: ${lock.architecture}\nSHA256:\n ${await fileHash(index)} ${size} Packages\n`,
  );
  return folder;
}

/** apt says what matters last, after its warnings. */
function lastWords(text: string): string {
  const errors = text.split('\n').filter((line) => line.startsWith('E:'));
  return (errors.length > 0 ? errors : text.trim().split('\n').slice(-2)).join(' ');
}
