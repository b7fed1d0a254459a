/**
 * What a set-up makes, each as a state that is wanted: looking says whether it is so, doing makes it so, and doing it
 * twice changes nothing. So a set-up that was broken off goes on where it stands.
 */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import path from 'node:path';
import { newKeyPair, readPrivateKey, writePrivateKey } from '../../lib/keys.ts';
import { Refused } from '../../lib/refusal.ts';
import { no } from './words.ts';

/** new: not there; changed: there, as this program left it; foreign: changed by somebody; waits: cannot be made yet. */
export type Look =
  | { state: 'same' | 'new'; says?: string }
  | { state: 'changed' | 'foreign'; before: string; after: string }
  | { state: 'waits'; says: string };

export interface Deed {
  /** A path, or what it is. */
  name: string;
  /** `folder`, `key`, … */
  kind: string;
  /** A path that --replace may name. */
  file?: string;
  look(): Look | Promise<Look>;
  /** Throws Refused. */
  make(): void | Promise<void>;
}

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

/** Files this program wrote, by what it wrote: what reads otherwise was changed by a person. */
export class Written {
  readonly #file: string;
  #sums: Record<string, string>;

  constructor(dir: string) {
    this.#file = path.join(dir, 'setup', 'written.json');
    this.#sums = JSON.parse(textOf(this.#file) ?? '{}') as Record<string, string>;
  }

  isOurs(file: string, text: string): boolean {
    return this.#sums[file] === sum(text);
  }

  keep(file: string, text: string): void {
    this.#sums = { ...this.#sums, [file]: sum(text) };
    put(this.#file, `${JSON.stringify(this.#sums, null, 2)}\n`, 0o644);
  }
}

const sum = (text: string): string => createHash('sha256').update(text).digest('hex');

export function folder(place: string, { mode, owner }: { mode: number; owner?: string }): Deed {
  const right = (): boolean => {
    const at = statAt(place);
    const wants = owner === undefined ? undefined : userNamed(owner);
    return at?.isDirectory() === true && (at.mode & 0o777) === mode && (!wants || at.uid === wants.uid);
  };
  return {
    name: place,
    kind: `folder ${mode.toString(8)}${owner ? ` of ${owner}` : ''}`,
    look: () => ({ state: right() ? 'same' : 'new' }),
    make: () =>
      guarded(place, () => {
        mkdirSync(place, { recursive: true });
        chmodSync(place, mode);
        give(place, owner);
      }),
  };
}

/** A settings file. text undefined: it waits for what `waits` says. */
export function settings(
  place: string,
  given: { text: string | undefined; waits: string; mode?: number; owner?: string },
  { written, replace }: { written: Written; replace: ReadonlySet<string> },
): Deed {
  const { text, mode = 0o644, owner } = given;
  return {
    name: place,
    kind: 'file',
    file: place,
    look() {
      if (text === undefined) return { state: 'waits', says: given.waits };
      const before = textOf(place);
      if (before === undefined) return { state: 'new' };
      if (before === text) return { state: 'same' };
      const free = written.isOurs(place, before) || replace.has(place);
      return { state: free ? 'changed' : 'foreign', before, after: text };
    },
    make: () =>
      guarded(place, () => {
        put(place, text ?? '', mode);
        give(place, owner);
        written.keep(place, text ?? '');
      }),
  };
}

/** A key pair. What is there stays, whatever it is. */
export function key(place: string, owner: string | undefined): Deed {
  return {
    name: place,
    kind: `key${owner ? ` of ${owner}` : ''}`,
    look: () => ({ state: statAt(place) ? 'same' : 'new' }),
    make: () =>
      guarded(place, () => {
        mkdirSync(path.dirname(place), { recursive: true });
        writePrivateKey(place, newKeyPair());
        give(place, owner);
      }),
  };
}

/** The public line; undefined before there is a key. Throws Refused when the file is something else. */
export const publicLine = (place: string): string | undefined =>
  statAt(place) ? readPrivateKey(place).publicText : undefined;

/** A user without a shell or a home of their own. */
export function systemUser(name: string, groups: readonly string[] = []): Deed {
  return {
    name: `user ${name}`,
    kind: 'system user, no shell',
    look: () => ({ state: userNamed(name) ? 'same' : 'new' }),
    make: () =>
      guarded(`The user ${name}`, () => {
        const also = groups.length > 0 ? ['--groups', groups.join(',')] : [];
        const words = [
          '--system',
          '--user-group',
          '--no-create-home',
          '--home-dir',
          '/nonexistent',
          '--shell',
          '/usr/sbin/nologin',
        ];
        execFileSync('useradd', [...words, ...also, name], { stdio: ['ignore', 'ignore', 'pipe'] });
      }),
  };
}

/** A file with a secret in it: made once, shown never. */
export function putSecret(place: string, text: string, owner: string | undefined): void {
  guarded(place, () => {
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, text, { mode: 0o600, flag: 'wx' });
    give(place, owner);
  });
}

/** Written beside and moved, so that nobody reads half of it. */
export function put(place: string, text: string, mode: number): void {
  mkdirSync(path.dirname(place), { recursive: true });
  const part = `${place}.sallyport-part`;
  rmSync(part, { force: true });
  writeFileSync(part, text, { mode, flag: 'wx' });
  chmodSync(part, mode);
  renameSync(part, place);
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

export function textOf(place: string): string | undefined {
  try {
    return readFileSync(place, 'utf8');
  } catch {
    return undefined;
  }
}

function guarded(what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof Refused) throw error;
    const said = (error as { stderr?: Buffer }).stderr?.toString().trim().split('\n')[0];
    const why = said ?? (error as NodeJS.ErrnoException).code ?? String(error);
    throw new Refused(no.cannotWrite(what, why), { cause: error });
  }
}
