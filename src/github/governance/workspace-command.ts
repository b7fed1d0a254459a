/** `/workspace create <branch> --name … --purpose "…"`, read. */
import { refusal, type Refusal } from '../../lib/refusal.ts';
import { readOptions } from './options.ts';

export interface WorkspaceCommand {
  type: 'workspace';
  branch: string;
  name: string;
  purpose: string;
  /** Who is told of its requests, where `/run` does not say. */
  notify: 'none' | 'end' | 'failure';
}

export const WORKSPACE_USAGE =
  '/workspace create <branch> --name <name> --purpose "why" [--notify none|end|failure]';
export const WORKSPACE_PURPOSE = 'give a branch a workspace with a name and a purpose';

const NAME = /^[a-z0-9][a-z0-9_-]{0,69}$/;
const BRANCH = /^[^\s~^:?*[\\\p{Cc}]{1,200}$/u;
const MOST = 500;

export function readWorkspace(args: string[]): WorkspaceCommand | Refusal {
  const read = readOptions(args, ['name', 'purpose', 'notify']);
  const { name, purpose, notify = 'end' } = read?.values ?? {};
  const [what, branch = '', more] = read?.words ?? [];
  if (
    what !== 'create' ||
    more !== undefined ||
    !BRANCH.test(branch) ||
    !name ||
    !purpose ||
    !isNotify(notify)
  )
    return malformed();
  if (!NAME.test(name)) return badName(name);
  return purpose.length > MOST ? longPurpose() : { type: 'workspace', branch, name, purpose, notify };
}

const isNotify = (text: string): text is WorkspaceCommand['notify'] =>
  ['none', 'end', 'failure'].includes(text);

const write = `Write: ${WORKSPACE_USAGE}`;
const malformed = (): Refusal =>
  refusal('workspace.malformed', 'A workspace is made of a branch, a name and a purpose in quotes.', write);
const badName = (name: string): Refusal =>
  refusal(
    'workspace.name',
    `"${name.slice(0, 80)}" cannot be the name of a workspace.`,
    'Lower-case letters, digits, "-" and "_", at most 70, beginning with a letter or digit.',
  );
const longPurpose = (): Refusal =>
  refusal('workspace.purpose', `A purpose has at most ${MOST} characters.`, 'Say it shorter.');
