// The package for npm: built anew, with the very versions that the tests ran with inside, so that installing it asks no
// registry for anything. `npm pack` on a checkout makes the same program, which then fetches what it needs.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build, EXTERNAL } from './build.mjs';
import { root } from './stale.mjs';

/** Beside what is built. */
const FILES = [
  ...['src/cli/bin.js', 'src/db/migrations', 'agent/airlock/migrations', 'src/steward/forms'],
  ...['src/sandbox/demo/study', 'docs', 'app.yml', 'steward.yml', 'LICENSE', 'README.md'],
];
/** Of the manifest: nothing that builds, tests or is run while it is installed. */
const KEPT = ['name', 'version', 'description', 'license', 'repository', 'type', 'engines', 'bin'];
/** Of a package that is packed in: maps, types, documentation of its authors, C sources. */
const LEFT_OUT =
  /\/binding\.gyp$|\.(?:map|[cm]?ts|tsbuildinfo|flow|markdown)$|\/(?:tests?|__tests__|benchmarks?|examples?|\.github)$/;

/** The tarball's path. `folder` is made anew. */
export async function buildPackage(folder, npm) {
  const stage = path.join(folder, 'package');
  rmSync(stage, { recursive: true, force: true });
  await build(path.join(stage, 'dist'));
  for (const name of FILES) copyIn(stage, name);
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const needed = EXTERNAL.filter((name) => manifest.dependencies[name]);
  for (const place of closure(needed, lock)) copyPackage(stage, place);
  const kept = KEPT.filter((key) => key in manifest).map((key) => [key, manifest[key]]);
  const dependencies = Object.fromEntries(needed.map((name) => [name, manifest.dependencies[name]]));
  const written = { ...Object.fromEntries(kept), dependencies, bundleDependencies: needed };
  writeFileSync(path.join(stage, 'package.json'), `${JSON.stringify(written, null, 2)}\n`);
  const { command, args } = npm(['pack', stage, '--pack-destination', folder, '--ignore-scripts', '--json']);
  const said = execFileSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  rmSync(stage, { recursive: true, force: true });
  return path.join(folder, JSON.parse(said)[0].filename);
}

function copyIn(stage, name) {
  const from = path.join(root, name);
  const filter = (source) => source !== path.join(root, 'docs', 'images');
  if (existsSync(from)) cpSync(from, path.join(stage, name), { recursive: true, filter });
}

/** Places in the lock file of these packages and of whatever they need, found as Node finds them. */
function closure(names, lock) {
  const places = new Set();
  const open = names.map((name) => `node_modules/${name}`);
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (places.has(place)) continue;
    places.add(place);
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = lock[place];
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const found = foundFrom(place, name, lock);
      // What may be absent and has to be compiled is absent.
      if (found !== undefined && !(lock[found].optional && lock[found].hasInstallScript)) open.push(found);
    }
  }
  return places;
}

/** Beside it, then ever further out. */
function foundFrom(place, name, lock) {
  const parts = place.split('/node_modules/');
  for (let depth = parts.length; depth >= 0; depth -= 1) {
    const above = parts.slice(0, depth).join('/node_modules/');
    const candidate = `${above === '' ? '' : `${above}/`}node_modules/${name}`;
    if (lock[candidate] && existsSync(path.join(root, candidate))) return candidate;
  }
  return undefined;
}

function copyPackage(stage, place) {
  const from = path.join(root, place);
  mkdirSync(path.join(stage, place), { recursive: true });
  cpSync(from, path.join(stage, place), {
    recursive: true,
    filter: (source) => {
      const inside = source.slice(from.length);
      return !inside.startsWith('/node_modules') && !LEFT_OUT.test(inside);
    },
  });
  const file = path.join(stage, place, 'package.json');
  // Nothing of it is run while it is installed, as nothing of it is here.
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  delete manifest.scripts;
  delete manifest.gypfile;
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
