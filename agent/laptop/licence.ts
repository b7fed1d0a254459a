/** The Stata licence of the person: a file that was named, the environment, or the usual place. Nobody fetches one. */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { refusal, type Refusal } from '../../src/lib/refusal.ts';
import { LICENCE } from '../runner/compat.ts';
import { badLicence } from './words.ts';

const LARGEST = 64 * 1024;

export interface LicencePlaces {
  /** What `--stata-licence` says. */
  file?: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  home: string;
}

/** Its text; undefined when there is none. Refuses 'licence.unreadable' for a file that is there, or was named. */
export function stataLicence({ file, env, home }: LicencePlaces): string | undefined | Refusal {
  if (file !== undefined) return textOf(file);
  const given = env[LICENCE.variable];
  if (given !== undefined && given.trim() !== '') return given;
  const usual = path.join(env['XDG_CONFIG_HOME'] || path.join(home, '.config'), 'sallyport/stata.lic');
  return statSync(usual, { throwIfNoEntry: false }) ? textOf(usual) : undefined;
}

function textOf(file: string): string | Refusal {
  const no = (why: string): Refusal => refusal('licence.unreadable', ...badLicence(file, why));
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return no('it is no file');
    if (stat.size > LARGEST) return no('it is too large to be one');
    const text = readFileSync(file, 'utf8');
    if (text.trim() === '') return no('it is empty');
    return text.includes('\0') ? no('it is no text') : text;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    return no(code === 'ENOENT' ? 'it is not there' : `it cannot be read (${code})`);
  }
}
