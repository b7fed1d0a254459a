/** What a check of `sallyport doctor` is: one question to a machine, whatever the machine is to be. */

/** right; worth a look; needed and missing; not looked at, because something else is missing. */
export const STATES = ['ok', 'warning', 'missing', 'skipped'] as const;
export type State = (typeof STATES)[number];

export interface Answer {
  state: State;
  /** One line. */
  says: string;
  /** The one command, or the one deed, that mends it. */
  mend?: string;
}

export interface Check<Facts> {
  /** Stable, for programs: `engine.memory`. */
  id: string;
  /** A word or two, for people. */
  title: string;
  ask(facts: Facts): Answer | Promise<Answer>;
}

export const ok = (says: string): Answer => ({ state: 'ok', says });
export const warning = (says: string, mend?: string): Answer => ({
  state: 'warning',
  says,
  ...(mend === undefined ? {} : { mend }),
});
export const missing = (says: string, mend: string): Answer => ({ state: 'missing', says, mend });
export const skipped = (says: string): Answer => ({ state: 'skipped', says });
