/** Everything the App says on GitHub: one function per message. */
import { refusal, type Refusal } from '../lib/refusal.ts';
import { ALERT_PURPOSE, ALERT_USAGE } from './governance/alert-command.ts';
import { MEMBER_PURPOSE, MEMBER_USAGE } from './governance/member-command.ts';
import { PROJECT_STATUS_PURPOSE, PROJECT_STATUS_USAGE } from './governance/project-status-command.ts';
import { EXTEND_PURPOSE, EXTEND_USAGE } from './governance/extend-command.ts';
import { FREEZE_PURPOSES, FREEZE_USAGE } from './governance/freeze-words.ts';
import { ARCHIVE_PURPOSE, ARCHIVE_USAGE } from './governance/archive-command.ts';
import { WORKSPACE_PURPOSE, WORKSPACE_USAGE } from './governance/workspace-command.ts';
import { code, codeList } from './markdown.ts';
import { isVeiled, RELEASE_PURPOSES, RELEASE_USAGE } from './release/usage.ts';

const USAGE = {
  run: '/run <action…|run_all> [--backend b] [--force-deps] [--sha s] [--notify none|end|failure]',
  cancel: '/cancel [id|action…]',
  status: '/status',
  plan: '/plan <action…>',
  ...RELEASE_USAGE,
  ...FREEZE_USAGE,
  alert: ALERT_USAGE,
  member: MEMBER_USAGE,
  'project-status': PROJECT_STATUS_USAGE,
  extend: EXTEND_USAGE,
  workspace: WORKSPACE_USAGE,
  archive: ARCHIVE_USAGE,
  help: '/help',
} as const;
type Name = keyof typeof USAGE;

export const usage = (name: Name): string => USAGE[name];
// What a checker said is not said again.
const write = (name: Name) => (isVeiled(USAGE[name]) ? 'See /help.' : `Write ${USAGE[name]}.`);
const called = (name: Name) => (isVeiled(USAGE[name]) ? 'This command' : `/${name}`);
const plural = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** What each command is for, in the order of `/help`. */
export const PURPOSES: Record<Name, string> = {
  run: 'run actions on a backend',
  cancel: 'stop a request or some of its actions; alone, your latest unfinished one here',
  status: 'show the last requests of this repository',
  plan: 'show what a run would do, without running it',
  ...RELEASE_PURPOSES,
  ...FREEZE_PURPOSES,
  alert: ALERT_PURPOSE,
  member: MEMBER_PURPOSE,
  'project-status': PROJECT_STATUS_PURPOSE,
  extend: EXTEND_PURPOSE,
  workspace: WORKSPACE_PURPOSE,
  archive: ARCHIVE_PURPOSE,
  help: 'show this list',
};

// ── commands that cannot be read ───────────────────────────────────────────────────────────────────

export const tooManyCommands = (most: number): Refusal =>
  refusal(
    'command.too-many',
    `A comment may hold at most ${most} commands, so none of them was run.`,
    'Write them in two comments.',
  );
export const didYouMean = (written: string, name: Name): Refusal =>
  isVeiled(USAGE[name])
    ? refusal('command.unknown', 'This is not a command.', 'There is one with almost this name. See /help.')
    : refusal('command.unknown', `/${written} is not a command.`, `Did you mean /${name}? ${write(name)}`);
export const strangeCharacters = (name: Name): Refusal =>
  refusal(
    'command.strange-characters',
    `${called(name)} holds characters that cannot be seen or that change the order of others.`,
    `Type it again by hand. ${write(name)}`,
  );
export const nothingNamed = (name: 'run' | 'plan'): Refusal =>
  refusal(
    'command.nothing-named',
    `/${name} names no action.`,
    `Name actions of project.yaml, or run_all for all of them. ${write(name)}`,
  );
export const takesNothing = (name: Name): Refusal =>
  refusal('command.takes-nothing', `${called(name)} takes no arguments.`, write(name));
export const badName = (name: Name, written: string): Refusal =>
  refusal(
    'command.bad-name',
    `"${short(written)}" cannot be the name of an action.`,
    `Names hold letters, digits, "_", "." and "-". ${write(name)}`,
  );
export const unknownFlag = (name: Name, written: string): Refusal =>
  refusal('command.unknown-flag', `${called(name)} has no option "${short(written)}".`, write(name));
export const repeatedFlag = (name: Name, flag: string): Refusal =>
  refusal('command.repeated-flag', `--${flag} is given twice.`, write(name));
export const badValue = (name: Name, flag: string): Refusal =>
  refusal('command.bad-value', `${flagSays[flag] ?? `--${flag} has a value it cannot have`}.`, write(name));

const flagSays: Record<string, string> = {
  backend: '--backend wants the id of a backend',
  sha: '--sha wants a whole commit id, 40 hexadecimal digits',
  notify: '--notify wants none, end or failure',
  'force-deps': '--force-deps takes no value',
};
const short = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

// ── commands that may not be done here ─────────────────────────────────────────────────────────────

export const closed = (what: string): Refusal =>
  refusal('command.closed', `This ${what} is closed.`, 'Reopen it, or write the command on an open one.');
export const locked = (what: string): Refusal =>
  refusal('command.locked', `This ${what} is locked.`, 'Write the command on one that is not.');
export const fromFork = (): Refusal =>
  refusal(
    'run.fork',
    'This pull request comes from another repository, and only commits of this one are run.',
    'Push the branch to this repository.',
  );
export const shaMoved = (branch: string, at: string): Refusal =>
  refusal(
    'run.sha-moved',
    `Branch ${branch} has moved since the comment; it is now at ${at.slice(0, 12)}.`,
    `Look at it, then write the command again, or name the commit with --sha ${at}.`,
  );
