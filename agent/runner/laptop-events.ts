/** What happens during `sallyport run`, as it happens: whoever shows it decides how. */
import type { Action, Diagnostic, Freshness } from '../../src/pipeline/pipeline.ts';
import type { Usage } from '../executor/executor.ts';
import type { Invention } from './laptop-dummy.ts';
import type { LaptopResult } from './laptop-job.ts';

export type LaptopEvent =
  | { type: 'finding'; found: Diagnostic }
  | { type: 'note'; text: string }
  /** A step, for `--debug`. */
  | { type: 'step'; action?: string; text: string }
  | { type: 'kept'; action: string; found: Freshness }
  | { type: 'nothing'; refresh: boolean }
  | { type: 'planned'; actions: readonly string[] }
  | { type: 'started'; action: Action; image?: string; invented?: Invention; why?: Freshness }
  /** About once a second while a program runs; `tail` only when it was asked for. */
  | { type: 'running'; action: string; usage?: Usage; tail: string[] }
  /** To refresh: what it needs ran again and came out the same. */
  | { type: 'same'; action: string }
  | {
      type: 'ended';
      action: Action;
      result: LaptopResult;
      logFile: string;
      /** Where its folder was left. */
      folder?: string;
      /** The log has been shown already. */
      withoutLog?: boolean;
    }
  | { type: 'over'; ended: readonly Ended[]; notRun: readonly string[]; continued: boolean };

export interface Ended {
  action: string;
  result: Pick<LaptopResult, 'outcome' | 'tookMs' | 'metrics'>;
}
