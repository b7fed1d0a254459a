import { readProject, type Pipeline } from '../../src/pipeline/pipeline.ts';

/** `P9 4:5` for each error, `(P6 4:5)` for each warning but that about an old version, in order of the text. */
export function findings(text: string): string[] {
  return readProject(text)
    .diagnostics.filter(({ code }) => code !== 'project.old-version')
    .map(({ code, severity, line, column }) =>
      severity === 'error' ? `${code} ${line}:${column}` : `(${code} ${line}:${column})`,
    );
}

/** A version 5 project of one action `a`, whose parts are given from line 4, indented by four. */
export function oneAction(...lines: string[]): string {
  return ['version: 5', 'actions:', '  a:', ...lines.map((line) => `    ${line}`), ''].join('\n');
}

/** One action with this command, in line 4 from column 10. */
export function withRun(run: string, version = 5): string {
  return oneAction(`run: ${run}`, 'outputs: {highly_sensitive: {data: output/data.csv}}').replace(
    '5',
    String(version),
  );
}

/** One action with one output, in line 5 from column 33. */
export function withPath(path: string, level = 'highly_sensitive'): string {
  return oneAction('run: python:v2 x', `outputs: {${level.padEnd(16)}: {d: ${JSON.stringify(path)}}}`);
}

export function pipelineOf(text: string): Pipeline {
  const { pipeline, diagnostics } = readProject(text);
  if (!pipeline) throw new Error(JSON.stringify(diagnostics, null, 1));
  return pipeline;
}

/** Actions with the given needs, and nothing else of interest. */
export function pipelineWith(needs: Record<string, string[]>): Pipeline {
  const actions = Object.entries(needs).map(([name, needed]) => [
    name,
    {
      run: `python:v2 python ${name}.py`,
      needs: needed,
      outputs: { highly_sensitive: { out: `${name}.csv` } },
    },
  ]);
  return pipelineOf(JSON.stringify({ version: 5, actions: Object.fromEntries(actions) }));
}
