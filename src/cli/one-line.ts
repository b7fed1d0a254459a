/** Reasons, as they are typed. */
import { InvalidArgumentError } from 'commander';

const LONGEST_WHY = 300;

export const isWhy = (given: unknown): given is string => typeof given === 'string' && given.trim() !== '';

export function oneLine(text: string): string {
  if (text.length <= LONGEST_WHY && /^[^\p{Cc}\p{Cf}]*$/u.test(text)) return text;
  throw new InvalidArgumentError(`Give one line of at most ${LONGEST_WHY} characters.`);
}
