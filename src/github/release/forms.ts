/**
 * Issue forms, read: *Request a release* and *Request publication* are the commands of that name.
 *
 * A form becomes an ordinary body of headings and answers, which its writer could have typed or changed: only the
 * headings are looked for, and answers are read as strictly as a command.
 */
import type { Refusal } from '../../lib/refusal.ts';
import type { CommandLine } from '../commands.ts';
import { patternsOf, type ReleaseCommand } from './commands.ts';
import * as words from './words.ts';

/** As the labels of the forms' fields say; the templates in docs/forms are tested against these. */
export const FORM_HEADINGS = {
  outputs: 'Outputs to release',
  agreed: 'What I know',
  publish: 'Release to publish',
  reference: 'Approval by the data owner',
  approvedOn: 'Day of that approval',
} as const;

/** Undefined: no form of ours. */
export function formIn(body: string): CommandLine | undefined {
  const answers = answersIn(body.replace(/\r\n?/g, '\n'));
  const outputs = answers.get(FORM_HEADINGS.outputs);
  if (outputs !== undefined) return line('/release', releaseForm(outputs, answers));
  const publish = answers.get(FORM_HEADINGS.publish);
  if (publish !== undefined) return line('/publish', publicationForm(publish, answers));
  return undefined;
}

const line = (text: string, command: ReleaseCommand | Refusal): CommandLine => ({ line: 1, text, command });

type Answers = ReadonlyMap<string, string>;

function releaseForm(outputs: string, answers: Answers): ReleaseCommand | Refusal {
  const patterns = lines(outputs);
  const agreed = answers.get(FORM_HEADINGS.agreed);
  const missing = [
    ...(patterns.length === 0 ? [FORM_HEADINGS.outputs] : []),
    ...(agreed === undefined || agreed.includes('- [ ]') ? [FORM_HEADINGS.agreed] : []),
  ];
  return missing.length > 0 ? words.formUnreadable(missing) : patternsOf([...new Set(patterns)]);
}

function publicationForm(release: string, answers: Answers): ReleaseCommand | Refusal {
  const [named = '', ...more] = lines(release);
  if (more.length > 0 || !/^[a-z0-9]{16}-[1-9][0-9]{0,7}$/.test(named))
    return words.formUnreadable([FORM_HEADINGS.publish]);
  const reference = lines(answers.get(FORM_HEADINGS.reference) ?? '').join(' ');
  const on = lines(answers.get(FORM_HEADINGS.approvedOn) ?? '').join(' ');
  // Form and day are looked at where the others are, so that each is refused in one way.
  if (on && !reference) return words.formUnreadable([FORM_HEADINGS.reference]);
  return { type: 'publish', release: named, ...(reference && { owner: { reference, ...(on && { on }) } }) };
}

/** Lines with something in them; GitHub writes an empty answer as `_No response_`. */
function lines(answer: string): string[] {
  return answer
    .replace(/^```\w*\n([\s\S]*)\n```$/, '$1')
    .split('\n')
    .map((each) => each.trim())
    .filter((each) => each !== '' && each !== '_No response_');
}

/** By heading; a heading that comes twice is read once, the first time. */
function answersIn(body: string): Answers {
  const parts = body.split(/^### (.+)$/m);
  const answers = new Map<string, string>();
  for (let at = 1; at < parts.length; at += 2) {
    const heading = (parts[at] ?? '').trim();
    if (!answers.has(heading)) answers.set(heading, (parts[at + 1] ?? '').trim());
  }
  return answers;
}
