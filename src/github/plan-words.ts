/** The plan comment, in words. Names and texts come from files: nothing in them mentions, links or hides. */
import { AREAS, type Area, type Plan, type PlannedChange } from '../governance/governance.ts';
import { plural } from './checks/content.ts';
import { code, cut, prose } from './markdown.ts';

export interface PlanWords {
  sha: string;
  /** What it is compared with. */
  base?: string;
  behind: boolean;
  /** Absent when the version is not valid. */
  plan?: Plan;
  errors: number;
}

const HEADINGS: Record<Area, string> = {
  people: 'People',
  access: 'Access and memberships',
  teams: 'Teams',
  projects: 'Projects',
  data: 'Data permissions',
  images: 'Images',
  backends: 'Backends',
  policies: 'Policies',
  deployment: 'Deployment',
  notices: 'Organisations, forms and alerts',
};

const SIGNS = { gains: '**+**', loses: '**−**', changes: '**~**' } as const;
/** Of one area; the check lists them all. */
const MOST_LINES = 60;

export function planText({ sha, base, behind, plan, errors }: PlanWords): string {
  const head = `### Plan for ${code(sha.slice(0, 12))}`;
  if (!plan)
    return [
      head,
      '',
      `Nothing to plan: this version has ${plural(errors, 'error')}, each marked on its line by the check. What is in force stays in force.`,
    ].join('\n');
  const compared = base
    ? `Compared with ${code(base.slice(0, 12))}, ${behind ? 'which this branch began from.' : 'which is in force.'}`
    : 'No version is in force yet.';
  const moved = behind
    ? [
        '',
        '> The default branch has moved on. This says what the branch changes; update it to see what merging does.',
      ]
    : [];
  return cut(
    [
      head,
      '',
      `${countLine(plan)} ${compared}`,
      ...moved,
      ...AREAS.flatMap((area) => section(area, plan.changes)),
      ...soon(plan),
      '',
      lastWords(plan),
    ].join('\n'),
  );
}

function countLine({ changes, counts }: Plan): string {
  if (changes.length === 0) return '**Nobody gains or loses anything.**';
  const said = [
    counts.joining > 0 && plural(counts.joining, 'person joins', 'people join'),
    counts.leaving > 0 && plural(counts.leaving, 'person leaves', 'people leave'),
    counts.given > 0 && `${plural(counts.given, 'right')} given or extended`,
    counts.ended > 0 && `${plural(counts.ended, 'right')} ended or shortened`,
    counts.imagesRetired > 0 && `${plural(counts.imagesRetired, 'image')} retired`,
    counts.policiesLoosened > 0 && `${plural(counts.policiesLoosened, 'rule')} loosened`,
  ].filter((each) => each !== false);
  return `**${[...said, plural(changes.length, 'change')].join(', ')}.**`;
}

function section(area: Area, changes: readonly PlannedChange[]): string[] {
  const own = changes.filter((each) => each.area === area);
  if (own.length === 0) return [];
  const lines = own.slice(0, MOST_LINES).map(({ kind, text, loosens }) => {
    const looser = kind === 'changes' && loosens && area === 'policies' ? ' (loosened)' : '';
    return `- ${SIGNS[kind]} ${prose(text)}${looser}`;
  });
  const more = own.length - lines.length;
  return [
    '',
    `#### ${HEADINGS[area]}`,
    '',
    ...lines,
    ...(more > 0 ? [`- and ${more} more, listed by the check`] : []),
  ];
}

function soon({ endingSoon }: Plan): string[] {
  if (endingSoon.length === 0) return [];
  const shown = endingSoon.slice(0, MOST_LINES).map(({ text, until }) => `- ${until}: ${prose(text)}`);
  const more = endingSoon.length - shown.length;
  return [
    '',
    `<details><summary>${plural(endingSoon.length, 'access ends', 'accesses end')} within 30 days by itself</summary>`,
    '',
    ...shown,
    ...(more > 0 ? [`- and ${more} more`] : []),
    '',
    '</details>',
  ];
}

function lastWords({ counts }: Plan): string {
  const zones =
    counts.loosening > 0
      ? ` Zones with their own signers take what it ends at once, and ${plural(counts.loosening, 'change')} that give or loosen something after two signatures and 24 hours.`
      : '';
  return `Nothing of this acts before it is merged; then it acts at once.${zones}`;
}
