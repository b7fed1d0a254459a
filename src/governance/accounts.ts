/**
 * Whether an entry of people.yml is the account that it says: what GitHub answers is asked for elsewhere, and is
 * compared here. A login that is another's is a fault and is never corrected: nobody knows which half was meant.
 */
import { readSource } from './source.ts';
import type { Governance, GovernanceFinding, Person } from './types.ts';
import { words } from './words.ts';

export interface SeenAccount {
  login: string;
  /** As GitHub says: `User`, `Organization`, `Bot`. */
  type: string;
}

export const MOST_ACCOUNTS = 100;

/** Entries that are new, or have another id or login than before. */
export function peopleToCompare(before: Governance | undefined, after: Governance): Person[] {
  const known = new Set((before?.people ?? []).map(({ id, login }) => `${id} ${login}`));
  return after.people.filter(({ id, login }) => !known.has(`${id} ${login}`));
}

/** `text`: of people.yml; `seen`: by id, undefined where GitHub knows nobody. Who was not asked about is not in it. */
export function accountFindings(
  text: string,
  people: readonly Person[],
  seen: ReadonlyMap<number, SeenAccount | undefined>,
): GovernanceFinding[] {
  const { source } = readSource('people.yml', text);
  const entries = source?.value;
  if (!source || !Array.isArray(entries)) return [];
  const places = new Map(entries.map((entry: { id?: unknown } | null, index) => [entry?.id, index]));
  return people.flatMap(({ id, login }) => {
    const at = (field: string, code: string, message: string, hint: string) =>
      source.at([places.get(id) ?? 0, field], `governance.account-${code}`, message, { hint });
    if (!seen.has(id))
      return [
        source.at([places.get(id) ?? 0], 'governance.account-not-asked', words.accountNotAsked(id), {
          ...{ hint: words.accountNotAskedHint(MOST_ACCOUNTS), severity: 'warning' },
        }),
      ];
    const account = seen.get(id);
    if (!account) return [at('id', 'unknown', words.accountUnknown(id), words.accountUnknownHint)];
    if (account.type !== 'User')
      return [at('id', 'no-person', words.accountNoPerson(id, account.type), words.accountNoPersonHint)];
    if (account.login.toLowerCase() !== login.toLowerCase())
      return [at('login', 'login', words.accountLogin(id, account.login, login), words.accountLoginHint)];
    return [];
  });
}
