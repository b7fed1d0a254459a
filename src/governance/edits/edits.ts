/** Every kind of edit there is, and carrying one out on the texts of a version. */
import { z } from 'zod';
import { isRefusal, type Refusal } from '../../lib/refusal.ts';
import { isGovernancePath, readGovernance } from '../read.ts';
import { readSource } from '../source.ts';
import { addAlert } from './add-alert.ts';
import { addGrant } from './add-grant.ts';
import { addMember } from './add-member.ts';
import { addPaper } from './add-paper.ts';
import { addPerson } from './add-person.ts';
import { addRepo } from './add-repo.ts';
import { archiveWorkspace } from './archive-workspace.ts';
import type { EditedFile, EditRule, Read } from './edit.ts';
import { endAlert } from './end-alert.ts';
import { endMember } from './end-member.ts';
import { extendRepo } from './extend-repo.ts';
import { meetCondition } from './meet-condition.ts';
import { newProject } from './new-project.ts';
import { projectStatus } from './project-status.ts';
import { repoVisibility } from './repo-visibility.ts';
import { no } from './words.ts';

const RULES = {
  'new-project': newProject,
  'add-repo': addRepo,
  'add-member': addMember,
  'end-member': endMember,
  'project-status': projectStatus,
  'archive-workspace': archiveWorkspace,
  'meet-condition': meetCondition,
  'extend-repo': extendRepo,
  'repo-visibility': repoVisibility,
  'add-grant': addGrant,
  'add-alert': addAlert,
  'end-alert': endAlert,
  'add-person': addPerson,
  'add-paper': addPaper,
} as const;

export type EditKind = keyof typeof RULES;
export type EditOf<K extends EditKind> = (typeof RULES)[K] extends EditRule<infer T> ? T : never;
export type Edit = { [K in EditKind]: EditOf<K> }[EditKind];

const [first, ...others] = Object.values(RULES).map(({ schema }) => schema);
export const editSchema: z.ZodType<Edit> = z.union([first!, ...others]);

/** The files that the edit changes, as they read afterwards. */
export function applyEdit(read: Read, edit: Edit): EditedFile[] | Refusal {
  // The kind says which of them it is.
  const rule = RULES[edit.kind] as unknown as EditRule<Edit>;
  const files = rule.apply(read, edit);
  if (isRefusal(files)) return files;
  const fault = files.flatMap(({ path, text }) => readSource(path, text).findings)[0];
  return fault ? no.invalid(fault) : files;
}

/** The same on a whole version: what it leaves must be one that could be merged. */
export function applyEditWhole(files: ReadonlyMap<string, string>, edit: Edit): EditedFile[] | Refusal {
  const edited = applyEdit((path) => files.get(path), edit);
  if (isRefusal(edited)) return edited;
  const after = new Map([...files].filter(([path]) => isGovernancePath(path)));
  for (const { path, text } of edited) after.set(path, text);
  const fault = readGovernance(after, '').findings.find(({ severity }) => severity === 'error');
  return fault ? no.invalid(fault) : edited;
}
