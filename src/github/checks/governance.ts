/** `governance/valid`: is this version of the governance repository valid, and who gains or loses what? */
import type { GovernanceChange, GovernanceFinding } from '../../governance/governance.ts';
import { prose } from '../markdown.ts';
import { MOST_ANNOTATIONS, plural, type CheckContent } from './content.ts';

const HEADINGS = { gains: 'Gains', loses: 'Losses', changes: 'Changes' } as const;

/** `changes`: undefined when the version is not valid, so nothing can be compared. */
export function governanceCheck(
  findings: readonly GovernanceFinding[],
  changes: readonly GovernanceChange[] | undefined,
  inForce: string | undefined,
): CheckContent {
  const errors = findings.filter((each) => each.severity === 'error').length;
  const warnings = findings.length - errors;
  const counts = [errors > 0 && plural(errors, 'error'), warnings > 0 && plural(warnings, 'warning')]
    .filter(Boolean)
    .join(', ');
  const valid = changes !== undefined;
  const compared = inForce
    ? `Compared with \`${inForce.slice(0, 12)}\`, which is in force.`
    : 'No version is in force yet.';
  return {
    status: 'completed',
    conclusion: valid ? 'success' : 'failure',
    title: valid
      ? `Valid${counts ? `, ${counts}` : ''}; ${plural(changes.length, 'change')}`
      : `Not valid: ${counts}`,
    summary: valid
      ? [
          compared,
          ...(changes.length === 0 ? ['', 'Nobody gains or loses anything.'] : changeList(changes)),
        ].join('\n')
      : 'This version cannot be taken into use; the one in force stays. Each fault is marked on its line.',
    ...(findings.length > 0 && { text: faults(findings) }),
    annotations: findings.map((each) => ({
      path: each.path,
      line: each.line,
      column: each.column,
      severity: each.severity,
      title: each.code,
      message: [each.message, each.hint].filter(Boolean).join('\n'),
    })),
    actions: [],
  };
}

function changeList(changes: readonly GovernanceChange[]): string[] {
  return (['gains', 'loses', 'changes'] as const).flatMap((kind) => {
    const own = changes.filter((each) => each.kind === kind);
    if (own.length === 0) return [];
    return ['', `### ${HEADINGS[kind]}`, '', ...own.map((each) => `- ${prose(each.text)}`)];
  });
}

function faults(findings: readonly GovernanceFinding[]): string {
  const shown = findings
    .slice(0, MOST_ANNOTATIONS)
    .map((each) => `- ${prose(each.path)}, line ${each.line}: ${prose(each.message)} (${each.code})`);
  const rest = findings.length - shown.length;
  return [...shown, ...(rest > 0 ? ['', `and ${plural(rest, 'more finding')}`] : [])].join('\n');
}
