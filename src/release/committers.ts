/**
 * Who wrote the commits behind a file: e-mail addresses to people.
 *
 * An address is a person's when governance lists it, or when it is GitHub's no-reply form, which holds
 * the numeric id. The older form holds only a login, and a login is no identity. What stays unknown is
 * named as it was found; it bars everybody until governance has said whose it is.
 */
import type { Deed } from './types.ts';

export interface CommitFact {
  /** Milliseconds: when it was committed. */
  at: number;
  author: string;
  committer: string;
  coAuthors: readonly string[];
}

export interface KnownPeople {
  people: readonly { id: number; commitEmails: readonly string[] }[];
  /** Commits before it are nobody's deed: the project had not begun. Milliseconds. */
  since: number;
  /** Numeric ids of listed bots. */
  bots: readonly number[];
}

const NO_REPLY = /^(\d{1,15})\+[^@\s]+@users\.noreply\.github\.com$/i;

/** GitHub itself commits what is merged or edited on its pages; as an author it would hide somebody. */
const GITHUB_ITSELF = 'noreply@github.com';

/** Each person and each unknown address once. */
export function committersOf(commits: readonly CommitFact[], { people, since, bots }: KnownPeople): Deed[] {
  const owners = new Map(
    people.flatMap(({ id, commitEmails }) => commitEmails.map((email) => [email.toLowerCase(), id])),
  );
  const known = new Set<number>();
  const unknown = new Set<string>();
  for (const { at, author, committer, coAuthors } of commits) {
    if (at < since) continue;
    const written = [author, ...coAuthors, ...(sameText(committer, GITHUB_ITSELF) ? [] : [committer])];
    for (const email of written.map((each) => each.trim().toLowerCase())) {
      const id = owners.get(email) ?? idInNoReply(email);
      if (id === undefined) unknown.add(email);
      else if (!bots.includes(id)) known.add(id);
    }
  }
  return [
    ...[...known].map((person): Deed => ({ known: true, deed: 'committed', person })),
    ...[...unknown].map((named): Deed => ({ known: false, deed: 'committed', named })),
  ];
}

function idInNoReply(email: string): number | undefined {
  const match = NO_REPLY.exec(email);
  return match ? Number(match[1]) : undefined;
}

function sameText(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b;
}

/** Addresses of `Co-authored-by:` lines of a commit message. */
export function coAuthorsIn(message: string): string[] {
  return [...message.matchAll(/^[ \t]*co-authored-by:[^<\n]*<([^<>\s]+)>[ \t]*$/gim)].map(
    ([, email]) => email!,
  );
}
