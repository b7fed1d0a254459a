/** What `run` would do in a folder, and why: its own planner and its own memory, without running anything. */
import { realpathSync } from 'node:fs';
import { freshnessText, type Freshness, type Pipeline, type Reason } from '../pipeline/pipeline.ts';
import type { ImageEnd } from '../governance/images.ts';
import type { FindEnd } from './image-ends.ts';
import type { FindImage } from '../../agent/runner/laptop-images.ts';
import { readStudy, refuseUnknown } from './study.ts';

export interface PlanFlags {
  forceRunDependencies: boolean;
  refresh: boolean;
  projectDir: string;
}

/** One action, in the order in which it would run. */
export interface Step {
  action: string;
  image: string;
  why: Reason;
  /** What its last result is worth, in words. */
  result: string;
  state: Freshness['state'];
  /** Planned actions that have to succeed first. */
  waitsFor: string[];
}

export interface StudyPlan {
  runs: Step[];
  /** What is needed and kept. */
  keeps: { action: string; result: string; state: Freshness['state'] }[];
  /** Of images that have ended, or end soon; absent where there are none. */
  warnings?: ({ image: string } & ImageEnd)[];
}

const UNKNOWN: Freshness = { state: 'never-run' };

/**
 * Throws Refused for a study that cannot be read, and for unknown actions. `find` is asked for the images of actions
 * that have results; without it no image is compared.
 */
export async function planStudy(
  actions: readonly string[],
  { forceRunDependencies: force, refresh, projectDir }: PlanFlags,
  find?: FindImage,
  ends?: FindEnd,
): Promise<StudyPlan> {
  const pipeline = readStudy(projectDir);
  refuseUnknown(pipeline, actions);
  const { lookAt, planFor } = await import('../../agent/runner/laptop-plan.ts');
  const study = await lookAt(realpathSync(projectDir), pipeline, find);
  const { jobs, reused } = planFor(study, { actions, force, refresh });
  const images = imagesBy(pipeline);
  const worth = (action: string): { result: string; state: Freshness['state'] } => {
    const found = study.fresh.get(action) ?? UNKNOWN;
    return { result: freshnessText(found), state: found.state };
  };
  return {
    runs: jobs.map(({ action, why, waitsFor }) => ({
      action,
      image: images.get(action)!,
      why,
      ...worth(action),
      waitsFor,
    })),
    keeps: reused.map(({ action }) => ({ action, ...worth(action) })),
    ...warningsOf(pipeline, new Set([...jobs, ...reused].map(({ action }) => action)), ends),
  };
}

function warningsOf(
  { actions }: Pipeline,
  planned: ReadonlySet<string>,
  ends: FindEnd | undefined,
): Pick<StudyPlan, 'warnings'> {
  const used = actions.filter(({ name }) => planned.has(name)).map(({ image }) => image);
  const images = new Map(used.map((image) => [`${image.name}:${image.tag}`, image]));
  const warnings = [...images].flatMap(([image, named]) => {
    const end = ends?.(named);
    return end ? [{ image, ...end }] : [];
  });
  return warnings.length > 0 ? { warnings } : {};
}

function imagesBy({ actions }: Pipeline): Map<string, string> {
  return new Map(actions.map(({ name, image }) => [name, `${image.name}:${image.tag}`]));
}

const WHY: Record<Reason, string> = {
  'asked-for': 'asked for',
  'never-run': 'never run',
  'failed-before': 'failed before',
  forced: 'forced',
};
const ONLY_FAILED = freshnessText({ state: 'out-of-date', because: [{ kind: 'failed' }] });
const NAMES_SHOWN = 4;

export function planText({ runs, keeps, warnings = [] }: StudyPlan): string {
  const lines: string[] = [];
  if (runs.length === 0) lines.push('There is nothing to do.');
  const names = width(runs, ({ action }) => action);
  const images = width(runs, ({ image }) => image);
  const numbers = String(runs.length).length;
  for (const [at, { action, image, waitsFor, ...step }] of runs.entries()) {
    const waits = waitsFor.length > 0 ? `, after ${some(waitsFor)}` : '';
    lines.push(
      `${String(at + 1).padStart(numbers)}  ${action.padEnd(names)}  ${image.padEnd(images)}  ${whyOf(step)}${waits}`,
    );
  }
  if (keeps.length > 0) lines.push('', 'Kept as they are:');
  const kept = width(keeps, ({ action }) => action);
  for (const { action, result } of keeps) lines.push(`   ${action.padEnd(kept)}  ${result}`);
  if (warnings.length > 0) lines.push('');
  for (const { code, message, hint } of warnings) lines.push(`warning: ${message} ${hint} (${code})`);
  return lines.map((line) => `${line}\n`).join('');
}

/** Under `--refresh` and `run_all`, "never run" means without a good result; what it is worth says more. */
export function whyOf({ why, result, state }: Pick<Step, 'why' | 'result' | 'state'>): string {
  if (why === 'failed-before' && result === ONLY_FAILED) return WHY[why];
  if (state === 'never-run') return why === 'never-run' ? WHY[why] : `${WHY[why]}, ${result}`;
  return why === 'never-run' ? result : `${WHY[why]}, ${result}`;
}

function width<T>(rows: readonly T[], of: (row: T) => string): number {
  return rows.reduce((most, row) => Math.max(most, of(row).length), 0);
}

export function some(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN;
  return more > 0
    ? `${names.slice(0, NAMES_SHOWN).join(', ')} and ${more.toLocaleString('en-GB')} more`
    : names.join(', ');
}
