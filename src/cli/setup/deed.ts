/**
 * What a set-up makes, each as a state that is wanted: looking says whether it is so, doing makes it so, and doing it
 * twice changes nothing. So a set-up that was broken off goes on where it stands.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { newKeyPair, readPrivateKey } from '../../lib/keys.ts';
import { Refused } from '../../lib/refusal.ts';
import {
  close,
  folderAt,
  give,
  guarded,
  put,
  putSecret,
  secretAt,
  statAt,
  textOf,
  userNamed,
} from './files.ts';
import { no } from './words.ts';
import type { Written } from './written.ts';

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

export function folder(place: string, { mode, owner }: { mode: number; owner?: string }): Deed {
  const right = (): boolean => {
    const at = folderAt(place);
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
      // A link is somebody's arrangement: what it leads to was written, it was not.
      const isLink = statAt(place)?.isSymbolicLink() === true;
      const free = (written.isOurs(place, before) && !isLink) || replace.has(place);
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
  return secret(place, {
    kind: `key${owner ? ` of ${owner}` : ''}`,
    owner,
    text: () => newKeyPair().privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  });
}

/** Made once, shown never. What is there stays as it is: in containers it belongs to a number. Looking throws Refused. */
export function secret(
  place: string,
  { kind, owner, text }: { kind: string; owner: string | undefined; text(): string },
): Deed {
  return {
    name: place,
    kind,
    look: () => ({ state: secretAt(place) ? 'same' : 'new' }),
    make: () => putSecret(place, text(), owner),
  };
}

/** A file that only a person can bring; then it is given to whoever reads it. Looking throws Refused. */
export function brought(place: string, owner?: string, says = `copy it to ${place}, chmod 600`): Deed {
  return {
    name: place,
    kind: 'brought by you',
    look() {
      if (!secretAt(place)) return { state: 'waits', says };
      return { state: isClosed(place, owner) ? 'same' : 'new' };
    },
    make: () => close(place, owner),
  };
}

function isClosed(place: string, owner: string | undefined): boolean {
  const at = secretAt(place);
  if (!at) return false;
  const wants = owner === undefined ? undefined : userNamed(owner);
  return (at.is.mode & 0o077) === 0 && (!wants || wants.uid === at.is.uid);
}

/** The public line; undefined before there is a key. Throws Refused when the file is something else. */
export function publicLine(place: string): string | undefined {
  if (!secretAt(place)) return undefined;
  try {
    return readPrivateKey(place).publicText;
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(no.keyTorn(place), { cause: error });
  }
}

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
