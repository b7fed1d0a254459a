/** What is said about releases on GitHub, besides the bodies of issues. One function per message. */
import { refusal, type Refusal } from '../../lib/refusal.ts';
import { RELEASE_USAGE } from './usage.ts';

type Name = keyof typeof RELEASE_USAGE;
const write = (name: Name): string => `Write ${RELEASE_USAGE[name]}.`;
const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

// ── commands that cannot be read ───────────────────────────────────────────────────────────────────

export const noPattern = (): Refusal =>
  refusal(
    'command.nothing-named',
    '/release names no output.',
    `Name outputs by path or pattern, as in project.yaml. ${write('release')}`,
  );
export const badPattern = (written: string): Refusal =>
  refusal(
    'command.bad-pattern',
    `"${short(written)}" cannot be the path or pattern of an output.`,
    `Paths are written from the top of the workspace, without "..". ${write('release')}`,
  );
export const tooManyPatterns = (most: number): Refusal =>
  refusal(
    'command.too-many-patterns',
    `More than ${most} patterns are named.`,
    'Use wildcards, or add files in the viewer.',
  );
export const numbersOnly = (): Refusal =>
  refusal(
    'command.numbers-only',
    'This command takes the numbers of files, as the viewer shows them, and nothing else.',
    'Write for example 1 4 7 behind it; never the name of a file.',
  );
export const tooManyFiles = (most: number): Refusal =>
  refusal('command.too-many-files', `More than ${most} files are named.`, 'Grade them in the viewer.');
export const badCode = (): Refusal =>
  refusal(
    'command.bad-code',
    'This command takes one code, as the viewer shows it, or nothing.',
    'Copy the code from the viewer.',
  );
export const usageOf = (name: 'return' | 'close-request' | 'revoke'): Refusal =>
  refusal('command.bad-arguments', `/${name} is not written like this.`, write(name));
export const whichCategory = (
  name: 'return' | 'close-request' | 'revoke',
  known: Readonly<Record<string, string>>,
): Refusal =>
  refusal(
    'command.which-category',
    `/${name} wants one of these categories: ${Object.entries(known)
      .map(([category, means]) => `${category} (${means})`)
      .join(', ')}.`,
    `${write(name)} Reasons belong in the viewer.`,
  );

// ── commands that may not be done here ─────────────────────────────────────────────────────────────

export const onReviewIssue = (): Refusal =>
  refusal(
    'command.wrong-place',
    'This command is for checkers, on the review issue of a request.',
    'Write it there; you are assigned to it when you are a checker of the request.',
  );
export const onStudyIssue = (name: Name): Refusal =>
  refusal(
    'command.wrong-place',
    `/${name} is for authors, in the study repository.`,
    'Write it on the release issue, or on any other issue or pull request there.',
  );
export const otherRequest = (release: string): Refusal =>
  refusal(
    'command.other-request',
    `${release} is not a release of this request.`,
    'Write it on the review issue of its own request.',
  );
export const nothingToSubmit = (what: 'submit' | 'withdraw'): Refusal =>
  refusal(
    'release.none-active',
    'You have no request here that is not finished.',
    what === 'submit' ? 'Start one with /release <pattern…>.' : 'There is nothing to withdraw.',
  );
export const whichRequest = (ids: readonly string[]): Refusal =>
  refusal(
    'release.which-request',
    `You have ${ids.length} requests here that are not finished: ${ids.join(', ')}.`,
    'Write the command on the release issue of one of them, or on a pull request of its branch, or use the viewer.',
  );
export const neverRun = (branch: string): Refusal =>
  refusal(
    'release.never-run',
    `Nothing has been run on real data from branch ${branch}, so there is nothing to release.`,
    'Run the actions first, with /run.',
  );
export const whichRelease = (): Refusal =>
  refusal(
    'publication.which-release',
    'It is not clear which release is meant.',
    'Write /publish on the release issue of the request.',
  );

// ── forms ──────────────────────────────────────────────────────────────────────────────────────────

export const formUnreadable = (missing: readonly string[]): Refusal =>
  refusal(
    'form.unreadable',
    `This looks like a form, but ${missing.map((each) => `"${each}"`).join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not answered in it.`,
    'Open a new issue with the form and leave its headings as they are; or write the command in a comment.',
  );

// ── answers ────────────────────────────────────────────────────────────────────────────────────────

export const draftStarted = (request: string, viewer: string | undefined): string =>
  `request \`${request}\` is a draft now. Choose its files, explain them and submit it in the viewer${
    viewer ? `: ${viewer}/requests/${request}` : ''
  }. An issue follows when it is submitted.`;

export const publicationAsked = ({ id, ownerMissing }: { id: string; ownerMissing: boolean }): string =>
  `publication \`${id}\` is asked for. A publisher who had no part in the release decides; the release issue shows what became of it.${
    ownerMissing
      ? ' The data has an owner: whoever approves has to say where their approval is written down. You can say it now, with the form *Request publication*.'
      : ''
  }`;
export const wholePublication = (): Refusal =>
  refusal(
    'publication.whole',
    'A publication is decided as a whole.',
    'Write the command without numbers; a smaller set needs a publication of its own.',
  );
