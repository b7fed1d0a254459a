/**
 * The form of a breach, read. Only two things are taken from it: which release or project it may be about, so that the
 * commands to copy name it, and whether it says what was done. None of its words is ever repeated.
 */
import { sectionsOf } from '../../applications/applications.ts';

/** As the labels of docs/forms/breach.yml say, which is tested against these. */
export const BREACH_HEADINGS = {
  what: 'What happened',
  found: 'When it was found',
  files: 'Files or release',
  seen: 'Who has seen it',
  shared: 'Already shared with',
  reachable: 'Still reachable at',
  known: 'What I know',
  done: 'What was done',
} as const;

const ALL = new Set<string>(Object.values(BREACH_HEADINGS));
const RELEASE = /\b[a-z0-9]{16}-[1-9][0-9]{0,7}\b/g;
const WORD = /[A-Za-z0-9][A-Za-z0-9-]{0,99}/g;
const MOST_NAMED = 10;

export interface BreachForm {
  /** Names of releases, as the form writes them; there may be none such. */
  releases: string[];
  /** Words that may be a project's id. */
  words: string[];
  /** It says what was done. */
  done: boolean;
}

export function readBreach(body: string): BreachForm {
  const answers = new Map(sectionsOf(body, ALL).map(({ heading, text }) => [heading, text]));
  const named = answers.get(BREACH_HEADINGS.files) ?? body;
  return {
    releases: unique(named.match(RELEASE)),
    words: [...new Set(named.match(WORD) ?? [])].map((word) => word.toLowerCase()),
    done: /[\p{L}\p{N}]/u.test(answers.get(BREACH_HEADINGS.done) ?? ''),
  };
}

const unique = (found: readonly string[] | null): string[] => [...new Set(found ?? [])].slice(0, MOST_NAMED);
