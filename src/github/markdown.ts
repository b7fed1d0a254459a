/**
 * Text from outside, made harmless for GitHub: it may not mention, link, close a fence or hide itself.
 *
 * GitHub looks for mentions after Markdown is rendered, so entities do not help: names from outside
 * stand in code, or carry a zero-width space behind `@` and `#`.
 */

/** Bodies are cut here: GitHub refuses above 65,536 characters, and some paths count otherwise. */
export const BODY_LIMIT = 65_000;

// Control and format characters (bidirectional, zero-width), private use, lone surrogates.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu;

/** Without characters that hide, reorder or control; line ends and tabs stay. */
export function clean(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(HIDDEN, (char) => (char === '\n' || char === '\t' ? char : ''));
}

/** Prose from outside as prose: nothing in it is Markdown, a mention or a reference. Addresses stay links. */
export function prose(text: string): string {
  return clean(text)
    .replace(/\s+/g, ' ')
    .trim()
    .split(/(https:\/\/[A-Za-z0-9./_~-]+(?:\?[A-Za-z0-9=&%+._~-]+)?)/)
    .map((part, at) => (at % 2 === 1 ? part : escape(part)))
    .join('');
}

function escape(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_[\]|~$]/g, (char) => `\\${char}`)
    .replace(/([@#])(?=[A-Za-z0-9])/g, '$1\u200B')
    .replace(/^([/+=-])/, '\\$1')
    .replace(/^(\d+)([.)])/, '$1\\$2');
}

/** One line in a code span, whatever backticks it holds. */
export function code(text: string): string {
  const line = clean(text).replace(/[\n\t]+/g, ' ');
  if (line.trim() === '') return '';
  const ticks = '`'.repeat(longestRun(line, '`') + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${line}${pad}${ticks}`;
}

/** Names in code, the first thirty of them. */
export function codeList(names: readonly string[]): string {
  const shown = names.slice(0, 30).map(code).join(', ');
  return names.length > 30 ? `${shown} and ${names.length - 30} more` : shown;
}

/** A code span for a table cell: a bar would end the cell even inside code. */
export function codeCell(text: string): string {
  return code(text).replace(/\|/g, '\\|');
}

/** A fenced block whose fence is longer than any run of backticks in the text. */
export function fence(text: string, info = ''): string {
  const body = clean(text).replace(/\n+$/, '');
  const ticks = '`'.repeat(Math.max(3, longestRun(body, '`') + 1));
  return `${ticks}${info}\n${body}\n${ticks}`;
}

function longestRun(text: string, char: string): number {
  let longest = 0;
  let run = 0;
  for (const each of text) {
    run = each === char ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  return longest;
}

// Managed users end in an underscore and their company's short code: `octocat_acme`.
const LOGIN = /^(?=.{1,39}$)[A-Za-z0-9][A-Za-z0-9-]*(?:_[A-Za-z0-9]+)?$/;

/** `@login`, or the text in code when it cannot be a login. */
export function mention(login: string): string {
  return LOGIN.test(login) ? `@${login}` : code(login);
}

/** At most `limit` code points; the last words say that there was more. */
export function cut(
  text: string,
  limit = BODY_LIMIT,
  more = '\n\n… cut here: GitHub shows no more.',
): string {
  if (text.length <= limit) return text;
  const points = [...text];
  if (points.length <= limit) return text;
  const kept = points.slice(0, limit - more.length).join('');
  // A fence that was open stays open over the closing words: end it.
  const open = openFence(kept);
  return `${kept}${open ? `\n${open}` : ''}${more}`;
}

function openFence(text: string): string | undefined {
  let open: string | undefined;
  for (const line of text.split('\n')) {
    const ticks = /^(`{3,})/.exec(line)?.[1];
    if (!ticks) continue;
    if (!open) open = ticks;
    else if (ticks.length >= open.length && line.trim() === ticks) open = undefined;
  }
  return open;
}

/** The first line of what the App wrote and must find again. */
export function marker(kind: string, id: string): string {
  return `<!-- sallyport:${kind}:${id} -->`;
}

export function readMarker(body: string): { kind: string; id: string } | undefined {
  const found = /^<!-- sallyport:([a-z-]+):([A-Za-z0-9:._-]+) -->(?:\r?\n|$)/.exec(body);
  return found?.[1] && found[2] ? { kind: found[1], id: found[2] } : undefined;
}

/** Free text as the title of something: one line, and no longer than those who read it take. */
export function titleText(text: string, most = 200): string {
  return (
    text
      .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
      .trim()
      .slice(0, most)
      // Half of a character is none, and no database takes it.
      .replace(/[\uD800-\uDBFF]$/, '')
  );
}
