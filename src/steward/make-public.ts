/**
 * Makes a repository public: what the hub asks for on the day it is due.
 *
 * The hub is believed in one thing, the day of the first run, and that only as far back as the project began.
 * Whether the repository is of a project, exempt, or due is read in merged governance; what is in it is read
 * with git, and nothing becomes public in whose history something was found, or that nobody could look through.
 */
import { rm } from 'node:fs/promises';
import { isoDay, type Clock } from '../lib/clock.ts';
import type { Governance } from '../governance/governance.ts';
import { GitFailed } from '../lib/git.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { MOST_FOUND, type visibilityTask } from '../protocol/visibility-task.ts';
import { findIn, FOUND, placeOf, visibilityOf, type Finding, type Place } from '../visibility/visibility.ts';
import type { z } from 'zod';
import { GitHubTrouble, type StewardGitHub } from './github.ts';
import { historyOf, HISTORY_LIMITS, remoteRefs, TooMuch, type HistoryLimits } from './history.ts';
import type { Pins } from './pins.ts';
import { no } from './visibility-words.ts';
import { isPublic, VisibilityGitHub, type SeenRepository } from './visibility-github.ts';

export type VisibilityWish = z.infer<typeof visibilityTask.payload>;
export type VisibilityResult = z.infer<typeof visibilityTask.result>;

export interface VisibilityParts {
  github: StewardGitHub;
  clock: Clock;
  /** Folder for a repository that is looked through; emptied afterwards. */
  folder(repository: number): string;
  /** Governance itself, applications, incidents, reviews: whoever lists one of these in a project file is mistaken. */
  isBarred(repository: number): boolean;
  /** Whether something is to be published from it that this steward has verified. */
  isPublished(repository: number): boolean;
  /** What this steward has made public, so that it is not taken for somebody's deed. */
  opened: Pins;
  limits?: HistoryLimits;
}

/** Throws GitHubTrouble, GitFailed and bugs: whoever called tries again. `g` was read for this task. */
export async function makePublic(
  parts: VisibilityParts,
  g: Governance,
  { repository: id, owner, start }: VisibilityWish,
): Promise<VisibilityResult | Refusal> {
  const place = placeOf(g, id);
  if (!place) return no.notOfProject(id);
  if (parts.isBarred(id)) return no.elsewhere(id);
  if (!isCodeOrg(g, owner)) return no.otherOwner(owner);
  const github = new VisibilityGitHub(parts.github, owner, id);
  const seen = await github.repository();
  if (seen?.id !== id) return no.gone(id);
  if (seen.owner.login.toLowerCase() !== owner.toLowerCase()) return no.otherOwner(seen.owner.login);
  const against = notDue(parts, g, place, { start, topics: seen.topics });
  if (against) return against;
  if (isPublic(seen)) return { state: 'public', already: true, files: 0, rulesets_lost: 0 };
  if (seen.archived) return no.archived();
  const looked = await lookThrough(parts, place, g, seen);
  if (isRefusal(looked)) return looked;
  if (looked.found.length > 0) return { state: 'found', ...told(looked.found) };
  return flip(parts, github, seen, looked.files);
}

function isCodeOrg(g: Governance, owner: string): boolean {
  const { org, code_orgs } = g.deployment.github;
  return [org.login, ...code_orgs].some((each) => each.toLowerCase() === owner.toLowerCase());
}

function notDue(
  { clock, isPublished }: VisibilityParts,
  g: Governance,
  place: Place,
  { start, topics }: { start: string | null; topics: readonly string[] },
): Refusal | undefined {
  // No run can have been before the project: whoever says so wants it early.
  const bounded = start !== null && start < place.project.start ? place.project.start : start;
  const today = isoDay(clock.now());
  const published = isPublished(place.repository.id);
  const visibility = visibilityOf(g, place, { start: bounded ?? undefined, published, topics, today });
  if (visibility.is === 'due') return undefined;
  if (visibility.is === 'exempt') return no.exempt(visibility.ref);
  return no.notDue(visibility.is === 'running' ? visibility.due : undefined);
}

async function lookThrough(
  { github, folder, limits = HISTORY_LIMITS }: VisibilityParts,
  { repository }: Place,
  g: Governance,
  { id, name, owner }: SeenRepository,
): Promise<{ found: Finding[]; files: number } | Refusal> {
  const url = `${github.places.git}/${owner.login}/${name}.git`;
  const authorization = await github.gitHeader({ id, owner: owner.login, name });
  const dir = folder(id);
  try {
    const { files, refs } = await historyOf({ dir, url, authorization }, limits);
    // What was pushed meanwhile was not looked at.
    if ((await remoteRefs({ url, authorization })) !== refs) throw new GitHubTrouble('moved', 0);
    return { found: findIn(files, g.policies.visibility, repository), files: files.length };
  } catch (error) {
    if (error instanceof TooMuch) return no.tooMuch(error.message);
    if (error instanceof GitFailed) throw new GitHubTrouble('history', 0, { cause: error });
    throw error;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function flip(
  { opened }: VisibilityParts,
  github: VisibilityGitHub,
  seen: SeenRepository,
  files: number,
): Promise<VisibilityResult | Refusal> {
  const before = await github.activeRulesets(seen);
  // Noted first: should this process die now, what it did is not taken for somebody's deed.
  opened.keep(String(seen.id), seen.id);
  try {
    await github.makePublic(seen);
  } catch (error) {
    if (error instanceof GitHubTrouble && [403, 422].includes(error.status))
      return no.forbidden(error.status);
    throw error;
  }
  const now = await github.repository();
  if (!now || !isPublic(now)) return no.stayedPrivate();
  return {
    state: 'public',
    already: false,
    files,
    rulesets_lost: await restoreRulesets(github, now, before),
  };
}

/** GitHub switches some rulesets off when a repository changes hands or becomes public. How many stayed off. */
async function restoreRulesets(
  github: VisibilityGitHub,
  seen: SeenRepository,
  before: readonly number[],
): Promise<number> {
  const active = await github.activeRulesets(seen);
  const lost = before.filter((id) => !active.includes(id));
  for (const id of lost) await github.activate(seen, id);
  if (lost.length === 0) return 0;
  const again = await github.activeRulesets(seen);
  return before.filter((id) => !again.includes(id)).length;
}

/** The most telling first; a path may be longer than anybody reads. */
function told(found: readonly Finding[]): { count: number; files: Finding[] } {
  const files = [...found]
    .sort((a, b) => FOUND.indexOf(a.why) - FOUND.indexOf(b.why) || (a.path < b.path ? -1 : 1))
    .slice(0, MOST_FOUND)
    .map((each) => ({ ...each, path: each.path.slice(0, 300) }));
  return { count: found.length, files };
}
