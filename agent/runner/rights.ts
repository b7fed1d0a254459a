/**
 * May this task run in this zone? Pure: governance, zone.yml and the task in, an answer out. The hub
 * has asked the same questions; its answers are not used.
 */
import {
  backendById,
  datasetsGranted,
  imageFor,
  isArchived,
  mayDummyRun,
  mayRun,
  permissionsGranted,
  projectOfRepository,
  type Backend,
  type Governance,
  type Image,
} from '../../src/governance/governance.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import type { Action } from '../../src/pipeline/pipeline.ts';
import type { RunTask, ZoneReason } from '../../src/protocol/messages.ts';

/** What zone.yml says and these rules need. */
export interface ZoneFacts {
  backend: string;
  data: 'real' | 'dummy';
  hasDatabase: boolean;
}

export interface Standing {
  project: string;
  backend: Backend;
  /** Both zone.yml and governance say dummy. */
  dummy: boolean;
}

/** Repository, backend and person: all that can be said before any code is fetched. */
export function standing(
  governance: Governance,
  task: Pick<RunTask, 'repository' | 'requestedBy' | 'workspace'>,
  zone: ZoneFacts,
  at: number,
): Standing | ZoneReason {
  const project = projectOfRepository(governance, task.repository.id);
  const orgs = governance.deployment.github.code_orgs.map((org) => org.toLowerCase());
  if (!project || !orgs.includes(task.repository.owner.toLowerCase())) return 'repository-not-in-project';
  if (isArchived(governance, task.workspace)) return 'workspace-archived';
  const backend = backendById(governance, zone.backend);
  // A zone of dummy data must never be asked to stand for a real one.
  if (!backend?.active || (zone.data === 'dummy' && backend.data === 'real')) return 'backend-not-permitted';
  const dummy = zone.data === 'dummy' && backend.data === 'dummy';
  const question = { person: task.requestedBy, project: project.id, at };
  const no = dummy
    ? mayDummyRun(governance, question)
    : mayRun(governance, { ...question, backend: backend.id });
  if (no) return personOrBackend(no);
  return { project: project.id, backend, dummy };
}

function personOrBackend(no: Refusal): ZoneReason {
  if (no.code.startsWith('run.backend-')) return 'backend-not-permitted';
  return no.code === 'run.project-unknown' ? 'repository-not-in-project' : 'person-not-permitted';
}

/** The image an action names, if it may run here. */
export function allowedImage(
  governance: Governance,
  action: Pick<Action, 'image' | 'isDatabase'>,
  { backend, dummy }: Standing,
  at: number,
): Image | ZoneReason {
  const image = imageFor(governance, action.image, { backend, at, database: action.isDatabase });
  if (isRefusal(image)) return image.code === 'image.no-digest' ? 'image-not-by-digest' : 'image-not-allowed';
  if (image.digest !== undefined) return image;
  return dummy && image.imageId !== undefined ? image : 'image-not-by-digest';
}

/** Whether this name is an image at all; other names are looked up as reusable actions. */
export function isImageName(governance: Governance, name: string): boolean {
  return governance.images.some((image) => image.name === name);
}

/**
 * The datasets a database action may read, and the populations and components it names; undefined for every other
 * action and on dummy data.
 */
export function databaseRights(
  governance: Governance,
  action: Pick<Action, 'isDatabase' | 'permissions'>,
  { project, backend, dummy }: Standing,
  zone: ZoneFacts,
  at: number,
): { datasets?: string[]; permissions?: string[] } | ZoneReason {
  if (dummy) return {};
  const { permissions = [] } = action;
  const granted = permissionsGranted(governance, project, at);
  if (!permissions.every((name) => granted.includes(name))) return 'permission-not-granted';
  if (!action.isDatabase) return {};
  const datasets = datasetsGranted(governance, project, backend.id, at);
  if (datasets.length === 0) return 'no-dataset-granted';
  return zone.hasDatabase ? { datasets, permissions } : 'database-unavailable';
}
