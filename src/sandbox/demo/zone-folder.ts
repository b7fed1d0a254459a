/** What an operator of the zone sees on disk: outputs of a workspace, logs of jobs. The hub never does. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Marker } from '../../../agent/runner/types.ts';

export interface ZoneFolder {
  root: string;
}

/** Files below a folder, with their sizes, by name. */
export function filesBelow(folder: string): { path: string; size: number }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => ({ path: path.relative(folder, file), size: statSync(file).size }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

export function workspaceFolder(state: string, workspace: string, level: 'high' | 'medium'): string {
  return path.join(state, 'workspaces', workspace, level);
}

/** Folders of the runs of an action, the latest last. */
export function runsOf(state: string, action: string): string[] {
  const jobs = path.join(state, 'jobs');
  if (!existsSync(jobs)) return [];
  return readdirSync(jobs)
    .flatMap((job) => readdirSync(path.join(jobs, job)).map((task) => path.join(jobs, job, task)))
    .flatMap((run) => {
      const marker = markerOf(run);
      return marker?.task.action === action ? [{ run, at: marker.preparedAt }] : [];
    })
    .sort((a, b) => a.at - b.at)
    .map(({ run }) => run);
}

/** What the agent writes when a run's folder is ready; undefined before. */
function markerOf(run: string): Pick<Marker, 'task' | 'preparedAt'> | undefined {
  try {
    return JSON.parse(readFileSync(path.join(run, 'prepared.json'), 'utf8')) as Marker;
  } catch {
    return undefined;
  }
}

/** The container was started: written by the agent before it asks the engine. */
export const hasStarted = (run: string): boolean => existsSync(path.join(run, 'started'));

export function logOf(run: string, action: string): string {
  const file = path.join(run, `${action}.log`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
