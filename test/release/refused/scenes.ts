/** Situations in which something is refused, each told in one line. */
import type { Facts, Hint, PersonFacts } from '../../../src/release/release.ts';
import { aDraft, aHash, aRequest, P, PEOPLE, type Story } from '../world.ts';

/** A refusal of the catalogue, when it is given, and the story that ends in it. */
export type Case = [code: string, when: string, told: () => string];

export const made = { id: 'request-1', workspace: 'study-main', project: 'ns-1', author: P.author };
export const controls = { threshold: 7, base: 5, method: 'rounding', text: '' };
/** How an incident ends. */
export const closing = { incident: 1, outcome: 'contained', reason: 'Both copies are gone.' } as const;
export const hint = (severity: Hint['severity'], path?: string): Hint => ({
  id: `h-${severity}`,
  check: 'C5',
  severity,
  path,
});
export const roles = (who: number, ...held: PersonFacts['roles'][number][]): Partial<Facts> => ({
  people: { ...PEOPLE, [who]: { id: who, roles: held, orgs: [] } },
});
export const copy = (path: string) => ({ path, source: aHash(path), sha256: aHash(path), size: 10 });
export const add = (story: Story, path: string, more: object = {}) =>
  story.code('author', 'add-file', { ...copy(path), group: 'tables', as: 'output', ...more });
export const mixed = () => aRequest('reviewing').reviews('checkerB', 'changes');

export function tiny(): Story {
  const story = aDraft().writes('c.csv');
  story.policy = { ...story.policy, maxFile: 9 };
  return story;
}

/** a.csv was rejected by both, b.csv approved. */
export function rejectedFile(): Story {
  const story = aRequest('submitted');
  for (const who of ['checkerA', 'checkerB'] as const) {
    story.grades(who, 'reject', 'a.csv').grades(who, 'approve', 'b.csv').says(who).signs(who);
  }
  return story.does('checkerA', 'return', {});
}

/** a.csv approved by both, b.csv not; a part is proposed, and the rest explained to the author or not. */
export function proposed(told: 'public' | 'private'): Story {
  const story = aRequest('submitted');
  for (const who of ['checkerA', 'checkerB'] as const) {
    story
      .grades(who, 'approve', 'a.csv')
      .grades(who, 'changes', 'b.csv')
      .says(who, 'tables', told)
      .signs(who);
  }
  return story.does('checkerA', 'propose-part', { paths: ['a.csv'] });
}

export function partReleased(): Story {
  return proposed('public').does('checkerB', 'confirm-part', {});
}

/** Returned, b.csv written anew, submitted again: a.csv's approvals wait to be confirmed. */
export function resubmitted(): Story {
  return proposed('public')
    .does('checkerA', 'return', {})
    .writes('b.csv', 'new')
    .does('author', 'update-file', { path: 'b.csv', source: aHash('new'), sha256: aHash('new'), size: 10 })
    .says('author')
    .does('author', 'submit', {});
}

export function sealedComment(): Story {
  return aRequest('submitted')
    .says('checkerA', 'tables', 'public', 'c1')
    .does('checkerB', 'return', { category: 'wrong-files' })
    .does('author', 'submit', {});
}
