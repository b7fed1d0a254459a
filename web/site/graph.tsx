/** A pipeline as a picture; the table beneath says the same in words. */
import type { VNode } from 'preact';
import { BOX, drawingOf, labelOf } from '../../src/record/record.ts';

export interface GraphProps {
  label: string;
  nodes: readonly { id: string; label: string; state: string; needs: readonly string[] }[];
}

export function Graph({ label, nodes }: GraphProps): VNode {
  const drawing = drawingOf(nodes);
  if (!drawing) return <p class="color-fg-muted">There are too many jobs to draw.</p>;
  const { width, height, boxes, arrows } = drawing;
  return (
    <div class="sp-graph mb-3" tabIndex={0} role="region" aria-label="Pipeline">
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={label}
        data-testid="graph"
      >
        {arrows.map((path) => (
          <path d={path} />
        ))}
        {boxes.map(({ node, x, y }) => (
          <>
            <rect x={x} y={y} width={BOX.width} height={BOX.height} rx={6} class={`sp-box-${node.state}`} />
            <text x={x + 10} y={y + 18}>
              {labelOf(node.label)}
            </text>
            <text x={x + 10} y={y + 35} class="sp-box-state">
              {node.state}
            </text>
          </>
        ))}
      </svg>
    </div>
  );
}
