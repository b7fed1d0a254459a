/**
 * When a card says something else than it did when a question was answered. The answer went by the card of then, so it goes
 * by the one of now, aloud; one that differed from its card already was meant so, and stays. So does one of which nobody knows
 * how it came about.
 */
import { printable } from '../../pipeline/pipeline.ts';
import type { Answers, Known, Question } from './question.ts';

export interface CardNews {
  /** What the answer is taken to be, unless somebody answers now. */
  standard: string;
  line: string;
}

interface Before {
  kept: Answers;
  /** What cards said when that was answered, or the standard that was taken. */
  cardsSaid: Answers;
}

/** Undefined when nothing changed for this question. */
export function cardNews({ id, byCard }: Question, { cards }: Known, before: Before): CardNews | undefined {
  const said = byCard?.(cards);
  const kept = before.kept[id];
  const then = before.cardsSaid[id];
  if (said === undefined || kept === undefined || said === kept || said === then) return undefined;
  const both = `${id}: cards say ${printable(said)} now, and the answer was ${printable(kept)}`;
  return kept === then
    ? { standard: said, line: `${both}. What cards say is taken; to have it otherwise, answer it again.` }
    : {
        standard: kept,
        line: `${both}. That is kept; to go by cards, answer it again.`,
      };
}

/**
 * What cards say of these questions, to be remembered beside the answers. Where there is no card yet it is the standard, unless
 * somebody said it: a standard was nobody's wish, and goes by the card once that is there.
 */
export const cardsSayNow = (
  questions: readonly Question[],
  known: Known,
  { given, kept, cardsSaid }: Before & { given: Answers },
): Answers =>
  Object.fromEntries(
    questions.flatMap(({ id, byCard, standard, when }): [string, string][] => {
      if (!byCard || !(when?.(known.answers) ?? true)) return [];
      const wasSaid = given[id] !== undefined || (kept[id] !== undefined && cardsSaid[id] === undefined);
      const said = byCard(known.cards) ?? (wasSaid ? undefined : standard(known));
      return said === undefined ? [] : [[id, said]];
    }),
  );
