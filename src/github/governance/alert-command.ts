/** `/alert "title" --level … --scope … --until …` and `/alert end <id>`, read. */
import { refusal, type Refusal } from '../../lib/refusal.ts';
import { readOptions } from './options.ts';

const LEVELS = ['info', 'warning', 'danger'] as const;

export type AlertCommand =
  | {
      type: 'alert';
      what: 'add';
      title: string;
      level: (typeof LEVELS)[number];
      scope: { backends: string[]; projects: string[] };
      /** As written: a day, or a time in UTC. Absent: from now on. */
      from: string | undefined;
      until: string;
      text: string | undefined;
    }
  | { type: 'alert'; what: 'end'; id: string };

export const ALERT_USAGE =
  '/alert "title" --level info|warning|danger --scope all|backend:id|project:id --until 2027-02-28T18:00Z [--from time] [--text "…"]';
export const ALERT_PURPOSE = 'ask governance to tell everybody something for a while; /alert end id ends it';

const NAME = /^[a-z0-9][a-z0-9-]{0,99}$/;
const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}Z)?$/;
const MOST = { title: 200, text: 2000, scopes: 20 };

export function readAlert(args: string[]): AlertCommand | Refusal {
  const [first, id, ...rest] = args;
  if (first === 'end' && id !== undefined && rest.length === 0)
    return NAME.test(id) ? { type: 'alert', what: 'end', id } : malformed();
  const read = readOptions(args, ['level', 'scope', 'until', 'from', 'text']);
  const title = unquoted(read?.words.join(' ') ?? '');
  const { level, scope = 'all', until, from, text } = read?.values ?? {};
  const known = LEVELS.find((each) => each === level);
  const scopes = scopeIn(scope);
  if (!title || !known || !scopes || !until || !TIME.test(until)) return malformed();
  if ((from !== undefined && !TIME.test(from)) || (text?.length ?? 0) > MOST.text) return malformed();
  return { type: 'alert', what: 'add', title, level: known, scope: scopes, from, until, text };
}

/** `all`, or `backend:id` and `project:id` with commas between them. */
function scopeIn(text: string): { backends: string[]; projects: string[] } | undefined {
  const scope = { backends: [] as string[], projects: [] as string[] };
  if (text === 'all') return scope;
  const parts = text.split(',');
  for (const part of parts) {
    const [kind, id = ''] = part.split(':', 2);
    if (!NAME.test(id) || part !== `${kind}:${id}`) return undefined;
    if (kind === 'backend') scope.backends.push(id);
    else if (kind === 'project') scope.projects.push(id);
    else return undefined;
  }
  return parts.length <= MOST.scopes ? scope : undefined;
}

function unquoted(text: string): string | undefined {
  const said = /^(?:"([^"]+)"|“([^“”]+)”)$/u.exec(text);
  const title = (said?.[1] ?? said?.[2])?.trim();
  return title && title.length <= MOST.title ? title : undefined;
}

const malformed = (): Refusal =>
  refusal(
    'alert.malformed',
    'An alert has a title in quotes, a level, whom it is for, and an end: a day, or a time in UTC.',
    `Write: ${ALERT_USAGE}`,
  );
