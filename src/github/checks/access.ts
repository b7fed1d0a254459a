/** `sallyport/access`: what the project's actions would be refused, on the lines that need it, and who can grant it. */
import type { AccessFinding } from '../../governance/governance.ts';
import type { Pipeline } from '../../pipeline/types.ts';
import { code, prose } from '../markdown.ts';
import { plural, type CheckContent } from './content.ts';

export function accessCheck(
  project: string,
  pipeline: Pipeline,
  findings: readonly AccessFinding[],
): CheckContent {
  const errors = findings.filter((each) => each.severity === 'error').length;
  const lineOf = (name?: string) => pipeline.actions.find((action) => action.name === name)?.at.line ?? 1;
  const title =
    findings.length === 0
      ? 'Everything the actions use is permitted'
      : `${plural(errors, 'thing is', 'things are')} missing, ${plural(findings.length - errors, 'warning')}`;
  return {
    status: 'completed',
    conclusion: errors > 0 ? 'failure' : 'success',
    title,
    summary: [
      `Images, backends and datasets against the permissions of project ${code(project)}.`,
      '',
      ...findings.map(
        (each) =>
          `- ${each.action ? `${code(each.action)}: ` : ''}${prose(each.message)} ${prose(each.hint)} (${each.code})`,
      ),
    ].join('\n'),
    annotations: findings.map((each) => ({
      path: 'project.yaml',
      line: lineOf(each.action),
      severity: each.severity,
      title: each.code,
      message: `${each.message}\n${each.hint}`,
    })),
    actions: [],
  };
}

/** There is nothing to compare with. */
export function accessUnknown(why: string): CheckContent {
  return {
    status: 'completed',
    conclusion: 'neutral',
    title: why,
    summary: why,
    annotations: [],
    actions: [],
  };
}
