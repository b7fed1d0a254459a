/**
 * Which output patterns can match the same file.
 *
 * Two patterns can only meet when the literal beginning of one begins the other's, and likewise at the
 * end. Sorting by beginning and by reversed end gives each wildcard pattern two small sets of
 * candidates, of which the smaller is compared. A file written to defeat that is refused, not waited for.
 */
import type { Draft, DraftOutput } from './draft.ts';
import { patternsOverlap, reversed } from './glob.ts';
import type { Report } from './report.ts';
import * as words from './words-paths.ts';

/** About 0.2 s. An ordinary project with 10,000 wildcard outputs needs a few ten thousand. */
const MAX_COMPARISONS = 1_000_000;

interface Output extends DraftOutput {
  action: number;
}

/** The outputs that share one pattern, in file order. */
interface Group {
  pattern: string;
  outputs: Output[];
  /** Groups that overlap this one. */
  met: Set<Group>;
}

/** repeated: patterns whose repetition is already a finding. */
export function findOverlaps(drafts: readonly Draft[], repeated: ReadonlySet<string>, report: Report): void {
  const groups = new Map<string, Group>();
  for (const [action, draft] of drafts.entries()) {
    for (const output of draft.outputs) {
      const group = groups.get(output.pattern) ?? { pattern: output.pattern, outputs: [], met: new Set() };
      groups.set(output.pattern, group);
      group.outputs.push({ ...output, action });
    }
  }
  for (const group of groups.values()) if (!repeated.has(group.pattern)) judgeEqual(group.outputs, report);
  const all = [...groups.values()];
  const unfinished = meet(all);
  for (const group of all) if (group.met.size > 0) judgeMet(group.outputs[0]!, group.met, report);
  if (unfinished) {
    report.error('project.too-many-wildcards', unfinished.outputs[0]!.spot, words.tooManyWildcards());
  }
}

/** Fills `met`; gives back the group at which the comparisons ran out. */
function meet(groups: readonly Group[]): Group | undefined {
  const starts = new Neighbours(groups, (pattern) => pattern.split('*', 1)[0]!);
  const ends = new Neighbours(groups, (pattern) => reversed(pattern.slice(pattern.lastIndexOf('*') + 1)));
  let left = MAX_COMPARISONS;
  for (const group of groups) {
    if (!group.pattern.includes('*')) continue;
    const candidates = starts.count(group) <= ends.count(group) ? starts.of(group) : ends.of(group);
    for (const other of candidates) {
      left -= 1;
      if (left < 0) return group;
      if (other === group || !patternsOverlap(group.pattern, other.pattern)) continue;
      group.met.add(other);
      other.met.add(group);
    }
  }
  return undefined;
}

/** Groups whose key begins another's key or is begun by it. */
class Neighbours {
  private readonly sorted: { key: string; group: Group; parent: number; end: number; depth: number }[];
  private readonly place = new Map<Group, number>();

  constructor(groups: readonly Group[], keyOf: (pattern: string) => string) {
    this.sorted = groups.map((group) => ({ key: keyOf(group.pattern), group, parent: -1, end: 0, depth: 0 }));
    this.sorted.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    const open: number[] = [];
    for (const [at, row] of this.sorted.entries()) {
      while (open.length > 0 && !row.key.startsWith(this.sorted[open.at(-1)!]!.key))
        this.sorted[open.pop()!]!.end = at;
      row.parent = open.at(-1) ?? -1;
      row.depth = open.length;
      open.push(at);
      this.place.set(row.group, at);
    }
    for (const at of open) this.sorted[at]!.end = this.sorted.length;
  }

  count(group: Group): number {
    const at = this.place.get(group)!;
    return this.sorted[at]!.end - at + this.sorted[at]!.depth;
  }

  *of(group: Group): Generator<Group> {
    const at = this.place.get(group)!;
    const row = this.sorted[at]!;
    for (let next = at + 1; next < row.end; next += 1) yield this.sorted[next]!.group;
    for (let up = row.parent; up !== -1; up = this.sorted[up]!.parent) yield this.sorted[up]!.group;
  }
}

interface Clash {
  first: Output;
  count: number;
}

/** Outputs of one pattern against each other: a file they match is matched by all. */
function judgeEqual(outputs: readonly Output[], report: Report): void {
  const levels = new Map<string, Clash>();
  for (const output of outputs) {
    const others = [...levels.values()].filter((clash) => clash.first.level !== output.level);
    const same = levels.get(output.level);
    tell(output, together(others), same?.first.action === output.action ? undefined : same, report);
    levels.set(output.level, { first: same?.first ?? output, count: (same?.count ?? 0) + 1 });
  }
}

/** The first output of a pattern against the patterns it met further up in the file. */
function judgeMet(output: Output, met: ReadonlySet<Group>, report: Report): void {
  const earlier = [...met]
    .map((group) => group.outputs[0]!)
    .filter((other) => other.spot.start < output.spot.start);
  const clashes = (alike: boolean): Clash | undefined =>
    together(
      earlier
        .filter(
          (other) => (other.level === output.level) === alike && (!alike || other.action !== output.action),
        )
        .map((first) => ({ first, count: 1 })),
    );
  tell(output, clashes(false), clashes(true), report);
}

function together(clashes: readonly Clash[]): Clash | undefined {
  if (clashes.length === 0) return undefined;
  const first = clashes.reduce((least, each) =>
    each.first.spot.start < least.first.spot.start ? each : least,
  ).first;
  return { first, count: clashes.reduce((sum, each) => sum + each.count, 0) };
}

function tell(output: Output, level: Clash | undefined, action: Clash | undefined, report: Report): void {
  const overlap = ({ first, count }: Clash): words.Overlap => ({
    path: output.pattern,
    other: first.pattern,
    otherLevel: first.level,
    line: report.position(first.spot).line,
    further: count - 1,
  });
  if (level)
    report.error('project.levels-overlap', output.spot, words.levelsOverlap(output.level, overlap(level)));
  if (action) report.warning('project.actions-overlap', output.spot, words.actionsOverlap(overlap(action)));
}
