/**
 * What a file view is given. The bytes are not among it: a script of ours fetches them from the content
 * origin and draws them as text nodes, then says that it has.
 */
import type { ColumnSummary, Finding } from '../../../src/disclosure/types.ts';
import type { Look } from '../parts.ts';

/** How a file is shown, by its suffix. */
export const VIEWERS = ['table', 'json', 'text', 'markdown', 'log', 'image', 'svg', 'html'] as const;
export type ViewerKind = (typeof VIEWERS)[number];

/** Where a file comes from. */
export interface Provenance {
  action: string;
  job: string;
  repository: string;
  commit: string;
  /** Who asked for the job, as people know them. */
  user: string;
  /** When it was made, milliseconds; 0 when that is not known any more. */
  at: number;
  /** Page with the code at that commit, where there is one. */
  code?: string;
}

export interface FileViewProps {
  /** One delivery of the bytes; `load` is reported when the file is drawn. */
  look: Look;
  /** A second one for the sandboxed frame of drawings: shown there, never reported. */
  frame?: Look;
  csrf: string;
  findings: readonly Finding[];
  /** C20, where the file holds a table. */
  columns: readonly ColumnSummary[];
  provenance?: Provenance;
  /** Opens at the line that names this action: `project.yaml`. */
  action?: string;
  /** Code is read as it is written, whatever its suffix. */
  asText?: boolean;
}
