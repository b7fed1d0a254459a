/** `sallyport/access`: what the project's actions would be refused, on the lines that need it, and who can grant it. */
import type { AccessFinding } from '../../governance/governance.ts';
import type { Pipeline } from '../../pipeline/types.ts';
import { withLinks, type AskAt } from '../applications/ask.ts';
import { code, prose } from '../markdown.ts';
import { plural, type CheckContent } from './content.ts';

export function accessCheck(
  project: string,
  pipeline: Pipeline,
  findings: readonly AccessFinding[],
  ask?: AskAt,
): CheckContent {
  const errors = findings.filter((each) => each.severity === 'error').length;
  const lineOf = (name?: string) => pipeline.actions.find((action) => action.name === name)?.at.line ?? 1;
  const warnings = findings.length - errors;
  const counts = [
    errors > 0 && plural(errors, 'thing is missing', 'things are missing'),
    warnings > 0 && plural(warnings, 'warning'),
  ].filter(Boolean);
  const title = counts.length > 0 ? counts.join(', ') : 'Everything the actions use is permitted';
  return {
    status: 'completed',
    conclusion: errors > 0 ? 'failure' : 'success',
    title,
    summary: [
      `Images, backends and datasets against the permissions of project ${code(project)}.`,
      '',
      ...findings.map(
        (each) =>
          `- ${each.action ? `${code(each.action)}: ` : ''}${prose(each.message)} ${prose(each.hint)}${links(each, ask)} (${each.code})`,
      ),
    ].join('\n'),
    annotations: findings.map((each) => ({
      path: 'project.yaml',
      line: lineOf(each.action),
      severity: each.severity,
      title: each.code,
      message: `${each.message}\n${withLinks(each.hint, each.lacks, ask)}`,
    })),
    actions: [],
  };
}

/** Addresses of ours: what stands in them is encoded, so they may be links. */
function links({ lacks = [] }: AccessFinding, ask: AskAt | undefined): string {
  const asked = ask ? lacks.map((each) => `[Request ${code(each.name)}](${ask(each)})`) : [];
  return asked.length > 0 ? ` ${asked.join(', ')}` : '';
}
