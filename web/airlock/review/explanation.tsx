/** Context and controls of a group, as its author wrote them. */
import type { VNode } from 'preact';
import { contextFields } from '../../../agent/airlock/context.ts';
import type { Controls } from '../../../src/release/types.ts';
import { Markdown } from './markdown.tsx';
import { METHOD_WORDS } from '../words.ts';

export function Explanation({ context, controls }: { context: string; controls: Controls | null }): VNode {
  const said = contextFields(context);
  const figures = (
    [
      ['Population', said.population],
      ['Population size', said.populationSize],
      ['n', said.n],
      ['Degrees of freedom', said.df],
    ] as const
  ).filter(([, value]) => value !== '');
  return (
    <div data-testid="explanation">
      <h3 class="ar-small-heading">Context</h3>
      {context.trim() === '' ? (
        <p class="color-fg-danger">There is no context.</p>
      ) : (
        <>
          {said.text === '' ? null : <Markdown text={said.text} />}
          {figures.length === 0 ? null : (
            <dl class="ar-controls">
              {figures.map(([name, value]) => (
                <>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </>
              ))}
            </dl>
          )}
        </>
      )}
      <h3 class="ar-small-heading">Controls</h3>
      {controls === null ? (
        <p class="color-fg-danger">No controls are given.</p>
      ) : (
        <>
          <dl class="ar-controls">
            <dt>Method</dt>
            <dd>{METHOD_WORDS[controls.method] ?? controls.method}</dd>
            <dt>Suppressed up to</dt>
            <dd>{controls.threshold ?? 'nothing'}</dd>
            <dt>Rounded to</dt>
            <dd>{controls.base ?? 'not rounded'}</dd>
          </dl>
          {controls.text.trim() === '' ? null : <Markdown text={controls.text} />}
        </>
      )}
    </div>
  );
}
