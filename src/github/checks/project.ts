/** `sallyport/project`: is project.yaml valid, and what does it say? */
import type { Diagnostic, Pipeline, ProjectReading } from '../../pipeline/types.ts';
import { codeCell, prose } from '../markdown.ts';
import { BUTTONS, MOST_ANNOTATIONS, plural, type Annotation, type CheckContent } from './content.ts';

export type ProjectAtCommit =
  | { kind: 'missing' }
  | { kind: 'too-large' }
  | { kind: 'read'; reading: ProjectReading };

/** `graph`: the pipeline as a drawing in Markdown. The button appears only here, on a completed and valid run. */
export function projectCheck(project: ProjectAtCommit, graph: (pipeline: Pipeline) => string): CheckContent {
  if (project.kind === 'missing') {
    return {
      status: 'completed',
      conclusion: 'neutral',
      title: 'No project.yaml at this commit',
      summary:
        'This commit has no `project.yaml` in its top folder, so there is nothing to check or run. Add one and push.',
      annotations: [],
      actions: [],
    };
  }
  if (project.kind === 'too-large') {
    return {
      status: 'completed',
      conclusion: 'failure',
      title: 'project.yaml is larger than 10 MB',
      summary:
        '`project.yaml` is larger than 10 MB and was not read. Split the study, or take generated parts out.',
      annotations: [
        {
          path: 'project.yaml',
          line: 1,
          severity: 'error',
          title: 'Too large',
          message: 'The file is larger than 10 MB and was not read. (project.too-large)',
        },
      ],
      actions: [],
    };
  }
  const { pipeline, diagnostics } = project.reading;
  const annotations = diagnostics.map(annotation);
  const errors = diagnostics.filter((each) => each.severity === 'error').length;
  const warnings = diagnostics.length - errors;
  const warned = warnings > 0 ? `, ${plural(warnings, 'warning')}` : '';
  if (!pipeline) {
    return {
      status: 'completed',
      conclusion: 'failure',
      title: `${plural(errors, 'error')}${warned} in project.yaml`,
      summary: [
        `\`project.yaml\` cannot be run: ${plural(errors, 'error')}${warned}.`,
        '',
        ...faultList(diagnostics),
      ].join('\n'),
      annotations,
      actions: [],
    };
  }
  return {
    status: 'completed',
    conclusion: 'success',
    title: `${plural(pipeline.actions.length, 'action')}${warned}`,
    summary: [
      `\`project.yaml\` is valid: ${plural(pipeline.actions.length, 'action')}${warned}.`,
      '',
      graph(pipeline),
      '',
      ...faultList(diagnostics),
    ].join('\n'),
    text: actionTable(pipeline),
    annotations,
    actions: [BUTTONS.runAll],
  };
}

function annotation(each: Diagnostic): Annotation {
  return {
    path: 'project.yaml',
    line: each.line,
    column: each.column,
    ...(each.endColumn && { endColumn: each.endColumn }),
    severity: each.severity,
    title: each.code,
    message: [each.message, each.hint].filter(Boolean).join('\n'),
  };
}

function faultList(diagnostics: Diagnostic[]): string[] {
  const shown = diagnostics
    .slice(0, 50)
    .map(
      (each) =>
        `- line ${each.line}: ${prose(each.message)}${each.hint ? ` ${prose(each.hint)}` : ''} (${each.code})`,
    );
  const rest = diagnostics.length - Math.min(diagnostics.length, MOST_ANNOTATIONS);
  return [
    ...shown,
    ...(rest > 0
      ? ['', `${rest} more are not marked on the lines; \`sallyport check\` lists them all.`]
      : []),
  ];
}

function actionTable(pipeline: Pipeline): string {
  const rows = pipeline.actions.slice(0, 300).map((action) => {
    const needs = action.needs.map(codeCell).join(', ');
    const outputs = action.outputs
      .map((each) => `${codeCell(each.pattern)} ${each.level.replace('_', ' ')}`)
      .join('<br>');
    return `| ${codeCell(action.name)} | ${codeCell(`${action.image.name}:${action.image.tag}`)} | ${needs} | ${outputs} |`;
  });
  const rest = pipeline.actions.length - rows.length;
  return [
    '| action | image | needs | outputs |',
    '| --- | --- | --- | --- |',
    ...rows,
    ...(rest > 0 ? ['', `and ${plural(rest, 'more action')}`] : []),
  ].join('\n');
}
