/** What `sallyport setup` asks: one fact at a time, each with a reason, a standard and a check that says at once what is wrong. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parsePublicKey } from '../../lib/keys.ts';
import { parseOrigin } from '../../lib/origin.ts';
import { isRefusal } from '../../lib/refusal.ts';
import type { Cards } from './cards.ts';

/** By question. Lists are written with commas. Never a secret: those stand in files, and a question names the file. */
export type Answers = Readonly<Record<string, string>>;

/** What is known without asking. */
export interface Known {
  /** Folder of the settings. */
  dir: string;
  cards: Cards;
  answers: Answers;
  now: number;
}

export interface Question {
  /** As it stands in a file of answers. */
  id: string;
  asks: string;
  why: string;
  /** Undefined: there is none, somebody has to say it. '' is a standard, too: nothing. */
  standard(known: Known): string | undefined;
  /** What another host's card says, which is the standard then: when that changes, so does an answer that went by it. */
  byCard?(cards: Cards): string | undefined;
  /** Left out when it has no meaning after what was answered before. */
  when?(answers: Answers): boolean;
  /** What is wrong with it, as a sentence. */
  fault?(text: string, known: Known): string | undefined;
  /** What it becomes: a name gets its number. Throws an Error with a sentence. */
  settle?(text: string, answers: Answers): Promise<string>;
}

type Fault = (text: string) => string | undefined;

export const origin: Fault = (text) => {
  const read = parseOrigin(text);
  return isRefusal(read) ? `${read.says} ${read.next}` : undefined;
};
export const login: Fault = (text) =>
  /^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/.test(text)
    ? undefined
    : 'Write the name alone, as it stands in the address: letters, digits and hyphens.';
export const repositoryName: Fault = (text) =>
  /^[A-Za-z0-9._-]{1,100}$/.test(text) ? undefined : 'Write the repository’s name alone, without its owner.';
export const wholeNumber: Fault = (text) =>
  /^[1-9]\d{0,14}$/.test(text) ? undefined : 'Write a whole number above 0.';
export const port: Fault = (text) =>
  /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) <= 65_535
    ? undefined
    : 'A port is a number from 1 to 65535.';
export const absolute: Fault = (text) =>
  path.isAbsolute(text) && !/[\s\0%]/.test(text)
    ? undefined
    : 'Write the whole path, beginning with /, without spaces and %.';
export const commit: Fault = (text) =>
  /^[0-9a-f]{40}$/.test(text) ? undefined : 'Write the whole commit: 40 hexadecimal digits.';
export const shortName: Fault = (text) =>
  /^[a-z0-9][a-z0-9_-]{0,49}$/.test(text)
    ? undefined
    : 'Lower case letters, digits, hyphens and underscores, at most 50.';
export const account: Fault = (text) =>
  /^[a-z_][a-z0-9_-]{0,31}$/.test(text) ? undefined : 'Write the name of a user of this system.';
export const publicKey: Fault = (text) => {
  const read = parsePublicKey(text);
  return isRefusal(read) ? `${read.says} ${read.next}` : undefined;
};
export const email: Fault = (text) =>
  /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? undefined : 'Write an e-mail address.';
export const line: Fault = (text) =>
  text.trim() !== '' && text.length <= 200 && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text)
    ? undefined
    : 'Write one line of at most 200 characters.';

/** `host:port`, `[::1]:port`: an address of this machine and a port. Undefined for anything else. */
export function placeOf(text: string | undefined): { host: string; port: number } | undefined {
  const [, host = '', number = ''] = /^([^:\s]+|\[[0-9a-f:.]+\]):(\d+)$/.exec(text ?? '') ?? [];
  if (host === '' || port(number) !== undefined) return undefined;
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(number) };
}
/** The same, as a fault. */
export const place: Fault = (text) =>
  placeOf(text) ? undefined : 'Write host:port, like 127.0.0.1:8443; a port is a number from 1 to 65535.';

/** A file that must be there, with this in it. */
export function file(holds?: RegExp): Fault {
  return (text) => {
    const wrong = absolute(text);
    if (wrong) return wrong;
    if (!existsSync(text)) return `There is no file ${text}.`;
    if (!holds) return undefined;
    try {
      return holds.test(readFileSync(text, 'utf8')) ? undefined : `${text} is not such a file.`;
    } catch {
      return `${text} cannot be read.`;
    }
  };
}
/** The same, or nothing. */
export const orNothing =
  (fault: Fault): Fault =>
  (text) =>
    text === '' ? undefined : fault(text);

export function oneOf(...words: readonly string[]): Fault {
  return (text) => (words.includes(text) ? undefined : `Write one of: ${words.join(', ')}.`);
}

export const listed = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);

export const always =
  (text: string): Question['standard'] =>
  () =>
    text;
export const nobodyKnows: Question['standard'] = () => undefined;
