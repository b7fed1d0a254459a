/** What the steward says about the registry of codelists. */
import { refusal, type Refusal } from '../lib/refusal.ts';

export const no = {
  noRegistry: (): Refusal =>
    refusal(
      'codelist.no-registry',
      'Governance names no registry of codelists, or another repository.',
      'Name it in deployment.yml, github.repos.codelists.',
    ),
  outOfReach: (): Refusal =>
    refusal(
      'codelist.registry-gone',
      'The registry of codelists is not there, is archived, or the steward is not installed on it.',
      'Install the steward on it.',
    ),
  notMerged: (): Refusal =>
    refusal('codelist.not-merged', 'The pull request was not merged as it is said to have been.'),
  notSigned: (): Refusal =>
    refusal('codelist.not-signed', 'Fewer than two people have signed off the head of the pull request.'),
  otherBytes: (): Refusal => refusal('codelist.other-bytes', 'What was merged is not what was signed off.'),
  tagTaken: (tag: string): Refusal =>
    refusal(
      'codelist.tag-taken',
      `The tag ${tag} stands on another commit.`,
      'Find out who made it, and delete it.',
    ),
  notAMember: (): Refusal =>
    refusal('codelist.not-a-member', 'Governance does not know the person who asks, or no longer.'),
  notTheirs: (): Refusal =>
    refusal('codelist.owner', 'The person who asks may not make codelists of this owner.'),
  invalid: (what: string): Refusal =>
    refusal('codelist.invalid', `The version cannot be proposed: ${what}`, 'Correct it and save again.'),
  exists: (line: string): Refusal =>
    refusal('codelist.exists', `The registry holds ${line} already.`, 'Choose another version.'),
};

export const pullTitle = (line: string): string => `Codelist ${line}`;

export function pullBody(of: {
  line: string;
  codes: number;
  by: { id: number; login: string };
  why: string;
}): string {
  return [
    `Built on the hub's page by @${of.by.login} (account ${of.by.id}), who counts as its author: ${of.codes} ${of.codes === 1 ? 'code' : 'codes'}.`,
    '',
    of.why === '' ? 'No reason was given.' : quoted(of.why),
    '',
    `Each decision, with its reason, stands in \`${of.line}.history.json\`. Two other people sign it off by approving this pull request as it is; once it is merged, the version is published and never changes.`,
  ].join('\n');
}

/** What somebody wrote is shown as theirs, mentions nobody and breaks out of nothing. */
function quoted(text: string): string {
  const plain = text
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/[\\`*_{}[\]<>#|~!]/g, '\\$&')
    .replaceAll('@', '@\u200b');
  return plain
    .split(/\r?\n/)
    .map((line) => `> ${line}`)
    .join('\n');
}

export const commitMessage = (line: string, round: number, by: number): string =>
  `Codelist ${line}\n\nBuilt on the hub's page, saved for the ${round}. time.\n\nRequested-by: ${by}\n`;
