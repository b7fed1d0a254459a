/** What the App says in a breach: what to do at once, by when, and who is asked. Nothing that the form says. */
import { scopeText, type FreezeScope } from '../../governance/governance.ts';
import { freezeText } from '../governance/freeze-words.ts';
import { code, marker, mention } from '../markdown.ts';
import { instant } from '../request-view.ts';
import { BREACH_HEADINGS } from './form.ts';

export interface Named {
  release: string;
  project: string;
  /** Where `/revoke` is written. */
  review: string | null;
  /** Of recalls of it, still open: they are closed in the viewer. */
  open: { number: number; dueAt: number }[];
}

export interface BreachFacts {
  id: string;
  openedAt: number;
  dueAt: number;
  closedAt: number | null;
  /** What to freeze, the narrowest first. */
  scopes: FreezeScope[];
  /** What is frozen of it already, and since when. */
  frozen: { scope: FreezeScope; at: number }[];
  releases: Named[];
  governance: string[];
  contact: string | undefined;
}

export const breachMark = (id: string): string => marker('breach', id);

export function breachBody(facts: BreachFacts): string {
  const { id, dueAt, closedAt, scopes, frozen, releases, governance, contact } = facts;
  if (closedAt !== null)
    return [
      breachMark(id),
      `This breach was closed ${instant(closedAt)}. Reopening the issue reopens it.`,
    ].join('\n');
  const who = governance.map(mention).join(', ');
  return [
    breachMark(id),
    `${who ? `${who}: ` : ''}a possible breach was reported. It has to be closed by **${instant(dueAt)}**.`,
    '',
    '**Now**',
    '',
    '1. Do not share the files, not here either: name them by release and number, or by path.',
    `2. Stop it. Somebody with the role "governance" copies one of these into a comment, here or on any other issue:`,
    '',
    ...fenced(scopes.map(freezeText)),
    ...frozen.map(({ scope, at }) => `   ${scopeText(scope)} is paused since ${instant(at)}.`),
    '3. Take back what was released. Two people write on its review issue, with the numbers of the files:',
    '',
    ...fenced(releases.length > 0 ? releases.map(({ release }) => revoke(release)) : [revoke('<release>')]),
    ...releases.flatMap(linesOf),
    '4. Ask everybody who has a copy to delete it unopened, and note who answered.',
    `5. ${contact ? `Tell ${code(contact)}` : 'Tell the people whom your organisation names for this'}, and the data owner.`,
    '',
    '**To close it**',
    '',
    `Edit the first text of this issue: write under *${BREACH_HEADINGS.done}* what was done. Then somebody with the role "governance" closes the issue. Incidents that recalls opened are closed in the viewer first.`,
  ].join('\n');
}

const revoke = (release: string): string => `/revoke ${release} <number> disclosure`;

const fenced = (lines: readonly string[]): string[] => [
  '   ```',
  ...lines.map((line) => `   ${line}`),
  '   ```',
  '',
];

function linesOf({ release, review, open }: Named): string[] {
  const where = review ? `   ${code(release)}: ${review}` : undefined;
  const left = open.map(
    ({ number, dueAt }) =>
      `   Incident ${number} of its recall is open, to be closed in the viewer by ${instant(dueAt)}.`,
  );
  return [...(where ? [where] : []), ...left];
}

const MOST = 65_000;
export const cutBody = (text: string): string => text.slice(0, MOST);

export function reminder(
  round: 1 | 2 | 3,
  { governance, dueAt }: Pick<BreachFacts, 'governance' | 'dueAt'>,
): string {
  const who = governance.map(mention).join(', ');
  const says =
    round === 3
      ? `this breach should have been closed by ${instant(dueAt)}. It is late.`
      : `this breach has to be closed by ${instant(dueAt)}${round === 2 ? ', soon' : ''}.`;
  return `${who ? `${who}, ` : ''}${says} Write under *${BREACH_HEADINGS.done}* what was done, then close it.`;
}

export type WhyOpen = 'not-governance' | 'nothing-said' | 'incident-open';

export function stillOpen(why: WhyOpen): string {
  const says = {
    'not-governance': 'Only somebody with the role "governance" closes a breach.',
    'nothing-said': `Nothing is written under *${BREACH_HEADINGS.done}*: edit the first text of this issue.`,
    'incident-open': 'An incident of a recall named here is still open: it is closed in the viewer first.',
  }[why];
  return `This was opened again. ${says} (breach.${why})`;
}
