/**
 * Where things lie below the agent's state folder. Ids and names are validated before a path is built.
 *
 *   jobs/<job>/<task>/         one run: task.json, prepared.json, baseline.json, started, tries.json, cancel, metadata.json, <action>.log
 *   jobs/<job>/<task>/work/    the only part the job can write to; mounted at /workspace
 *   workspaces/<name>/requests/  which commits the reusable actions of a request stand for
 *   workspaces/<name>/high/    every output of the last good runs
 *   workspaces/<name>/medium/  what may be viewed, with metadata/manifest.json
 *   results/<repository>/<action>.json  on dummy data: what results were made from
 *   store/                     the bytes
 *   mirrors/                   bare repositories
 */
import path from 'node:path';
import { ID_PATTERN } from '../../src/lib/ids.ts';

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

export interface RunPlaces {
  dir: string;
  work: string;
  task: string;
  marker: string;
  baseline: string;
  /** Written before the container is started: a container that is gone afterwards was interrupted. */
  started: string;
  cancel: string;
  attempts: string;
  /** Starts of tries that ended with a passing error of the database. */
  tries: string;
  metrics: string;
  metadata: string;
  log: string;
  /** Outputs of a run that failed: for looking at, never releasable. */
  outputs: string;
}

export interface Layout {
  root: string;
  store: string;
  mirrors: string;
  governance: string;
  jobs: string;
  workspaces: string;
  run(job: string, task: string, action?: string): RunPlaces;
  workspace(name: string): WorkspacePlaces;
}

export interface WorkspacePlaces {
  dir: string;
  high: string;
  medium: string;
  manifest: string;
  history: string;
}

export function layout(root: string): Layout {
  return {
    root,
    store: path.join(root, 'store'),
    mirrors: path.join(root, 'mirrors'),
    governance: path.join(root, 'governance.git'),
    jobs: path.join(root, 'jobs'),
    workspaces: path.join(root, 'workspaces'),
    run(job, task, action = 'action') {
      const dir = path.join(root, 'jobs', checkedId(job), checkedId(task));
      return {
        dir,
        work: path.join(dir, 'work'),
        task: path.join(dir, 'task.json'),
        marker: path.join(dir, 'prepared.json'),
        baseline: path.join(dir, 'baseline.json'),
        started: path.join(dir, 'started'),
        cancel: path.join(dir, 'cancel'),
        attempts: path.join(dir, 'attempts'),
        tries: path.join(dir, 'tries.json'),
        metrics: path.join(dir, 'metrics.json'),
        metadata: path.join(dir, 'metadata.json'),
        log: path.join(dir, `${checkedName(action)}.log`),
        outputs: path.join(dir, 'outputs'),
      };
    },
    workspace(name) {
      const dir = path.join(root, 'workspaces', checkedName(name));
      return workspacePlaces(dir, path.join(dir, 'high'), path.join(dir, 'medium'));
    },
  };
}

function workspacePlaces(dir: string, high: string, medium: string): WorkspacePlaces {
  return {
    dir,
    high,
    medium,
    manifest: path.join(medium, 'metadata', 'manifest.json'),
    history: path.join(medium, 'metadata', 'history.jsonl'),
  };
}

function checkedId(id: string): string {
  if (!ID_PATTERN.test(id)) throw new TypeError('not an id');
  return id;
}

function checkedName(name: string): string {
  if (!NAME.test(name) || name.includes('..')) throw new TypeError('not a name');
  return name;
}
