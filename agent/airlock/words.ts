/** Refusals of the airlock that are not the release rules' own. */
import { scopeText } from '../../src/governance/governance.ts';
import { isoTime } from '../../src/lib/clock.ts';
import { refusal, type Refusal } from '../../src/lib/refusal.ts';
import type { FrozenHere } from '../freezes.ts';

const say =
  (code: string, says: string, next = '') =>
  (): Refusal =>
    refusal(`airlock.${code}`, says, next);

const minute = (at: number): string => `${isoTime(at).slice(0, 16).replace('T', ' ')} UTC`;

export const no = {
  paused: ({ scope, at, by }: FrozenHere): Refusal =>
    refusal(
      'airlock.paused',
      by === 'zone'
        ? `This zone is paused by its operator since ${minute(at)}.`
        : `${scope.kind === 'all' ? 'Everything' : `The ${scopeText(scope)}`} is paused by governance since ${minute(at)}.`,
      'Nothing is shown, signed or sent until that is lifted; what you did is kept.',
    ),
  governance: say(
    'governance-away',
    'The airlock has no version of governance recent enough to decide by.',
    'Try again in a minute; if it lasts, tell the operators.',
  ),
  deeds: say(
    'history-away',
    'Who wrote the code behind these files cannot be looked up now.',
    'Try again in a minute; if it lasts, tell the operators.',
  ),
  workspace: say('unknown-workspace', 'There is no such workspace that you may look into.'),
  reading: say(
    'reading',
    'What the workspaces hold is being read.',
    'That takes some seconds after the airlock has started. This page comes by itself.',
  ),
  newer: say(
    'newer-outputs',
    'A job has just ended, and what it made is being read.',
    'Try again in some seconds.',
  ),
  file: say('unknown-file', 'There is no such file that you may look at.'),
  request: say('unknown-request', 'There is no such request that you may look into.'),
  manifest: say(
    'manifest',
    'What this workspace holds cannot be relied on: its list is not signed by the agent.',
    'Tell the operators.',
  ),
  room: say(
    'no-room',
    'The airlock takes no more files: its disk is nearly full.',
    'Nothing of these was kept. Try again when the operators have made room; reading and reviewing go on.',
  ),
  differs: say(
    'copy-differs',
    'The file on disk is not the one that the job made.',
    'Run the action again; if it lasts, tell the operators.',
  ),
  broken: say(
    'stored-copy',
    'The stored copy of this file is damaged.',
    'Nothing is shown or released from it. Tell the operators.',
  ),
  person: say('unknown-person', 'You are not known here.', 'Ask the governance team.'),
  category: say('category', 'This category does not fit what you ask for.', 'Use one of those listed.'),
  repository: say('other-repository', 'This workspace belongs to another repository.'),
  noQueued: say('nothing-queued', 'Nothing waits to be released here.'),
  otherRelease: say('unknown-release', 'There is no such release.'),
  operators: say('operators-only', 'Only operators may do this.'),
  auditors: say('auditors-only', 'Only auditors and operators may read the record.'),
  nothingFailed: say('nothing-failed', 'No upload of this request has been given up.'),
  busy: say('busy', 'Too many things happened to this request at once.', 'Try again.'),
} as const;
