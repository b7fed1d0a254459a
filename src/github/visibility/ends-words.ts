/** What the issue "What ends soon" says. */
import { personById, type End, type Governance } from '../../governance/governance.ts';
import { code, codeCell, cut, marker, mention, prose } from '../markdown.ts';

export const endsMark = (place: string): string => marker('ends-soon', place);

interface Manner {
  /** Everybody can read it: what a person's access rests on is their own business there. */
  isPublic: boolean;
}

export function endsBody(
  g: Governance,
  place: string,
  ends: readonly End[],
  { isPublic, replaces }: Manner & { replaces: number | undefined },
): string {
  const rows = ends.map((end) => `| ${end.until} | ${what(g, end, isPublic)} | ${how(end)} |`);
  const list =
    rows.length === 0
      ? 'Nothing ends within the next 30 days.'
      : `Unless somebody prolongs it, this ends within 30 days, at the end of the day that is named:\n\n| last day | what | who can prolong it, and how |\n| --- | --- | --- |\n${rows.join('\n')}`;
  return cut(
    [
      endsMark(place),
      list,
      ...(replaces ? [`This issue replaces #${replaces}.`] : []),
      '<sub>Kept by the App, which says each once, 30 days and 7 days ahead. Nobody has to answer here.</sub>',
    ].join('\n\n'),
  );
}

/** One comment with one mention of everybody whom it concerns. */
export function endsComment(
  g: Governance,
  ends: readonly End[],
  { isPublic, leads, round }: Manner & { leads: readonly string[]; round: number },
): string {
  const own = ends.flatMap(({ person }) =>
    person === undefined ? [] : [personById(g, person)?.login ?? ''],
  );
  const who = [...new Set([...own, ...leads])].filter(Boolean).map(mention);
  const lines = ends.map((end) => `- ${end.until}: ${what(g, end, isPublic)}. ${how(end)}`);
  const to = who.length > 0 ? `${who.join(' ')}: ` : '';
  return cut(`${to}this ends within ${round} days.\n\n${lines.join('\n')}`);
}

const PERSONAL: readonly End['what'][] = ['person', 'training', 'agreement'];

function what(g: Governance, { what: kind, text, person }: End, isPublic: boolean): string {
  if (!isPublic || !PERSONAL.includes(kind) || person === undefined) return prose(text).replace(/\|/g, '\\|');
  return `Something that the access of ${codeCell(personById(g, person)?.login ?? String(person))} rests on`;
}

function how({ what: kind, by: { file, team, ask }, project }: End): string {
  if (kind === 'membership')
    return `A lead of the project, with \`/member\` here; or the governance team, in ${code(file)}.`;
  if (team !== undefined && ask !== undefined)
    return `Team ${code(team)}, in ${code(file)}; ask at ${prose(ask)}.`;
  const whom =
    project === undefined ? 'The governance team' : 'The governance team, asked by a lead of the project';
  return `${whom}, in ${code(file)}.`;
}
