/** Two versions of a text as GitHub shows them: changed lines with three lines around each. */
import { diffLines } from 'diff';

export type DiffLine =
  | {
      kind: 'same' | 'added' | 'removed';
      text: string;
      before: number | undefined;
      after: number | undefined;
    }
  /** Lines left out, because nothing changed near them. */
  | { kind: 'gap'; lines: number };

const AROUND = 3;
/** Beyond it the two have little in common, and the answer would take minutes. */
const MOST_EDITS = 8000;
const MOST_MS = 3000;

/** Undefined when the texts differ too much to be compared line by line. */
export function textDiff(before: string, after: string): DiffLine[] | undefined {
  const parts = diffLines(before, after, { maxEditLength: MOST_EDITS, timeout: MOST_MS });
  if (!parts) return undefined;
  const lines: Exclude<DiffLine, { kind: 'gap' }>[] = [];
  let old = 0;
  let now = 0;
  for (const { value, added, removed } of parts) {
    for (const text of linesOf(value)) {
      if (!added) old += 1;
      if (!removed) now += 1;
      const kind = added ? 'added' : removed ? 'removed' : 'same';
      lines.push({ kind, text, before: added ? undefined : old, after: removed ? undefined : now });
    }
  }
  return folded(lines);
}

function linesOf(value: string): string[] {
  const lines = value.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function folded(lines: readonly Exclude<DiffLine, { kind: 'gap' }>[]): DiffLine[] {
  const isNear = new Uint8Array(lines.length);
  for (const [at, { kind }] of lines.entries()) {
    if (kind !== 'same') isNear.fill(1, Math.max(0, at - AROUND), at + AROUND + 1);
  }
  const shown: DiffLine[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    if (isNear[at]) {
      shown.push(lines[at]!);
      continue;
    }
    const last = shown.at(-1);
    if (last?.kind === 'gap') last.lines += 1;
    else shown.push({ kind: 'gap', lines: 1 });
  }
  return shown;
}