export const notOnBranch = (sha: string, branch: string): Refusal =>
  refusal(
    'run.not-on-branch',
    `Commit ${sha.slice(0, 12)} is not on ${branch} of this repository.`,
    'Name a commit that is on the branch, or push it there.',
  );
export const onNoBranch = (sha: string): Refusal =>
  refusal(
    'run.on-no-branch',
    `Commit ${sha.slice(0, 12)} is on no branch of this repository.`,
    'Push it to a branch; a workspace belongs to a branch.',
  );
export const noSuchCommit = (sha: string): Refusal =>
  refusal(
    'run.no-such-commit',
    `Commit ${sha.slice(0, 12)} is not in this repository.`,
    'Push it, or name another with --sha.',
  );
export const branchGone = (branch: string): Refusal =>
  refusal('run.branch-gone', `Branch ${branch} no longer exists.`, 'Push it again.');
export const governanceMissing = (): Refusal =>
  refusal(
    'governance.unavailable',
    'No valid version of the governance repository is in use, so nobody can be permitted anything.',
    'Ask the people who run this deployment.',
  );
export const noProject = (): Refusal =>
  refusal(
    'run.no-project',
    'This repository belongs to no project.',
    'Ask the governance team to list it in the project.',
  );
export const notAMember = (): Refusal =>
  refusal(
    'run.not-in-organisation',
    'You are not a member of the organisation that owns this repository.',
    'Ask its owners to invite you.',
  );
export const noWriteAccess = (): Refusal =>
  refusal(
    'run.no-write-access',
    'You cannot write to this repository.',
    'Ask its administrators for write access.',
  );
export const accessUnknown = (): Refusal =>
  refusal(
    'run.access-unknown',
    'GitHub did not say whether you may write to this repository, and without an answer it is no.',
    'Try again in a few minutes.',
  );
export const consentMissing = (permissions: string[]): Refusal =>
  refusal(
    'app.consent-missing',
    `The App lacks permissions here that it needs: ${permissions.join(', ')}.`,
    'An owner of the organisation accepts them under Settings, GitHub Apps, Sallyport, "Review request".',
  );
export const projectMissing = (): Refusal =>
  refusal(
    'run.project-missing',
    'There is no project.yaml at this commit.',
    'Add one to the top folder and push.',
  );
export const projectInvalid = (errors: number): Refusal =>
  refusal(
    'run.project-invalid',
    `project.yaml has ${plural(errors, 'error')} at this commit.`,
    'See the check sallyport/project on the commit, correct them and push.',
  );
export const projectTooLarge = (): Refusal =>
  refusal(
    'project.too-large',
    'project.yaml is larger than 10 MB.',
    'Split the study, or take generated parts out.',
  );
export const noBackend = (): Refusal =>
  refusal(
    'run.no-backend',
    'No backend here is open to you and this project.',
    'Ask the governance team for a grant.',
  );
export const whichBackend = (ids: string[]): Refusal =>
  refusal(
    'run.which-backend',
    `You may use ${plural(ids.length, 'backend')} here: ${ids.join(', ')}.`,
    `Say which, for example --backend ${ids[0] ?? ''}.`,
  );
/** `others`: requests of this conversation that other people made. */
export const nothingToCancel = (others: string[]): Refusal =>
  others.length === 0
    ? refusal('cancel.nothing', 'Nothing is running or waiting here.', 'See /status.')
    : refusal(
        'cancel.nothing',
        'Nothing that you asked for is running or waiting here.',
        `To stop what others asked for, name it: /cancel ${others[0] ?? ''}.`,
      );
export const nothingFailed = (): Refusal =>
  refusal('run.nothing-failed', 'No job of this request has failed.', 'Use /run to run actions again.');
export const notRunningHere = (actions: string[]): Refusal =>
  refusal(
    'cancel.not-running',
    `${actions.map((name) => `"${short(name)}"`).join(', ')} ${actions.length === 1 ? 'is' : 'are'} neither waiting nor running for a request of this conversation; nothing was cancelled.`,
    'Name a request by its id, or see /status.',
  );
export function cancelled(request: string, ended: readonly string[], stopping: readonly string[]): string {
  const parts = [
    ended.length > 0 && `${codeList(ended)} ${ended.length === 1 ? 'was' : 'were'} cancelled`,
    stopping.length > 0 && `${codeList(stopping)} ${stopping.length === 1 ? 'is' : 'are'} being stopped`,
  ].filter(Boolean);
  return `in request ${code(request)}, ${parts.join(' and ')}.`;
}

// ── checks that have nothing to say ────────────────────────────────────────────────────────────────

/** A neutral check: what is so, and what to do about it. */
export interface Aside {
  title: string;
  next: string;
}
const AGAIN = 'then re-run this check';
export const asides = {
  noGovernance: {
    title: 'No valid version of the governance repository is in use',
    next: `Wait a minute, ${AGAIN}. If it stays so, ask the people who run this deployment.`,
  },
  noProject: {
    title: 'This repository belongs to no project',
    next: `Ask the governance team to list it in the project, ${AGAIN}.`,
  },
  nothingToCompare: {
    title: 'There is no valid project.yaml to compare with',
    next: 'See the check `sallyport/project`, correct the file and push.',
  },
  nothingToRun: {
    title: 'There is no valid project.yaml to run',
    next: 'See the check `sallyport/project`, correct the file and push.',
  },
  noDummyBackend: {
    title: 'This deployment has no backend for dummy data',
    next: 'You can still run the pipeline on dummy data yourself, with `sallyport run run_all`.',
  },
} as const satisfies Record<string, Aside>;
export const notByAMember = (why: string): Aside => ({
  title: 'Only pushes by members start a dummy run',
  next: why,
});
export const dummyRefused = (why: string): Aside => ({ title: 'The dummy run was not started', next: why });
