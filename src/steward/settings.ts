/** The steward's settings file: who it is on GitHub, whose hub it asks, which governance it believes. */
import type { KeyObject } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { parseVerifierKey } from '../ledger/ledger.ts';
import { isSha } from '../lib/git.ts';
import { parseOrigin } from '../lib/origin.ts';
import { isRefusal } from '../lib/refusal.ts';
import { readAppKey } from '../lib/secret-place.ts';
import { readSettings } from '../lib/settings.ts';
import { watchAt, watchSetting } from '../lib/watch-settings.ts';
import { no } from './words.ts';

const origin = z.string().transform((text, context) => {
  const answer = parseOrigin(text);
  if (!isRefusal(answer)) return answer;
  context.addIssue({ code: 'custom', message: `${answer.says} ${answer.next}` });
  return z.NEVER;
});
const file = z.string().min(1, 'name a file');
const logKey = z
  .string()
  .refine(
    (text) => !isRefusal(parseVerifierKey(text)),
    'a verifier key: name+id+base64, as "sallyport keygen --log" prints it',
  );

export const stewardSettings = z.strictObject({
  github: z.strictObject({
    origin: origin.default('https://github.com'),
    /** Of the App *Sallyport Steward*: steward.yml is its manifest. */
    app_id: z.int().positive(),
    private_key_file: file,
  }),
  governance: z.strictObject({
    /** Numeric id: a repository that merely has the name is not it. */
    repository: z.int().positive(),
    owner: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,38}$/, 'write the organisation only'),
    name: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/, 'write the repository name only'),
    branch: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$/, 'write a branch name')
      .default('main'),
    commit: z.string().refine(isSha, 'write the full commit, 40 hexadecimal digits'),
  }),
  hub: z.strictObject({ origin }),
  /** Its own Ed25519 key; the public line goes into hub.yml as `steward.key`. */
  key_file: file,
  state_dir: file,
  /** Whether review repositories and their teams are made and kept, or left to people. */
  reviews: z.enum(['keep', 'leave']).default('keep'),
  /** Whether repositories and teams of projects, and the other teams of teams.yml, are made and kept. */
  projects: z.enum(['keep', 'leave']).default('keep'),
  /** With which key the public log is signed, when this steward is to keep it in a repository; and keys that were replaced. */
  public_log: z
    .strictObject({ keys: z.array(logKey).min(1, 'at least one key'), old_keys: z.array(logKey).default([]) })
    .optional(),
  watch: watchSetting.optional(),
  log: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});
export type StewardSettings = z.infer<typeof stewardSettings>;

/** Relative paths in the file are relative to it. Throws Refused with every fault. */
export function readStewardSettings(place: string): StewardSettings {
  const settings = readSettings(place, stewardSettings);
  const at = (given: string): string => resolve(dirname(place), given);
  return {
    ...settings,
    github: { ...settings.github, private_key_file: at(settings.github.private_key_file) },
    key_file: at(settings.key_file),
    state_dir: at(settings.state_dir),
    ...watchAt(settings.watch, at),
  };
}

/** The App's RSA key. Throws Refused. */
export function readStewardAppKey(named: string): KeyObject {
  return readAppKey(named, no.noKey);
}
