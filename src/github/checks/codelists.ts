/** `sallyport/codelists`: do the files of the codelists folder agree with what was recorded when they were downloaded? */
import type { CodelistFinding } from '../../pipeline/pipeline.ts';
import { code, prose } from '../markdown.ts';
import { plural, type CheckContent } from './content.ts';

/** Undefined: the study has no codelists folder, which is fine. */
export function codelistsCheck(findings: readonly CodelistFinding[] | undefined): CheckContent {
  if (!findings) {
    const says = 'This study uses no codelists';
    return {
      status: 'completed',
      conclusion: 'success',
      title: says,
      summary: `${says}: there is no folder \`codelists\`.`,
      annotations: [],
      actions: [],
    };
  }
  const errors = findings.filter((each) => each.severity === 'error').length;
  const warnings = findings.length - errors;
  return {
    status: 'completed',
    conclusion: errors > 0 ? 'failure' : warnings > 0 ? 'neutral' : 'success',
    title:
      errors > 0
        ? `${plural(errors, 'codelist fault')}`
        : warnings > 0
          ? 'The codelists need an update before the database can be read'
          : 'The codelists are as they were downloaded',
    summary: [
      errors > 0 ? said(findings) : 'Each CSV file has the bytes that were recorded in `codelists.json`.',
      '',
      ...findings
        .slice(0, 200)
        .map(
          (each) =>
            `- ${code(each.path)}, line ${each.line}: ${prose(each.message)}${each.hint ? ` ${prose(each.hint)}` : ''} (${each.code})`,
        ),
    ].join('\n'),
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

/** What is unknown to the registry, or not what it holds, stops more than what merely differs from the download. */
function said(findings: readonly CodelistFinding[]): string {
  const refused = findings.some(({ code: which, severity }) => severity === 'error' && STOPS.has(which));
  return refused
    ? 'The codelists are not those of the registry, so nothing can run at this commit.'
    : 'The codelists differ from what was recorded, so no action that reads the database can run at this commit.';
}

const STOPS = new Set([
  'codelists.unknown',
  'codelists.unpublished',
  'codelists.tampered',
  'codelists.registry-refuses',
]);
