/**
 * The vocabulary of the automatic checks on output files.
 *
 * check: one rule with a stable id (C5, SVG-1) · finding: one place where it applies, with a sentence
 * for a person · severity: B stops a submission until an exception is recorded, W is answered by the
 * author and by each checker, I informs · table: what the checks see of a file, typed cell by cell.
 * A finding is never the verdict: two people decide.
 */

export const SEVERITIES = ['B', 'W', 'I'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Place {
  /** 1 is the first row below the heading. */
  row?: number;
  /** The heading, or its number where it has none. */
  column?: string;
  /** Anything else: a JSON path, an element with its line, a chunk of a picture, another file. */
  element?: string;
}

export interface Finding {
  check: string;
  severity: Severity;
  place: Place;
  message: string;
}

/** One column as a person would describe it: C20, always shown beside the table. */
export interface ColumnSummary {
  column: string;
  type: 'text' | 'integer' | 'float' | 'mixed' | 'empty';
  rows: number;
  numeric: number;
  missing: number;
  redacted: number;
  min?: number;
  minNonZero?: number;
  max?: number;
  sum?: number;
  allBy5: boolean;
  allBy6: boolean;
  allMidpoint6: boolean;
  /** Ten bins of equal width from min to max. */
  histogram?: number[];
}

/** How one file hides small numbers, as its author declares it. */
export interface Controls {
  threshold?: number;
  base?: number;
  method?: 'round' | 'midpoint6' | 'redact' | 'none';
}

/** What a person may say about one file, visibly: a column is or is not a count. */
export type RoleOverride = 'count' | 'other';

export interface FileFacts {
  /** Size of the population the file is about, as declared. */
  population?: number;
  controls?: Controls;
  /** By heading. */
  roles?: Readonly<Record<string, RoleOverride>>;
  /** The evidence ACRO wrote beside the outputs (`results.json`), as text. */
  acro?: string;
  /** SHA-256 of the file, in hexadecimal: compared with the evidence. */
  sha256?: string;
  /** What a program for reading pictures found in this one, where the deployment runs one. */
  recognised?: readonly string[];
  /** Whether the file is asked for as an output; a log may only support one. Default: yes. */
  output?: boolean;
}

export interface FileReport {
  path: string;
  /** 'table' when there are rows and numbers in it: what R1 looks for. */
  kind: FileKind;
  findings: Finding[];
  columns: ColumnSummary[];
}

/** A table as other tables are compared with it: plain data, to be kept beside the report. */
export interface TableFacts {
  path: string;
  header: string[];
  keys: string[];
  counts: { name: string; rounded: boolean }[];
  /** One row of counts per group; null where no number is shown. */
  rows: { key: string; values: (number | null)[]; redacted: boolean[] }[];
  /** A table of coefficients, whose context must give n and df. */
  model: boolean;
}

export const FILE_KINDS = ['table', 'figure', 'text', 'other'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** Bytes in pieces of any size, in order; once the next is asked for, a piece may be written over. Handed in: this room opens nothing itself. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
