/** A picture of the pipeline for a GitHub summary: actions as boxes, needs as arrows. */
import type { Pipeline } from './types.ts';

/** GitHub draws up to 50,000 characters and 500 arrows; beyond a hundred boxes nobody can read it. */
export const DRAWN_BY_GITHUB = { boxes: 100, arrows: 400 } as const;

const CLASSES = {
  database: 'fill:#ddf4ff,stroke:#0969da,color:#1f2328',
  succeeded: 'fill:#dafbe1,stroke:#1a7f37,color:#1f2328',
  failed: 'fill:#ffebe9,stroke:#cf222e,color:#1f2328',
  running: 'fill:#fff8c5,stroke:#9a6700,color:#1f2328',
  pending: 'fill:#f6f8fa,stroke:#59636e,color:#1f2328',
} as const;

/**
 * Markdown: a fenced mermaid graph, or a sentence where the pipeline is too large to be drawn (never, when `whole`).
 * states: `pending`, `running`, `succeeded` or `failed` by action; others are shown without colour.
 */
export function mermaid(pipeline: Pipeline, states?: ReadonlyMap<string, string>, whole = false): string {
  const { actions } = pipeline;
  const arrows = actions.reduce((sum, action) => sum + action.needs.length, 0);
  if (actions.length === 0) return 'The pipeline has no actions.';
  if (!whole && (actions.length > DRAWN_BY_GITHUB.boxes || arrows > DRAWN_BY_GITHUB.arrows)) {
    return `The pipeline has ${actions.length.toLocaleString('en-GB')} actions and ${arrows.toLocaleString('en-GB')} needs, too many to draw.`;
  }
  const ids = new Map(actions.map((action, index) => [action.name, `a${index}`]));
  const lines = ['flowchart LR'];
  for (const { name, isDatabase } of actions) {
    const state = states?.get(name);
    const colour = state ?? (isDatabase ? 'database' : '');
    const label = state ? `${escaped(name)}<br/>${escaped(state)}` : escaped(name);
    const box = isDatabase ? `[("${label}")]` : `["${label}"]`;
    lines.push(`  ${ids.get(name)}${box}${Object.hasOwn(CLASSES, colour) ? `:::${colour}` : ''}`);
  }
  for (const { name, needs } of actions) {
    for (const need of needs) lines.push(`  ${ids.get(need)} --> ${ids.get(name)}`);
  }
  for (const [name, style] of Object.entries(CLASSES)) lines.push(`  classDef ${name} ${style}`);
  return ['```mermaid', ...lines, '```'].join('\n');
}

/** Mermaid reads `#code;` as a character and quotes, brackets and backticks as its own. */
function escaped(text: string): string {
  return text.replace(/[^A-Za-z0-9_. -]/gu, (char) => `#${char.codePointAt(0)};`);
}
