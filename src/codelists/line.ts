/** What names a version of a codelist, in a study and in the registry. */
import type { Line } from './types.ts';

const PART = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
/** Fit for a file on any disk and for a tag: lower case, no dots in a row, none at the end. */
const OWN_PART = /^(?!.*\.lock$)[a-z0-9]+(?:[._-][a-z0-9]+)*$/;
const LONGEST = 60;
/** Folders of the registry that are no owner's. */
const TAKEN = new Set(['systems', 'user', 'docs', 'build', 'systems-of']);

/** `org/slug/version` or `user/name/slug/version`, with or without a slash at the end. */
export function readLine(text: string): Line | undefined {
  const id = text.endsWith('/') ? text.slice(0, -1) : text;
  const parts = id.split('/');
  if (parts.length !== (parts[0] === 'user' ? 4 : 3) || !parts.every((part) => PART.test(part)))
    return undefined;
  const list = parts.slice(0, -1);
  return {
    id,
    list: list.join('/'),
    owner: list.slice(0, -1).join('/'),
    slug: list.at(-1)!,
    version: parts.at(-1)!,
    csv: `${list.join('-')}.csv`,
  };
}

/** What a slug, a version or an owner must be to be made here. */
export const isOwnPart = (text: string): boolean => text.length <= LONGEST && OWN_PART.test(text);

export const isOwner = (text: string): boolean => isOwnPart(text) && !TAKEN.has(text);

/** Of a line, whether the registry can hold it. */
export function isOwnLine({ owner, slug, version }: Line): boolean {
  const [, name] = owner.split('/');
  return (name === undefined ? isOwner(owner) : isOwnPart(name)) && isOwnPart(slug) && isOwnPart(version);
}

/** The last parts of an address of a list, or the line itself: what `add` was given. */
export function lineOfAddress(given: string, base: string): Line | undefined {
  const text = given.trim().replace(/[?#].*$/, '');
  if (!/^https?:\/\//i.test(text)) return readLine(text);
  const root = `${base.replace(/\/+$/, '')}/`;
  if (!text.startsWith(root)) return undefined;
  const path = text
    .slice(root.length)
    .replace(/^codelist\//, '')
    .replace(/\/download\.csv$/, '');
  return readLine(path);
}
