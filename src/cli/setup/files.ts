/**
 * Files as a set-up writes them: whole or not at all, also over a crash; and to whom they belong.
 *
 * It runs as root and follows no link with a right in its hand: a link that somebody else could have put there would hand
 * what it leads to over to a role.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import path from 'node:path';
import { Refused } from '../../lib/refusal.ts';
import { no } from './words.ts';

/** Whose it is: a user of the system, by name. */
export interface Owner {
  uid: number;
  gid: number;
}

/** Undefined when there is no such user. */
export function userNamed(name: string): Owner | undefined {
  try {
    const ask = (what: string): number =>
      Number(execFileSync('id', [what, name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString());
    return { uid: ask('-u'), gid: ask('-g') };
  } catch {
    return undefined;
  }
}

/** Written beside and moved, so that nobody reads half of it. Throws Refused. */
export function put(place: string, text: string, mode: number): void {
  guarded(place, () => renameSync(written(place, text, mode), place));
}

/** A file with a secret in it: made once, shown never. Throws Refused when anything is there. */
export function putSecret(place: string, text: string, owner: string | undefined): void {
  guarded(place, () => {
    const part = written(place, text, 0o600);
    try {
      give(part, owner);
      // Unlike a move, it refuses where something is.
      linkSync(part, place);
    } finally {
      rmSync(part, { force: true });
    }
  });
}

/** The whole text on the disk, in a file beside the place. */
function written(place: string, text: string, mode: number): string {
  mkdirSync(path.dirname(place), { recursive: true });
  const part = `${place}.sallyport-part`;
  rmSync(part, { force: true });
  const handle = openSync(part, 'wx', mode);
  try {
    writeFileSync(handle, text);
    fchmodSync(handle, mode);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return part;
}

export function give(place: string, owner: string | undefined): void {
  const wants = owner === undefined ? undefined : userNamed(owner);
  if (!wants) return;
  const { uid, gid } = lstatSync(place);
  if (uid === wants.uid && gid === wants.gid) return;
  if (process.getuid?.() !== 0) throw new Refused(no.notRoot(place));
  chownSync(place, wants.uid, wants.gid);
}

/** Undefined where nothing is, or a file stands in the way. Links are not followed. */
export function statAt(place: string): Stats | undefined {
  try {
    return lstatSync(place, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/**
 * Of a secret; undefined where nothing is. A link may lead to a file of the same folder, as when keys change by the day,
 * and nowhere else. Throws Refused `setup.link`, `setup.no-file`.
 */
export function secretAt(place: string): { file: string; is: Stats } | undefined {
  const at = statAt(place);
  if (!at) return undefined;
  const file = at.isSymbolicLink() ? targetWithin(place) : place;
  const is = lstatSync(file);
  if (!is.isFile()) throw new Refused(no.noFile(place));
  return { file, is };
}

function targetWithin(place: string): string {
  const real = realAt(place);
  const own = realAt(path.dirname(place));
  if (real === undefined || own === undefined || !real.startsWith(`${own}${path.sep}`))
    throw new Refused(no.linkedSecret(place, readlinkSync(place)));
  return real;
}

/** Undefined where nothing is. Throws Refused `setup.link`: what a link leads to is not taken for the folder itself. */
export function folderAt(place: string): Stats | undefined {
  const at = statAt(place);
  if (at?.isSymbolicLink()) throw new Refused(no.linkedFolder(place, realAt(place) ?? readlinkSync(place)));
  return at;
}

function realAt(place: string): string | undefined {
  try {
    return realpathSync(place);
  } catch {
    return undefined;
  }
}

/** For its owner alone. Throws Refused. */
export function close(place: string, owner: string | undefined): void {
  guarded(place, () => {
    const file = secretAt(place)?.file ?? place;
    chmodSync(file, 0o600);
    give(file, owner);
  });
}

export function textOf(place: string): string | undefined {
  try {
    return readFileSync(place, 'utf8');
  } catch {
    return undefined;
  }
}

/** What the system refuses, as a sentence with the name of it. Throws Refused. */
export function guarded(what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof Refused) throw error;
    const said = (error as { stderr?: Buffer | null }).stderr?.toString().trim().split('\n')[0];
    const why = said ?? (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Refused(no.cannotWrite(what, why), { cause: error });
  }
}
