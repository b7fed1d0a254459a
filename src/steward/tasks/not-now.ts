/** Nothing is wrong with what is asked: it is tried again later. */
import type { Refusal } from '../../lib/refusal.ts';

export class NotNow extends Error {
  override name = 'NotNow';
  readonly why: Refusal;

  constructor(why: Refusal) {
    super(why.says);
    this.why = why;
  }
}
