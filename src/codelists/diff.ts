/** What sets two versions of a list apart, in the order of their files. */
import type { Coded, Difference } from './types.ts';

export function differenceOf(before: readonly Coded[], after: readonly Coded[]): Difference {
  const old = new Map(before.map((each) => [each.code, each.term]));
  const now = new Map(after.map((each) => [each.code, each.term]));
  return {
    added: after.filter(({ code }) => !old.has(code)),
    removed: before.filter(({ code }) => !now.has(code)),
    changed: after.flatMap(({ code, term }) => {
      const was = old.get(code);
      return was === undefined || was === term ? [] : [{ code, before: was, after: term }];
    }),
  };
}

export const isSame = ({ added, removed, changed }: Difference): boolean =>
  added.length + removed.length + changed.length === 0;
