/** Small written forms: `PT5M`, `4G`, `v2`, and the schemas for them. */
import { z } from 'zod';
import { parsePublicKey } from '../lib/keys.ts';
import { mayAddress } from '../lib/origin.ts';
import { isRefusal } from '../lib/refusal.ts';

const DURATION =
  /^P(?!$)(?:(\d{1,4})W|(?:(\d{1,5})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?)$/;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Milliseconds of an ISO 8601 duration in weeks, or days, hours, minutes and seconds. NaN when it is none. */
export function parseDuration(text: string): number {
  const match = DURATION.exec(text);
  if (!match) return Number.NaN;
  const [weeks, days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return weeks! * 7 * DAY + days! * DAY + hours! * HOUR + minutes! * MINUTE + seconds! * SECOND;
}

const UNITS = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 } as const;

/** Bytes of `20M`, `4G`, `512K`, `1048576`; units are powers of 1024. NaN when it is none. */
export function parseBytes(text: string): number {
  const match = /^(\d{1,15})([KMGT]?)$/.exec(text);
  return match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : Number.NaN;
}

export const day = z.iso.date('a day like 2027-02-28');
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
/** As a number, Sunday is 0. */
export const weekday = z
  .enum(WEEKDAYS, 'a day of the week like monday')
  .transform((name) => WEEKDAYS.indexOf(name));

export const githubId = z.int('a whole number: the numeric GitHub id').positive('a numeric GitHub id');
export const login = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/, 'a GitHub login: letters, digits and hyphens, at most 39');
export const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'lower-case letters, digits, "-" and "_", at most 63');
/** Longer than a slug: made from the names of a repository and a branch. */
export const workspace = z
  .string()
  .regex(/^[a-z0-9_][a-z0-9_-]{0,99}$/, 'lower-case letters, digits, "-" and "_", at most 100');
export const text = z.string().min(1, 'not empty').max(5000, 'at most 5000 characters');
export const names = z.array(slug).default([]);
export const reason = z.string().min(1, 'not empty').max(500, 'at most 500 characters');

export const duration = z
  .string()
  .regex(DURATION, 'a duration like PT5M, PT24H or P1D')
  .transform(parseDuration)
  .refine((ms) => ms > 0, 'a duration above zero');

/** Written as a number or with a unit. */
export const bytes = z
  .union(
    [z.int().positive(), z.string().regex(/^\d{1,15}[KMGT]?$/, 'a size like 512K, 20M or 4G')],
    'a size like 512K, 20M or 4G',
  )
  .transform((size) => parseBytes(String(size)))
  .refine((size) => size > 0, 'a size above zero');

export const publicKey = z
  .string()
  .refine((key) => !isRefusal(parsePublicKey(key)), 'a key as "sallyport keygen" prints it: ed25519:…');

export const sha256Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hexadecimal digits');

/** The days of a right. It has to say when it ends. */
export const grant = { from: day.optional(), until: day };

/** Compiles, and is matched as a whole. */
export const pattern = z
  .string()
  .min(1, 'not empty')
  .max(200, 'at most 200 characters')
  .refine(compiles, 'a regular expression');

export const address = z.string().refine((url) => !mayAddress(url), 'an https address');

/** Whether the pattern matches the whole text; governance writes it with or without anchors. */
export function matchesWhole(written: string, value: string): boolean {
  return new RegExp(`^(?:${written})$`, 'u').test(value);
}

function compiles(written: string): boolean {
  try {
    matchesWhole(written, '');
    return true;
  } catch {
    return false;
  }
}
