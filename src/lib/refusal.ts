/**
 * A refusal is the answer "no", as a value.
 *
 * Exceptions are for bugs and lost connections; whoever is refused gets a stable code, a sentence
 * that says what happened, and what to do next. `detail` is for code, never shown.
 */
export interface Refusal {
  readonly refused: true;
  /** Stable, dotted, documented: `run.unknown-action`. */
  readonly code: string;
  /** What happened, one sentence, ends with a full stop. */
  readonly says: string;
  /** What the person can do now, one sentence. Empty when nothing can be done. */
  readonly next: string;
}

export function refusal(code: string, says: string, next = ''): Refusal {
  return { refused: true, code, says, next };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && (value as { refused?: unknown }).refused === true;
}

/** The refusal as one line for a terminal or a comment: sentence, next step, code in brackets. */
export function refusalText(no: Refusal): string {
  return [no.says, no.next, `(${no.code})`].filter(Boolean).join(' ');
}

/** Thrown where a refusal ends a whole command (start-up, the command line), never inside a rule. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(no: Refusal, options?: ErrorOptions) {
    super(refusalText(no), options);
    this.name = 'Refused';
    this.refusal = no;
  }
}
