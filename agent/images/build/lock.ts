/**
 * `packages.lock`: every package that an image is made of, with its version and the SHA-256 of its file. Whoever has the lock
 * and any mirror of Debian makes the same image; whoever changes a byte on the way makes none.
 */
import type { Refusal } from '../../../src/lib/refusal.ts';
import { lockFault } from './words.ts';

export interface LockedPackage {
  name: string;
  version: string;
  /** `amd64`, or `all`. */
  architecture: string;
  sha256: string;
  bytes: number;
}

export interface Lock {
  suite: string;
  architecture: string;
  /** RFC 3339, to the second: no file of the image is younger. */
  created: string;
  packages: LockedPackage[];
}

const HEADER = '# Every package of this image. "sallyport images build --relock" writes it anew.';
const SUITE = /^[a-z]{3,20}$/;
const ARCHITECTURE = /^[a-z0-9]{3,12}$/;
const CREATED = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;
const LINE =
  /^([a-z0-9][a-z0-9+.-]+) ([0-9A-Za-z][0-9A-Za-z.+:~-]*) ([a-z0-9]{3,12}) ([1-9]\d{0,11}) sha256:([0-9a-f]{64})$/;

export function writeLock({ suite, architecture, created, packages }: Lock): string {
  const lines = [...packages]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((one) => `${one.name} ${one.version} ${one.architecture} ${one.bytes} sha256:${one.sha256}`);
  const facts = [`suite ${suite}`, `architecture ${architecture}`, `created ${created}`];
  return `${[HEADER, ...facts, '', ...lines].join('\n')}\n`;
}

/** Refuses 'images.lock' with the line. */
export function readLock(text: string, file = 'packages.lock'): Lock | Refusal {
  const facts = { suite: SUITE, architecture: ARCHITECTURE, created: CREATED };
  const found: Partial<Record<keyof typeof facts, string>> = {};
  const packages = new Map<string, LockedPackage>();
  for (const [at, line] of text.split('\n').entries()) {
    if (line === '' || line.startsWith('#')) continue;
    const [word = '', value = ''] = line.split(' ');
    if (
      Object.hasOwn(facts, word) &&
      found[word as keyof typeof facts] === undefined &&
      packages.size === 0
    ) {
      if (!facts[word as keyof typeof facts].test(value)) return lockFault(file, at + 1, `no ${word}`);
      found[word as keyof typeof facts] = value;
      continue;
    }
    const [, name, version, architecture, bytes, sha256] = LINE.exec(line) ?? [];
    if (sha256 === undefined)
      return lockFault(file, at + 1, 'not a package, its version, architecture, size and SHA-256');
    if (packages.has(name!)) return lockFault(file, at + 1, `a second ${name}`);
    packages.set(name!, {
      ...{ name: name!, version: version!, architecture: architecture!, sha256 },
      bytes: Number(bytes),
    });
  }
  const { suite, architecture, created } = found;
  if (suite === undefined || architecture === undefined || created === undefined)
    return lockFault(file, 1, 'without suite, architecture or created');
  return { suite, architecture, created, packages: [...packages.values()] };
}
