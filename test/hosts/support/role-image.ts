/** Images made of what this machine has: its programs with the libraries they want. No registry is asked. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface Bare {
  /** Where it is put together; removed afterwards. */
  folder: string;
  tag: string;
  /** Programs, whose libraries come with them; to another place where that is given. */
  programs: readonly (string | readonly [from: string, to: string])[];
  /** Folders and files as they are. */
  copies?: readonly string[];
  files?: Readonly<Record<string, string>>;
  /** Lines of a Dockerfile. */
  changes?: readonly string[];
}

const ELF = /(?:=> )?(\/\S+) \(0x/g;
const librariesOf = (program: string): string[] =>
  [...execFileSync('ldd', [program]).toString().matchAll(ELF)].map(([, file = '']) => file);

/** Its id. Besides what is asked for it has /tmp and root. */
export function bareImage({ folder, tag, programs, copies = [], files = {}, changes = [] }: Bare): string {
  const put = (from: string, to = from): void => {
    mkdirSync(path.dirname(path.join(folder, to)), { recursive: true });
    cpSync(from, path.join(folder, to), { dereference: true, recursive: true });
  };
  for (const one of programs) {
    const [from, to] = typeof one === 'string' ? [one, one] : one;
    put(from, to);
    for (const library of librariesOf(from)) put(library);
  }
  for (const each of copies) put(each);
  mkdirSync(path.join(folder, 'tmp'), { recursive: true, mode: 0o1777 });
  mkdirSync(path.join(folder, 'etc'), { recursive: true });
  for (const [name, text] of Object.entries({ '/etc/passwd': 'root:x:0:0::/:/none\n', ...files })) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
  }
  const lines = ['ENV PATH=/usr/bin:/bin', ...changes].map((line) => `--change '${line}'`).join(' ');
  execFileSync('sh', ['-c', `tar -C ${folder} -c . | docker import ${lines} - ${tag}`]);
  rmSync(folder, { recursive: true });
  return execFileSync('docker', ['inspect', '--format', '{{.Id}}', tag]).toString().trim();
}

const GIT = '/usr/lib/git-core';

/** Node and git, with what git needs to speak HTTPS. */
export const nodeAndGit = (more: Pick<Bare, 'files' | 'changes'> = {}): Omit<Bare, 'folder' | 'tag'> => ({
  programs: [
    [process.execPath, '/usr/bin/node'],
    execFileSync('which', ['git']).toString().trim(),
    `${GIT}/git-remote-http`,
    `${GIT}/git-remote-https`,
  ],
  ...more,
});

/** What no program reads would double the time of the build. */
const isRead = (file: string): boolean => !/\.(?:map|md|d\.[cm]?ts|flow)$/.test(file);

/** With all that they want in turn; what is embedded and never loaded there is left out, 60 MB. */
function packagesOf(roots: readonly string[]): Set<string> {
  const found = new Set<string>();
  const wants = (folder: string): string[] => {
    const { dependencies = {} } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
      dependencies?: Record<string, string>;
    };
    // Those that it brings itself want others, too.
    const own = path.join(folder, 'node_modules');
    const inside = existsSync(own)
      ? readdirSync(own).filter((one) => existsSync(path.join(own, one, 'package.json')))
      : [];
    return [...Object.keys(dependencies), ...inside.flatMap((one) => wants(path.join(own, one)))];
  };
  const add = (name: string): void => {
    const folder = path.join('node_modules', name);
    if (found.has(name) || !existsSync(path.join(folder, 'package.json'))) return;
    found.add(name);
    wants(folder).forEach(add);
  };
  roots.forEach(add);
  return found;
}

/** As an installation is: what runs, and the packages that bundles leave outside. */
const WANTED = [
  'package.json',
  'app.yml',
  'steward.yml',
  'LICENSE',
  'dist',
  'src/cli/bin.js',
  'src/db/migrations',
  'src/steward/forms',
  'agent/airlock/migrations',
  'docs/install',
];

/** The image of all roles by the shipped Dockerfile. `context` is made. */
export function roleImage(tag: string, base: string, context: string): void {
  mkdirSync(context);
  for (const name of WANTED)
    cpSync(name, path.join(context, name), {
      recursive: true,
      filter: (file) => !/\.map$|dist\/(?:release|bench)/.test(file),
    });
  const outside = ['probot', 'dockerode', 'pg', 'pg-boss', 'pino', 'express', 'prom-client'];
  for (const name of packagesOf(outside))
    cpSync(path.join('node_modules', name), path.join(context, 'node_modules', name), {
      recursive: true,
      filter: isRead,
    });
  const file = path.resolve('docs/install/files/Dockerfile');
  execFileSync('docker', ['build', '--build-arg', `BASE=${base}`, '--file', file, '--tag', tag, context], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
  });
}
