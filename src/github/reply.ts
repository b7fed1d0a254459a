/** The one reply to a comment: what was refused and why, what was asked and answered. Pure. */
import { code, cut, fence, marker, mention, prose } from './markdown.ts';
import type { Answer } from './places.ts';
import { isVeiled } from './release/usage.ts';

export interface AnsweredLine {
  text: string;
  answer: Answer;
}

/** Undefined when the reactions say it all. `onCommit`: no status comment follows there, so a start is told too. */
export function replyText(
  comment: string,
  login: string,
  lines: readonly AnsweredLine[],
  onCommit: boolean,
): string | undefined {
  const several = lines.length > 1;
  const quote = ({ text }: AnsweredLine) => (isVeiled(text) ? '/…' : text);
  const told = lines.flatMap((line) => {
    const said = tell(line.answer, onCommit);
    return said === undefined ? [] : [several ? `${code(quote(line))}: ${said}` : said];
  });
  if (told.length === 0) return undefined;
  // A refusal is whole sentences, an answer goes on in the same one.
  const opens = !several && lines[0]?.answer.kind === 'refused' ? ':' : ',';
  const quoted = lines.map(quote).join('\n');
  return cut(
    [
      marker('reply', comment),
      `${mention(login)}${opens} ${told.join('\n\n')}`,
      '',
      '<details><summary>In answer to</summary>',
      '',
      fence(quoted, 'text'),
      '',
      '</details>',
    ].join('\n'),
  );
}

function tell(answer: Answer, onCommit: boolean): string | undefined {
  if (answer.kind === 'text') return answer.text;
  if (answer.kind === 'done') return undefined;
  if (answer.kind === 'refused') {
    return answer.silent
      ? undefined
      : `${prose(answer.says)} ${prose(answer.next)} (${answer.code})`.replace(/ {2,}/g, ' ');
  }
  return onCommit
    ? `request ${code(answer.request)} was made; the check ${code(`sallyport/run ${answer.request}`)} on this commit follows it.`
    : undefined;
}
