/**
 * What a project's actions would be refused, found when they are pushed: images, backends and datasets
 * against its permissions, and for each thing missing who can grant it.
 *
 * SQL is only read for hints to its author: the database itself decides what a job may read.
 */
import { isRefusal, refusalText, type Refusal } from '../lib/refusal.ts';
import { projectRefusals } from './access.ts';
import { endingSoon, imageFor } from './images.ts';
import { backendsOf, datasetsGranted, permissionsGranted, projectById } from './lookup.ts';
import { no } from './refusals.ts';
import type { Backend, Governance, Image } from './types.ts';

export interface ActionUse {
  name: string;
  image: { name: string; tag: string };
  isDatabase: boolean;
  /** Populations and components that it says it uses. */
  permissions?: readonly string[];
  /** Texts of the SQL files that a database action names. */
  sqlTexts?: readonly string[];
}

/** Something that governance grants to projects, and has not granted to this one. */
export interface Lacking {
  kind: 'dataset' | 'population' | 'component';
  name: string;
}

export interface AccessFinding {
  /** Undefined: it concerns the whole project. */
  action?: string;
  severity: 'error' | 'warning';
  code: string;
  message: string;
  /** Who can change it. */
  hint: string;
  /** What could be granted. */
  lacks?: Lacking[];
}

export function accessFindings(
  g: Governance,
  { project: where, actions }: { project: string; actions: readonly ActionUse[] },
  at: number,
): AccessFinding[] {
  const project = projectById(g, where);
  if (!project) return [fromRefusal(no.projectUnknown(where))];
  const backends = backendsOf(g, project.backends);
  const found = projectRefusals(g, project, at).map((refused) => fromRefusal(refused));
  if (backends.length === 0) {
    found.push({
      severity: 'error',
      code: 'access.no-backend',
      message: `Project "${project.id}" is not approved for any backend.`,
      hint: `Ask the governance team to add one to projects/${project.id}.yml.`,
    });
  }
  for (const action of actions) {
    found.push(...imageFindings(g, action, backends, at));
    found.push(...permissionFindings(g, project.id, action, at));
    if (action.isDatabase) found.push(...datasetFindings(g, project.id, action, backends, at));
  }
  return found;
}

/** An image that runs on some backends of the project only is a warning; one that runs nowhere an error. */
function imageFindings(
  g: Governance,
  action: ActionUse,
  backends: readonly Backend[],
  at: number,
): AccessFinding[] {
  const answers = backends.map((backend) =>
    imageFor(g, action.image, { backend, at, database: action.isDatabase }),
  );
  const refused = answers.filter(isRefusal);
  const severity: AccessFinding['severity'] = refused.length === answers.length ? 'error' : 'warning';
  const unique = new Map(refused.map((answer) => [refusalText(answer), answer]));
  return [
    ...[...unique.values()].map((answer) => ({ ...fromRefusal(answer, action.name), severity })),
    ...retirement(
      g,
      action,
      answers.find((answer): answer is Image => !isRefusal(answer)),
      at,
    ),
  ];
}

function retirement(g: Governance, action: ActionUse, image: Image | undefined, at: number): AccessFinding[] {
  const soon = image && endingSoon(g, action.image, image, at);
  return soon ? [{ action: action.name, severity: 'warning', ...soon }] : [];
}

function datasetFindings(
  g: Governance,
  project: string,
  action: ActionUse,
  backends: readonly Backend[],
  at: number,
): AccessFinding[] {
  const granted = new Set(backends.flatMap((backend) => datasetsGranted(g, project, backend.id, at)));
  const all = [...new Set(backends.flatMap((backend) => backend.datasets))];
  if (granted.size === 0 && all.length > 0) {
    return [
      {
        action: action.name,
        severity: 'error',
        code: 'access.no-dataset',
        message: `Project "${project}" may read no dataset, and "${action.name}" reads the database.`,
        hint: all.map((dataset) => whoGrants(g, dataset)).join(' '),
        lacks: all.filter((name) => isGrantable(g, name)).map((name) => ({ kind: 'dataset', name })),
      },
    ];
  }
  const named = tablesNamed(action.sqlTexts ?? []);
  return all
    .filter((dataset) => named.has(dataset.toLowerCase()) && !granted.has(dataset))
    .map((dataset) => ({
      action: action.name,
      severity: 'error',
      code: 'access.dataset-not-granted',
      message: `"${action.name}" reads dataset "${dataset}", which is not granted to project "${project}".`,
      hint: whoGrants(g, dataset),
      ...(isGrantable(g, dataset) && { lacks: [{ kind: 'dataset', name: dataset }] }),
    }));
}

/** Of what an action says it uses; what it does not name is not handed to it. */
function permissionFindings(g: Governance, project: string, action: ActionUse, at: number): AccessFinding[] {
  const granted = permissionsGranted(g, project, at);
  return (action.permissions ?? [])
    .filter((name) => !granted.includes(name))
    .map((name) => {
      const kind = g.populations.some((each) => each.name === name) ? 'population' : 'component';
      const entry = (kind === 'population' ? g.populations : g.components).find((each) => each.name === name);
      const common = { action: action.name, severity: 'error' as const };
      if (!entry)
        return {
          ...common,
          code: 'access.permission-unknown',
          message: `"${action.name}" uses "${name}", which nobody grants here.`,
          hint: 'Correct the name, or ask the governance team to add it to permissions/populations.yml or permissions/components.yml.',
        };
      return {
        ...common,
        code: 'access.permission-not-granted',
        message: `"${action.name}" uses the ${kind} "${name}", which is not granted to project "${project}".`,
        hint: `Ask ${g.deployment.github.org.login}/${entry.stewardTeam} for "${name}" at ${entry.ask}.`,
        lacks: [{ kind, name }],
      };
    });
}

const isGrantable = (g: Governance, dataset: string): boolean =>
  g.datasets.some((candidate) => candidate.dataset === dataset);

function whoGrants(g: Governance, dataset: string): string {
  const entry = g.datasets.find((candidate) => candidate.dataset === dataset);
  if (!entry)
    return `Nobody grants "${dataset}" yet: ask the governance team to add it to permissions/datasets.yml.`;
  return `Ask ${g.deployment.github.org.login}/${entry.stewardTeam} for "${dataset}" at ${entry.ask}.`;
}

/** Identifiers after FROM and JOIN, in lower case: the table and the schema each count as a dataset's name. */
export function tablesNamed(texts: readonly string[]): Set<string> {
  const names = new Set<string>();
  for (const text of texts) {
    const plain = text.replace(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'/g, ' ');
    for (const [, list] of plain.matchAll(
      /\b(?:from|join)\s+((?:[\w".[\]]+(?:\s+(?:as\s+)?\w+)?\s*,\s*)*[\w".[\]]+)/gi,
    )) {
      for (const item of list!.split(',')) {
        const name = item.trim().split(/\s+/)[0]!;
        for (const part of name.split('.')) names.add(part.replace(/["[\]]/g, '').toLowerCase());
      }
    }
  }
  return names;
}

function fromRefusal(refused: Refusal, action?: string): AccessFinding {
  return { action, severity: 'error', code: refused.code, message: refused.says, hint: refused.next };
}
