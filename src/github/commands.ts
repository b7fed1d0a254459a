/**
 * Which commands does a comment hold?
 *
 * A command is `/name args` in the first column of a paragraph, one per line, at most five a comment.
 * What Markdown shows as code, a quotation, a list, a heading or HTML is talk about commands, not a
 * command. The answer is data; nothing here knows who wrote the comment or whether it may be done.
 */
import MarkdownIt from 'markdown-it';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { ACTION_NAME, nothingBehind, readArguments, type Names } from './arguments.ts';
import { FREEZE_COMMANDS, FREEZE_READERS, type FreezeCommand } from './governance/freeze-command.ts';
import { readExtend, type ExtendCommand } from './governance/extend-command.ts';
import { readArchive, type ArchiveCommand } from './governance/archive-command.ts';
import { readAlert, type AlertCommand } from './governance/alert-command.ts';
import { readMember, type MemberCommand } from './governance/member-command.ts';
import { readProjectStatus, type ProjectStatusCommand } from './governance/project-status-command.ts';
import { readWorkspace, type WorkspaceCommand } from './governance/workspace-command.ts';
import { RELEASE_COMMANDS, RELEASE_READERS, type ReleaseCommand } from './release/commands.ts';
import * as words from './words.ts';

export const NOTIFY = ['none', 'end', 'failure'] as const;
export type Notify = (typeof NOTIFY)[number];

export type Command =
  | { type: 'run'; actions: string[]; backend?: string; forceDeps: boolean; sha?: string; notify?: Notify }
  /** A request id, or actions; none means the person's own latest unfinished request of this conversation. */
  | { type: 'cancel'; targets: string[] }
  | { type: 'status' }
  | { type: 'plan'; actions: string[] }
  | { type: 'help' }
  | ReleaseCommand
  | ExtendCommand
  | WorkspaceCommand
  | ArchiveCommand
  | AlertCommand
  | MemberCommand
  | ProjectStatusCommand
  | FreezeCommand;

export const COMMAND_NAMES = [
  'run',
  'cancel',
  'status',
  'plan',
  ...RELEASE_COMMANDS,
  ...FREEZE_COMMANDS,
  'extend',
  'workspace',
  'archive',
  'alert',
  'member',
  'project-status',
  'help',
] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

/** One command line of a comment: `line` counts from 1 in the comment; `text` is the line as written. */
export interface CommandLine {
  line: number;
  text: string;
  command: Command | Refusal;
}

export const MOST_COMMANDS = 5;

/** Every command in the comment, in order. More than five: one refusal on the sixth line, and nothing else. */
export function commandsIn(body: string): CommandLine[] {
  const text = body.replace(/\r\n?/g, '\n');
  const source = text.split('\n');
  const first = source.findIndex((line) => line.trim() !== '') + 1;
  const candidates = source.flatMap((written, at): CommandLine[] => {
    const command = readLine(written, at + 1 === first);
    return command ? [{ line: at + 1, text: written, command }] : [];
  });
  const looked = candidates.slice(0, MOST_LOOKED_AT);
  const found = looked.filter(isSpoken(text));
  const sixth = found[MOST_COMMANDS] ?? candidates[MOST_LOOKED_AT];
  if (sixth) return [{ ...sixth, command: words.tooManyCommands(MOST_COMMANDS) }];
  return found;
}

// Each look parses a paragraph again; a comment of nine thousand command lines must not take a minute.
const MOST_LOOKED_AT = 50;

// Private-use characters mark the slashes while Markdown is parsed: they mean nothing to it, so the token
// in which a mark comes out again tells whether that slash was text, code, HTML or part of a link.
const MARK = '\uE000';
const markdown = new MarkdownIt('commonmark', { html: true }).enable('table');

