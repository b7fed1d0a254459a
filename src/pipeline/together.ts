/** The rules for the actions of a project taken together: P28–P32, names, circles, overlaps. */
import { isCohortextractor, RUNTIME_IMAGES } from './compat.ts';
import type { Draft } from './draft.ts';
import { cycles } from './cycles.ts';
import { findOverlaps } from './overlap.ts';
import { canonicalJson } from '../lib/canonical.ts';
import type { Report } from './report.ts';
import { nearest, Suggester } from './suggest.ts';
import { actionNameCase } from './words.ts';
import * as words from './words-paths.ts';

/** What the version of the file asks for. */
export interface Features {
  uniquePaths: boolean;
  noCohortextractor: boolean;
  noLatest: boolean;
}

/** A circle of a thousand actions is named by its first few. */
const NAMES_SHOWN = 8;

export function checkTogether(drafts: readonly Draft[], features: Features, report: Report): void {
  checkNames(drafts, report);
  checkImages(drafts, features, report);
  checkCommands(drafts, report);
  const repeated = features.uniquePaths ? checkPathsUnique(drafts, report) : new Set<string>();
  findOverlaps(drafts, repeated, report);
  checkNeeds(drafts, report);
  checkCircles(drafts, report);
}

function checkNames(drafts: readonly Draft[], report: Report): void {
  const seen = new Map<string, Draft>();
  for (const draft of drafts) {
    const key = draft.name.toLowerCase();
    const other = seen.get(key);
    if (other) {
      const says = actionNameCase(draft.name, other.name, report.position(other.nameSpot).line);
      report.error('project.action-name-case', draft.nameSpot, says);
    } else seen.set(key, draft);
  }
}

function checkImages(drafts: readonly Draft[], features: Features, report: Report): void {
  const known = new Map<string, string | undefined>();
  for (const { image, run } of drafts) {
    if (!image || !run) continue;
    if (features.noCohortextractor && isCohortextractor(image))
      report.error('P28', run.spot, words.cohortextractor());
    if (features.noLatest && image.tag === 'latest')
      report.error('P29', run.spot, words.latestTag(image.name));
    // Thousands of actions run in a handful of images.
    if (!known.has(image.name)) known.set(image.name, runtimeMeant(image.name));
    const meant = known.get(image.name);
    if (meant) report.warning('project.image-name', run.spot, words.imageName(image.name, meant));
  }
}

/** Every other name is looked up as a reusable action, so a slip of the fingers shows late; `python-ml` is none. */
function runtimeMeant(name: string): string | undefined {
  const runtime = nearest(name, RUNTIME_IMAGES);
  return runtime === undefined || name.startsWith(runtime) || runtime.startsWith(name) ? undefined : runtime;
}

function checkCommands(drafts: readonly Draft[], report: Report): void {
  const seen = new Map<string, Draft>();
  for (const draft of drafts) {
    if (!draft.words) continue;
    const key = commandKey(draft);
    const other = seen.get(key);
    if (other)
      report.error('P30', draft.run!.spot, words.sameRun(other.name, report.position(other.nameSpot).line));
    else seen.set(key, draft);
  }
}

function commandKey(draft: Draft): string {
  const words = JSON.stringify(draft.words);
  return draft.config ? `${words}${canonicalJson(draft.config)}` : words;
}

/** Gives back the paths that occur twice: their overlap with themselves needs no second finding. */
function checkPathsUnique(drafts: readonly Draft[], report: Report): Set<string> {
  const seen = new Map<string, number>();
  const repeated = new Set<string>();
  for (const { pattern, spot } of drafts.flatMap((draft) => draft.outputs)) {
    const line = seen.get(pattern);
    if (line === undefined) seen.set(pattern, report.position(spot).line);
    else {
      repeated.add(pattern);
      report.error('P31', spot, words.samePath(pattern, line));
    }
  }
  return repeated;
}

function checkNeeds(drafts: readonly Draft[], report: Report): void {
  const names = new Set(drafts.map((draft) => draft.name));
  names.delete('run_all');
  const suggest = new Suggester([...names]);
  for (const need of drafts.flatMap((draft) => draft.needs)) {
    if (names.has(need.name)) continue;
    if (need.name === 'run_all') report.error('P32', need.spot, words.needsRunAll());
    else report.error('P32', need.spot, words.unknownNeed(need.name, suggest.nearest(need.name)));
  }
}

function checkCircles(drafts: readonly Draft[], report: Report): void {
  const index = new Map(drafts.map((draft, at) => [draft.name, at]));
  const edges = drafts.map((draft) => draft.needs.flatMap((need) => index.get(need.name) ?? []));
  for (const circle of cycles(edges)) {
    const first = drafts[circle[0]!]!;
    const next = drafts[circle[1] ?? circle[0]!]!;
    const { spot } = first.needs.find((need) => need.name === next.name)!;
    if (circle.length === 1) report.error('project.needs-itself', spot, words.needsItself(first.name));
    else {
      const names = circle.slice(0, NAMES_SHOWN).map((at) => drafts[at]!.name);
      report.error('project.cycle', spot, words.cycle(names, circle.length));
    }
  }
}
