/** Projects that are written once for many, for the tests of that. */
import { readProject, type Pipeline } from '../../src/pipeline/pipeline.ts';

/** An action for each x of 1 and 2, with these lines changed or added. */
export function forEach(...lines: string[]): string {
  const parts = new Map<string, string>([
    ['name', 'a_<x>:'],
    ['for_each', 'for_each: {x: [1, 2]}'],
    ['run', 'run: r:v1 a.R <x>'],
    ['outputs', 'outputs: {highly_sensitive: {d: a_<x>.csv}}'],
  ]);
  for (const line of lines) parts.set(line.split(':', 1)[0]!, line);
  const name = lines.find((line) => line.endsWith(':')) ?? parts.get('name')!;
  const rest = [...parts].filter(
    ([key, line]) => key !== 'name' && !line.endsWith(':') && line !== 'for_each: -',
  );
  return ['version: 5', 'actions:', `  ${name}`, ...rest.map(([, line]) => `    ${line}`), ''].join('\n');
}

/** Actions made for each, and one more with these lines. */
export function withOne(...lines: string[]): string {
  const one = ['  one:', ...lines.map((line) => `    ${line}`)];
  return `${forEach()}${one.join('\n')}\n    run: r:v1 one.R\n    outputs: {highly_sensitive: {d: one.csv}}\n`;
}

export const needsOf = (text: string, action: string): string[] | undefined =>
  readProject(text).pipeline?.actions.find(({ name }) => name === action)?.needs;

export const withoutPlaces = ({ actions }: Pipeline): unknown =>
  actions.map(({ at: _at, origin: _origin, outputs, ...action }) => ({
    ...action,
    outputs: outputs.map(({ at: _place, ...output }) => output),
  }));
