/** `word … --name value --reason "several words"`: words first, then options, each once; values in quotes may hold spaces. */

export interface Options {
  words: string[];
  values: Record<string, string>;
}

const QUOTES: Record<string, string> = { '"': '"', "'": "'", '“': '”', '‘': '’' };

/** What nobody sees, and governance's files do not take: control characters, directions of writing, half characters. */
const UNSEEN = /[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]/gu;

/** Undefined when it is not of this form, or names an option that is not listed. `said` as split at blanks. */
export function readOptions(said: readonly string[], known: readonly string[]): Options | undefined {
  const args = said.map((each) => each.replace(UNSEEN, '')).filter((each) => each !== '');
  const words: string[] = [];
  const values: Record<string, string> = {};
  let at = 0;
  for (; at < args.length && !args[at]!.startsWith('--'); at += 1) words.push(args[at]!);
  while (at < args.length) {
    const [, name = '', inline] = /^--([a-z-]+)(?:=(.*))?$/su.exec(args[at]!) ?? [];
    if (!known.includes(name) || Object.hasOwn(values, name)) return undefined;
    at += 1;
    const parts = inline === undefined ? [] : [inline];
    if (inline === undefined && at < args.length) {
      parts.push(args[at]!);
      at += 1;
    }
    const end = QUOTES[parts[0]?.[0] ?? ''];
    if (end !== undefined) {
      while (!isClosed(parts.join(' '), end) && at < args.length) {
        parts.push(args[at]!);
        at += 1;
      }
      const text = parts.join(' ');
      if (!isClosed(text, end)) return undefined;
      values[name] = text.slice(1, -1).trim();
    } else values[name] = parts[0] ?? '';
    if (values[name] === '') return undefined;
  }
  return { words, values };
}

const isClosed = (text: string, end: string): boolean => text.length > 1 && text.endsWith(end);
