// What this project depends on: locked to the byte, under licences that may be passed on, running nothing while it is
// installed, and without known holes as far as the registry can be asked. Without imports from node_modules.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** May be passed on with a program under MIT. */
const LICENCES = [
  ...[
    'MIT',
    'ISC',
    '0BSD',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'Apache-2.0',
    'BlueOak-1.0.0',
    'Unlicense',
    'CC0-1.0',
  ],
  ...['Python-2.0', 'PSF-2.0'],
];
/** Used while building and testing, and not passed on. */
const LICENCES_OF_TOOLS = [...LICENCES, 'MPL-2.0', 'CC-BY-4.0'];
const STOPS = ['high', 'critical'];

const read = (root, name) => JSON.parse(readFileSync(path.join(root, name), 'utf8'));

/** What of the lock file is not as it should be. */
export function lockFaults(root) {
  const manifest = read(root, 'package.json');
  const { packages } = read(root, 'package-lock.json');
  const faults = [];
  for (const kind of ['dependencies', 'devDependencies'])
    for (const [name, version] of Object.entries(manifest[kind] ?? {}))
      if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version))
        faults.push(`package.json: ${name} is not pinned ("${version}").`);
  for (const [place, entry] of Object.entries(packages)) {
    if (place === '') continue;
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(entry.integrity ?? ''))
      faults.push(`${place}: nothing says which bytes it is (integrity).`);
    if (entry.resolved !== undefined || entry.link) faults.push(`${place}: it names an address or a folder.`);
    if (entry.hasInstallScript && manifest.allowScripts?.[name] !== false)
      faults.push(
        `${place}: runs a program while it is installed, and "allowScripts" does not say that it may not.`,
      );
    const licence = entry.license ?? licenceOf(root, place);
    if (!isFree(licence, entry.dev ? LICENCES_OF_TOOLS : LICENCES))
      faults.push(`${place}: its licence is ${licence ?? 'not said'}.`);
  }
  return faults;
}

/** Older packages say it in a form that npm does not lock. */
function licenceOf(root, place) {
  const file = path.join(root, place, 'package.json');
  if (!existsSync(file)) return undefined;
  const { license, licenses } = JSON.parse(readFileSync(file, 'utf8'));
  return license?.type ?? (typeof license === 'string' ? license : licenses?.[0]?.type);
}

/** One of "or", all of "and". */
function isFree(licence, free) {
  if (typeof licence !== 'string') return false;
  return licence
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((one) => one.split(' AND ').every((each) => free.includes(each.trim())));
}

/**
 * Known holes in what is shipped: `faults`, or why nobody could be asked. `ask` gives what `npm audit --json` prints.
 * @returns {{ faults: string[], unasked?: string }}
 */
export function advisories(ask) {
  let said;
  try {
    said = JSON.parse(ask());
  } catch {
    return { faults: [], unasked: 'npm gave no answer' };
  }
  if (said.vulnerabilities === undefined)
    return {
      faults: [],
      unasked: said.error?.summary || said.message?.replace(/ - .*/, '') || 'npm gave no list',
    };
  const faults = Object.values(said.vulnerabilities)
    .filter(({ severity }) => STOPS.includes(severity))
    .map(
      ({ name, severity, range }) =>
        `${name} ${range}: a known hole (${severity}). See: npm audit --omit=dev`,
    );
  return { faults };
}

export function askNpm(root, { command, args }) {
  return () =>
    spawnSync(command, args, { cwd: root, encoding: 'utf8', timeout: 60_000, maxBuffer: 2 ** 26 }).stdout;
}

/** Prints what is wrong; false when something is. Where SALLYPORT_REQUIRE names `advisories`, not being able to ask is wrong, too. */
export function audit(root, npm, print = console.log) {
  const { faults, unasked } = advisories(
    askNpm(root, npm(['audit', '--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=20000'])),
  );
  const must = (process.env.SALLYPORT_REQUIRE ?? '').split(',').includes('advisories');
  const all = [...lockFaults(root), ...faults];
  for (const fault of all) print(fault);
  if (unasked !== undefined) print(`Known holes could not be looked up: ${unasked}.`);
  return all.length === 0 && !(must && unasked !== undefined);
}
