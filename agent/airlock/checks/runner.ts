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
  /** Undefined when nothing is to be kept: the bytes are not those that were asked about, or it was closed. */
  report: FileReport | undefined;
  tables: TableFacts[];
  /** It did not come to an end; another time it may. */
  unfinished?: true;
}

export interface RequestResult {
  /** Undefined when it was closed. */
  report: RequestReport | undefined;
  unfinished?: true;
}

/**
 * Life: any number of calls, several at once; then `close`, which ends what is under way. Never rejects, and
 * each call ends in bounded time: a check that crashes, takes too long or too much memory is a finding that
 * blocks.
 */
export interface CheckRunner {
  file(job: FileJob): Promise<FileResult>;
  request(job: RequestJob): Promise<RequestResult>;
  close(): Promise<void>;
}
