/** What the checklist of a completed project says. */
import type { Item, ItemId } from '../../governance/governance.ts';
import { code, codeList, marker } from '../markdown.ts';

const LABELS: Record<ItemId, string> = {
  purposes: 'Every workspace says what it was for',
  texts: 'Licence and README are there',
  papers: 'Papers are linked, or there are none',
  outputs: 'What was released is published, or declined for good',
  public: 'The repository is public',
  ended: 'Members and grants have ended',
};
const LEFT: Record<ItemId, (left: readonly string[]) => string> = {
  purposes: (names) => `nobody said it of ${codeList(names)}; say it in a comment here and tick it`,
  texts: (names) => `missing: ${names.join(', ')}`,
  papers: () => 'none is on record; tick it if there are none',
  outputs: ([count = '']) =>
    `${count} released ${count === '1' ? 'file is' : 'files are'} in no publication; tick it if they stay unpublished`,
  public: (names) => `private: ${names.join(', ')}`,
  ended: (all) => {
    const granted = all.filter((each) => !each.startsWith('member '));
    const n = all.length - granted.length;
    return [
      ...(n > 0 ? [`${n} ${n === 1 ? 'person is still a member' : 'people are still members'}`] : []),
      ...(granted.length > 0 ? [`still granted: ${codeList(granted)}`] : []),
    ].join('; ');
  },
};

export const titleOf = (project: string): string => `Completing ${project}`;
export const markOf = (project: string): string => marker('completion', project);

export interface Checklist {
  project: string;
  status: string;
  since: string | undefined;
  closes: string | undefined;
  items: readonly Item[];
  replaces: number | undefined;
}

export function bodyOf({ project, status, since, closes, items, replaces }: Checklist): string {
  const left = items.filter(({ done }) => !done).length;
  return [
    markOf(project),
    `**Project ${code(project)}** is ${status.replace('_', ', ')}${since === undefined ? '' : ` since ${since}`}.${replaces === undefined ? '' : ` This issue replaces #${replaces}.`}`,
    closes === undefined
      ? 'Nothing runs any more.'
      : `Running and looking in the viewer end after **${closes}**, whatever is ticked here.`,
    items.map(line).join('\n'),
    left === 0 ? 'Everything is done.' : `${left} of ${items.length} left.`,
    '<sub>What Sallyport can see it ticks itself, and puts back. The boxes marked *lead* are ticked by a lead of the project. To work on, a lead writes `/project-status ongoing`.</sub>',
  ].join('\n\n');
}

function line({ id, done, byLead, left }: Item): string {
  const how = byLead ? ' *(lead)*' : '';
  const more = done ? '' : ` – ${LEFT[id](left)}`;
  return `- [${done ? 'x' : ' '}] <!-- item:${id} --> ${LABELS[id]}${how}${more}`;
}
