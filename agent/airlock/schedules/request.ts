/**
 * What a schedule asks for, from the workspace as it is: which files in which groups, in whose name.
 */
import type { Schedule } from '../../../src/governance/governance.ts';
import type { Command } from '../../../src/release/release.ts';
import type { Actor } from '../../../src/release/types.ts';
import type { Copy } from '../copies.ts';
import type { IndexedFile, WorkspaceIndex } from '../workspace-index.ts';

export interface Wish {
  author: number;
  /** By path, the group it goes to. */
  outputs: Map<string, string>;
  supporting: readonly string[];
}

/** Undefined when there is nothing in its folders. */
export function wishOf(schedule: Schedule, index: WorkspaceIndex): Wish | undefined {
  const names = groupNames(schedule.dirs);
  const supporting = new Set(schedule.supporting);
  const files = index
    .files()
    .filter(({ path, excluded, stale }) => !excluded && !stale && !supporting.has(path))
    .flatMap((file) => {
      const dir = dirOf(schedule.dirs, file.path);
      return dir === undefined ? [] : [{ file, group: names.get(dir)! }];
    });
  const newest = files.reduce<IndexedFile | undefined>(
    (held, { file }) => (held && held.at >= file.at ? held : file),
    undefined,
  );
  if (!newest) return undefined;
  return {
    author: schedule.author ?? newest.entry.user,
    outputs: new Map(files.map(({ file, group }) => [file.path, group])),
    supporting: schedule.supporting,
  };
}

/** The nearest: a folder may lie in another one. */
function dirOf(dirs: readonly string[], path: string): string | undefined {
  return dirs.filter((dir) => path.startsWith(`${dir}/`)).sort((a, b) => b.length - a.length)[0];
}

/** A name of a group has letters, digits, spaces, dots and dashes; two folders are two groups. */
function groupNames(dirs: readonly string[]): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    dirs.map((dir) => {
      const plain = dir
        .replaceAll('/', ' ')
        .replace(/[^\w .-]/g, '-')
        .slice(0, 60);
      let name = plain;
      for (let at = 2; taken.has(name); at += 1) name = `${plain.slice(0, 58)} ${at}`;
      taken.add(name);
      return [dir, name];
    }),
  );
}

export interface Making {
  id: string;
  project: string;
  by: Actor & { kind: 'person' };
  copies: ReadonlyMap<string, Copy>;
  /** The version of the policy text that is in force. */
  policyText: string;
}

/** Everything an author would do, in their name; whoever takes the commands judges each of them. */
export function commandsOf(schedule: Schedule, wish: Wish, making: Making): Command[] {
  const { by, id, project, copies, policyText } = making;
  const add =
    (as: 'output' | 'supporting') =>
    ([path, group]: [string, string]): Command[] => {
      const copy = copies.get(path);
      if (!copy) return [];
      const { content: _content, ...rest } = copy;
      return [{ type: 'add-file', by, path, ...rest, group, as }];
    };
  const groups = [...new Set(wish.outputs.values())];
  const [first = ''] = groups;
  return [
    { type: 'create', id, workspace: schedule.workspace, project, author: by.id, by },
    ...[...wish.outputs].flatMap(add('output')),
    ...wish.supporting.map((path): [string, string] => [path, first]).flatMap(add('supporting')),
    ...groups.map(
      (group): Command => ({
        type: 'explain',
        by,
        group,
        context: schedule.context,
        controls: schedule.controls,
      }),
    ),
    ...(schedule.policyText === policyText
      ? [{ type: 'accept-policy', by, version: policyText } as const]
      : []),
  ];
}
