/**
 * The one change of governance that needs nobody's approval beyond what was given: the number of a repository
 * that the steward made for a project, written into that project's file, which people approved and merged.
 *
 * Whoever asks brings what the steward told, under its key, and the repository as GitHub shows it now. Whatever
 * is not exactly so is for people to decide.
 */
import { canonicalJson } from '../lib/canonical.ts';
import { isoDay } from '../lib/clock.ts';
import { refusal, type Refusal } from '../lib/refusal.ts';
import type { Edit } from './edits/edits.ts';
import { live } from './lookup.ts';
import type { Governance, Project } from './types.ts';

export interface MadeRepository {
  id: number;
  name: string;
  /** Account that it belongs to. */
  owner: number;
  private: boolean;
  /** An enterprise's "internal" is open to everybody in it. */
  visibility: string | undefined;
  archived: boolean;
  /** What it was generated from; undefined when GitHub does not say. */
  template: number | undefined;
  /** Whoever reaches it, and whether somebody gave them that by hand. */
  people: readonly { id: number; role: string; direct: boolean }[];
  /** Owners of the organisation: they reach everything in it. */
  owners: readonly number[];
}

export interface Provisioned {
  /** What the steward told of this project; undefined: nothing. */
  told: { project: string; repository: number } | undefined;
  /** Undefined: it is not there. */
  seen: MadeRepository | undefined;
}

/** Why it is for people to decide; undefined: its only effect is the number. */
export function provisionedRefusal(
  g: Governance,
  edit: Edit,
  { told, seen }: Provisioned,
  at: number,
): Refusal | undefined {
  if (edit.kind !== 'add-repo' || edit.visibility !== 'private') return no.more();
  const project = g.projects.find(({ id }) => id === edit.project);
  if (!project || project.repos.length > 0) return no.listed(edit.project);
  if (told?.project !== edit.project || told.repository !== edit.repo) return no.untold(edit.repo);
  if (isElsewhere(g, edit.repo)) return no.elsewhere(edit.repo);
  if (seen?.id !== edit.repo || seen.owner !== g.deployment.github.org.id || seen.archived)
    return no.gone(edit.repo);
  const { template } = g.deployment.github.repos;
  if (seen.name !== project.id || (seen.template !== undefined && seen.template !== template))
    return no.other(edit.repo);
  if (!seen.private || (seen.visibility ?? 'private') !== 'private') return no.open(edit.repo);
  const strangers = strangersIn(seen, project, at);
  return strangers.length > 0 ? no.strangers(edit.repo, strangers) : undefined;
}

/**
 * Whether the second version differs from the first by nothing but that number: what a pull request holds may be
 * more than what was proposed with it.
 */
export function addsOnlyTheNumber(before: Governance, after: Governance, edit: Edit): boolean {
  if (edit.kind !== 'add-repo') return false;
  const repos = after.projects.find(({ id }) => id === edit.project)?.repos ?? [];
  const only = { id: edit.repo, visibility: 'private', extensions: [], cleared: [] };
  if (canonicalJson(repos) !== canonicalJson([only])) return false;
  const without = (g: Governance): string =>
    canonicalJson({
      ...g,
      commit: '',
      projects: g.projects.map((project) =>
        project.id === edit.project ? { ...project, repos: [] } : project,
      ),
    });
  return without(before) === without(after);
}

function isElsewhere(g: Governance, repository: number): boolean {
  const { repos, review_repos } = g.deployment.github;
  return (
    [...Object.values(repos), ...Object.values(review_repos)].includes(repository) ||
    g.projects.some((project) => project.repos.some(({ id }) => id === repository))
  );
}

/** Let in by hand, or with more than the project gives them. */
function strangersIn({ people, owners }: MadeRepository, project: Project, at: number): number[] {
  const day = isoDay(at);
  const members = project.members.filter((member) => live(member, day));
  const writers = members.filter(({ roles }) => roles.includes('lead') || roles.includes('developer'));
  const isIn = (all: readonly { id: number }[], id: number): boolean => all.some((one) => one.id === id);
  return people
    .filter(({ id }) => !owners.includes(id))
    .filter(({ id, role, direct }) => direct || (role !== 'read' && !(role === 'write' && isIn(writers, id))))
    .map(({ id }) => id);
}

const refuse = (code: string, says: string): Refusal =>
  refusal(`governance.${code}`, says, 'It takes the approvals of a change of a project.');

const no = {
  more: () =>
    refuse('provision-more', 'The change does more than to add the number of a private repository.'),
  listed: (project: string) =>
    refuse('provision-listed', `There is no project ${project}, or its file names a repository already.`),
  untold: (id: number) =>
    refuse('provision-untold', `The steward has not told that it made ${id} for this project.`),
  elsewhere: (id: number) =>
    refuse('provision-elsewhere', `The repository ${id} is named elsewhere in governance.`),
  gone: (id: number) =>
    refuse('provision-gone', `The repository ${id} is not in the organisation any more, or is archived.`),
  other: (id: number) =>
    refuse('provision-other', `The repository ${id} has another name, or was not made from the template.`),
  open: (id: number) => refuse('provision-open', `The repository ${id} is not private.`),
  strangers: (id: number, people: readonly number[]) =>
    refuse(
      'provision-strangers',
      `People reach the repository ${id} who were let in by hand, or with more than the project gives them: ${people.join(', ')}.`,
    ),
};