/** Whether a line is plain text of a top-level paragraph, in a comment parsed once. */
function isSpoken(text: string): (candidate: CommandLine) => boolean {
  if (text.includes(MARK)) return () => false;
  const paragraphs: { from: number; content: string[] }[] = [];
  const tokens = markdown.parse(text, {});
  tokens.forEach((token, index) => {
    const inside = tokens[index + 1];
    if (token.type !== 'paragraph_open' || token.level !== 0 || !inside?.map) return;
    paragraphs.push({ from: inside.map[0] + 1, content: inside.content.split('\n') });
  });
  return ({ line }) => {
    const paragraph = paragraphs.find(({ from, content }) => line >= from && line < from + content.length);
    if (!paragraph) return false;
    const at = line - paragraph.from;
    return startsAsText(
      paragraph.content.map((each, here) => (here === at ? MARK + each.slice(1) : each)).join('\n'),
    );
  };
}

/** Whether the mark comes out at the start of a line of plain text, outside links and emphasis. */
function startsAsText(marked: string): boolean {
  const children = markdown.parseInline(marked, {})[0]?.children ?? [];
  let lineStart = true;
  for (const child of children) {
    if (child.type === 'text' && child.level === 0 && child.content.startsWith(MARK)) return lineStart;
    // An empty text token stands between a break and what follows it.
    if (child.type === 'text' && child.content === '') continue;
    lineStart = child.type === 'softbreak' || child.type === 'hardbreak';
  }
  return false;
}

/** Undefined when the line is no command of ours: paths and the words of other bots are left alone. */
function readLine(written: string, isFirst: boolean): Command | Refusal | undefined {
  const head = /^\/([A-Za-z][A-Za-z-]*)(?=\s|$)/.exec(written);
  const name = head?.[1]?.toLowerCase();
  if (!head || !name) return undefined;
  const known = COMMAND_NAMES.find((each) => each === name);
  if (!known) {
    const meant = isFirst ? COMMAND_NAMES.find((each) => isClose(name, each)) : undefined;
    return meant && words.didYouMean(name, meant);
  }
  const rest = written.slice(head[0].length);
  // Control, format (bidirectional, zero-width) and private-use characters can make a line read as another.
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/u.test(rest.replace(/\t/g, ' ')))
    return words.strangeCharacters(known);
  return READERS[known](rest.trim().split(/\s+/).filter(Boolean));
}

const SHA = /^[0-9a-fA-F]{40}$/;

const ACTIONS: Names = { form: ACTION_NAME, bad: words.badName };

const READERS: Record<CommandName, (args: string[]) => Command | Refusal> = {
  run(args) {
    const read = readArguments('run', args, ACTIONS, {
      values: { backend: ACTION_NAME, sha: SHA, notify: /^(none|end|failure)$/ },
      switches: ['force-deps'],
    });
    if (isRefusal(read)) return read;
    if (read.names.length === 0) return words.nothingNamed('run');
    return {
      type: 'run',
      actions: read.names,
      forceDeps: read.switches.has('force-deps'),
      ...(read.values['notify'] && { notify: read.values['notify'] as Notify }),
      ...(read.values['backend'] && { backend: read.values['backend'] }),
      ...(read.values['sha'] && { sha: read.values['sha'].toLowerCase() }),
    };
  },
  cancel(args) {
    const read = readArguments('cancel', args, ACTIONS);
    return isRefusal(read) ? read : { type: 'cancel', targets: read.names };
  },
  status: (args) => nothingBehind('status', args) ?? { type: 'status' },
  plan(args) {
    const read = readArguments('plan', args, ACTIONS);
    if (isRefusal(read)) return read;
    return read.names.length === 0 ? words.nothingNamed('plan') : { type: 'plan', actions: read.names };
  },
  ...RELEASE_READERS,
  ...FREEZE_READERS,
  extend: readExtend,
  workspace: readWorkspace,
  archive: readArchive,
  alert: readAlert,
  member: readMember,
  'project-status': readProjectStatus,
  help: (args) => nothingBehind('help', args) ?? { type: 'help' },
};

/** One slip of the fingers: a letter more, less, other or swapped. Short words must keep their first letter. */
function isClose(written: string, name: string): boolean {
  if (written[0] !== name[0] || Math.abs(written.length - name.length) > 1) return false;
  let start = 0;
  while (start < name.length && written[start] === name[start]) start += 1;
  const a = written.slice(start);
  const b = name.slice(start);
  if (a.slice(1) === b || a === b.slice(1) || a.slice(1) === b.slice(1)) return true;
  return a.length > 1 && a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2);
}
