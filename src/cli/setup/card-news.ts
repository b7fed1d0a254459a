/**
 * When a card says something else than it did when a question was answered. The answer went by the card of then, so it goes
 * by the one of now, aloud; one that differed from its card already was meant so, and stays.
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
  /** What cards said when that was answered; nothing where there was no card. */
  cardsSaid: Answers;
}

/** Undefined when nothing changed for this question. */
export function cardNews(
  { id, byCard, standard }: Question,
  known: Known,
  before: Before,
): CardNews | undefined {
  const said = byCard ? standard(known) : undefined;
  const kept = before.kept[id];
  const then = before.cardsSaid[id];
  if (said === undefined || kept === undefined || said === kept || said === then) return undefined;
  const goesBy = then === undefined || kept === then;
  const both = `${id}: cards say ${printable(said)} now, and the answer was ${printable(kept)}`;
  return goesBy
    ? { standard: said, line: `${both}. What cards say is taken; to have it otherwise, answer it again.` }
    : {
        standard: kept,
        line: `${both}, unlike the cards of then. It is kept; to go by cards, answer it again.`,
      };
}

/** What cards say of these questions, to be remembered beside the answers. */
export const cardsSayNow = (questions: readonly Question[], known: Known): Answers =>
  Object.fromEntries(
    questions.flatMap(({ id, byCard, standard, when }): [string, string][] => {
      const said = byCard && (when?.(known.answers) ?? true) ? standard(known) : undefined;
      return said === undefined ? [] : [[id, said]];
    }),
  );
