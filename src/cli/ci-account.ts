/** What a run told, kept for the summary: of each action how it ended and why it ran. */
import type { LaptopEvent } from '../../agent/laptop.ts';
import { freshnessText, type Action } from '../pipeline/pipeline.ts';
import type { Finding } from './check-path.ts';

type Result = Extract<LaptopEvent, { type: 'ended' }>['result'];

export interface ActionAccount {
  name: string;
  /** `fresh`: its results were kept. */
  state: 'succeeded' | 'failed' | 'fresh' | 'not run';
  /** Why it ran, or why it did not. */
  why: string;
  action?: Action;
  result?: Result;
  logFile?: string;
}

export interface Account {
  note(event: LaptopEvent): void;
  /** In the order in which they came to their end; what was not run comes last. */
  actions(): ActionAccount[];
}

export function anAccount(): Account {
  const known = new Map<string, ActionAccount>();
  const why = new Map<string, string>();
  const put = (one: ActionAccount): void => void known.set(one.name, one);
  let planned: readonly string[] = [];
  let over = false;
  return {
    note(event) {
      if (event.type === 'planned') planned = event.actions;
      if (event.type === 'kept') put({ name: event.action, state: 'fresh', why: '' });
      if (event.type === 'same')
        put({ name: event.action, state: 'fresh', why: 'what it reads came out the same' });
      if (event.type === 'started')
        why.set(event.action.name, event.why ? freshnessText(event.why) : 'asked for');
      if (event.type === 'ended') {
        const { action, result, logFile } = event;
        const state = result.outcome.state === 'succeeded' ? 'succeeded' : 'failed';
        put({ name: action.name, state, why: why.get(action.name) ?? '', action, result, logFile });
      }
      if (event.type === 'over') over = true;
    },
    actions() {
      const reason = over ? 'what it needs failed' : 'the run was stopped';
      const rest = planned.filter((name) => !known.has(name));
      return [
        ...known.values(),
        ...rest.map((name): ActionAccount => ({ name, state: 'not run', why: reason })),
      ];
    },
  };
}

/** Patterns without a file; of a program that failed otherwise they say nothing new. */
export const unmatchedBy = ({ outcome, collected }: Result): readonly string[] =>
  outcome.state === 'unmatched_patterns' ? collected.unmatched : [];

/** What went wrong in the run, as findings on the lines of the actions. */
export function faultsOf(actions: readonly ActionAccount[]): Finding[] {
  return actions.flatMap(({ name, action, result }) => {
    if (!action || !result || result.outcome.state === 'succeeded') return [];
    const { state, message, hint } = result.outcome;
    const missing = unmatchedBy(result).map((pattern) => `no file for ${pattern}`);
    return [
      {
        code: `run.${state.replaceAll('_', '-')}`,
        severity: 'error' as const,
        line: action.at.line,
        column: action.at.column,
        message: `${name}: ${[message, ...missing].join(' ')}`,
        hint,
      },
    ];
  });
}
