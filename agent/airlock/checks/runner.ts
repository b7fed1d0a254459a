/** Runs the automatic checks: on one file's bytes, or on what all files of a request came to. */
import type {
  DisclosurePolicy,
  FileFacts,
  FileReport,
  RequestReport,
  TableFacts,
  WholeRequest,
} from '../../../src/disclosure/disclosure.ts';

export interface FileJob {
  kind: 'file';
  /** Where the bytes lie. */
  place: string;
  /** What the file is called, for its type. */
  path: string;
  sha256: string;
  policy: DisclosurePolicy;
  facts: FileFacts;
  /** ACRO's evidence, beside it. */
  evidence?: string;
}

export interface RequestJob {
  kind: 'request';
  whole: WholeRequest;
  policy: DisclosurePolicy;
}

export type CheckJob = FileJob | RequestJob;

export interface FileResult {
  /** Undefined when the bytes are not those that were asked about: nothing is to be kept. */
  report: FileReport | undefined;
  tables: TableFacts[];
}

/**
 * Life: any number of calls, several at once; then `close`. Never rejects for what a file does: a check
 * that crashes, takes too long or too much memory is a finding that blocks.
 */
export interface CheckRunner {
  file(job: FileJob): Promise<FileResult>;
  request(job: RequestJob): Promise<RequestReport>;
  close(): Promise<void>;
}
