/** One job of the checks, done here and now: what the worker thread does, and tests without one. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import {
  checkFile,
  checkRequest,
  checkStream,
  tablesOf,
  type FileFacts,
  type FileReport,
  type RequestReport,
} from '../../../src/disclosure/disclosure.ts';
import { sha256 } from '../../../src/lib/hash.ts';
import type { CheckRunner, FileJob, FileResult, RequestJob, RequestResult } from './runner.ts';

export async function runFile(job: FileJob): Promise<FileResult> {
  const { place, path, policy } = job;
  const facts: FileFacts = { ...job.facts, sha256: job.sha256, ...(await evidence(job.evidence)) };
  const { size } = await stat(place);
  if (size > policy.limits.bytes) {
    return { report: await checkStream(path, createReadStream(place), policy, facts), tables: [] };
  }
  const bytes = await readFile(place);
  if (sha256(bytes) !== job.sha256) return { report: undefined, tables: [] };
  return { report: checkFile(path, bytes, policy, facts), tables: tablesOf(path, bytes, policy, facts) };
}

export function runRequest({ whole, policy }: RequestJob): RequestReport {
  return checkRequest(whole, policy);
}

async function evidence(place: string | undefined): Promise<Pick<FileFacts, 'acro'>> {
  return place === undefined ? {} : { acro: await readFile(place, 'utf8') };
}

/** What is said of a file whose check did not come to an end. */
export function unfinished(path: string): FileResult {
  const message = 'The automatic checks did not come to an end on this file.';
  const findings: FileReport['findings'] = [{ check: 'F3', severity: 'B', place: {}, message }];
  return { report: { path, kind: 'other', findings, columns: [] }, tables: [], unfinished: true };
}

export function unfinishedRequest({ whole }: RequestJob): RequestResult {
  const message = 'The automatic checks over all files did not come to an end.';
  const report: RequestReport = {
    files: whole.files.map(({ path, report: { findings } }) => ({ path, findings: [...findings] })),
    groups: [],
    findings: [{ check: 'F3', severity: 'B', place: {}, message }],
  };
  return { report, unfinished: true };
}

/** In this thread. */
export function inlineChecks(): CheckRunner {
  return {
    file: (job) => runFile(job).catch(() => unfinished(job.path)),
    request: async (job) => {
      try {
        return await Promise.resolve({ report: runRequest(job) });
      } catch {
        return unfinishedRequest(job);
      }
    },
    close: () => Promise.resolve(),
  };
}
