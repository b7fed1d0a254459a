/** The agent's manifest of a workspace, after a job of a test. */
import type { Manifest, ManifestEntry, ManifestRun } from '../../agent/store/manifest.ts';
import { sha256 } from '../../src/lib/hash.ts';
import { COMMIT, WHO } from './airlock-people.ts';
import { REPOSITORY } from './governance.ts';

export interface JobEnded {
  workspace?: string;
  user?: number;
  entry?: Partial<ManifestEntry>;
  /** How it ended. */
  run?: Partial<ManifestRun>;
  manifest?: Partial<Manifest>;
}

/** With these files beside those that were there. */
export function manifestAfter(
  before: Manifest | undefined,
  files: Record<string, string | Buffer>,
  { workspace, at, ...more }: JobEnded & { workspace: string; at: number },
): Manifest {
  const sequence = (before?.sequence ?? 0) + 1;
  const number = String(sequence).padStart(13, '0');
  const job = {
    task_id: `task${number.slice(1)}`,
    job_id: `job${number}`,
    job_request: `req${number}`,
    user: more.user ?? WHO.author,
  };
  const outputs = Object.fromEntries(
    Object.entries(files).map(([file, content]): [string, ManifestEntry] => [
      file,
      {
        level: 'moderately_sensitive',
        job_id: job.job_id,
        job_request: job.job_request,
        action: 'tables',
        user: job.user,
        repo: REPO,
        commit: COMMIT,
        size: Buffer.byteLength(content),
        timestamp: at,
        content_hash: sha256(Buffer.from(content as string)),
        excluded: false,
        message: null,
        row_count: null,
        col_count: null,
        ...more.entry,
      },
    ]),
  );
  const action = more.entry?.action ?? 'tables';
  return {
    workspace,
    repo: REPO,
    repository: REPOSITORY,
    branch: 'main',
    sequence,
    previous: null,
    outputs: { ...before?.outputs, ...outputs },
    jobs: {
      ...before?.jobs,
      [job.job_id]: {
        task_id: job.task_id,
        action: 'tables',
        commit: COMMIT,
        image: 'python:v2',
        image_id: `sha256:${'2'.repeat(64)}`,
        inputs: [],
        completed_at: at,
      },
    },
    runs: {
      ...before?.runs,
      [action]: { ...job, commit: COMMIT, state: 'succeeded', completed_at: at, ...more.run },
    },
    ...more.manifest,
  };
}

const REPO = 'https://github.com/northshire-research/study';
