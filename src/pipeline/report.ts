/**
 * Collects what is wrong with a text, each finding at its place.
 *
 * Places are held as offsets while the rules run and become lines and columns only when a finding is
 * written: most files have none.
 */
import type { Diagnostic, Position } from './types.ts';
import type { Says } from './words.ts';

/** Half-open range of UTF-16 offsets in the text. */
export interface Spot {
  start: number;
  end: number;
}

/** A hostile file can hold a mistake in every second character; nobody reads past this many. */
export const MAX_FINDINGS = 10_000;

export class Places {
  private readonly starts: number[] = [0];

  constructor(readonly text: string) {
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1);
  }

  position(offset: number): Position {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.starts[low]! + 1 };
  }
}

export class Report {
  private readonly found: Diagnostic[] = [];
  private unlisted = 0;
  private errors = 0;
  /** What was said where, once it matters. */
  private told?: Set<string>;

  constructor(
    readonly places: Places,
    private readonly more: (unlisted: number) => Says,
  ) {}

  get hasErrors(): boolean {
    return this.errors > 0;
  }

  /** Errors so far, repeated ones as well: whoever reads a part can tell whether it was right. */
  get count(): number {
    return this.errors;
  }

  /** From here on each code is told once per place: one text can stand for many actions. */
  once(): void {
    this.told ??= new Set();
  }

  position(spot: Spot): Position {
    return this.places.position(spot.start);
  }

  error(code: string, spot: Spot, says: Says): void {
    this.errors += 1;
    this.add('error', code, spot, says);
  }

  warning(code: string, spot: Spot, says: Says): void {
    this.add('warning', code, spot, says);
  }

  /** In the order of the text; the reader goes from top to bottom once. */
  diagnostics(): Diagnostic[] {
    const sorted = this.found.sort((a, b) => a.line - b.line || a.column - b.column);
    if (this.unlisted > 0) {
      const { message, hint } = this.more(this.unlisted);
      // An error among those left out must not turn into a pass.
      sorted.push({
        code: 'project.more',
        severity: this.errors > 0 ? 'error' : 'warning',
        line: 1,
        column: 1,
        message,
        hint,
      });
    }
    return sorted;
  }

  private add(severity: Diagnostic['severity'], code: string, spot: Spot, says: Says): void {
    if (this.found.length >= MAX_FINDINGS) {
      this.unlisted += 1;
      return;
    }
    if (this.told) {
      const key = `${code} ${spot.start} ${spot.end}`;
      if (this.told.has(key)) return;
      this.told.add(key);
    }
    const { line, column } = this.places.position(spot.start);
    const finding: Diagnostic = { code, severity, line, column, message: says.message };
    const end = this.places.position(spot.end);
    if (end.line === line && end.column > column) finding.endColumn = end.column;
    if (says.hint) finding.hint = says.hint;
    this.found.push(finding);
  }
}
