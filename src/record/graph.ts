/**
 * Where the boxes and arrows of a pipeline go when it is drawn. Pure.
 *
 * Actions stand in columns: each one to the right of everything it needs. Numbers are pixels.
 */
export interface Node {
  id: string;
  label: string;
  state: string;
  needs: readonly string[];
}

export interface Box {
  node: Node;
  x: number;
  y: number;
}

export interface Drawing {
  width: number;
  height: number;
  boxes: Box[];
  /** Paths in the language of SVG. */
  arrows: string[];
}

export const BOX = { width: 180, height: 44 };
const GAP = { x: 48, y: 16 };
const EDGE = 8;
/** Beyond that nobody can read it. */
const MOST = { boxes: 100, arrows: 400 };

/** Undefined when there is nothing to draw, or too much. */
export function drawingOf(nodes: readonly Node[]): Drawing | undefined {
  const arrows = nodes.reduce((sum, { needs }) => sum + needs.length, 0);
  if (nodes.length === 0 || nodes.length > MOST.boxes || arrows > MOST.arrows) return undefined;
  const columns = columnsOf(nodes);
  const heights: number[] = [];
  const boxes = new Map<string, Box>();
  for (const node of nodes) {
    const column = columns.get(node.id)!;
    const row = (heights[column] ??= 0);
    heights[column] = row + 1;
    boxes.set(node.id, {
      node,
      x: EDGE + column * (BOX.width + GAP.x),
      y: EDGE + row * (BOX.height + GAP.y),
    });
  }
  return {
    width: 2 * EDGE + heights.length * (BOX.width + GAP.x) - GAP.x,
    height: 2 * EDGE + Math.max(...heights) * (BOX.height + GAP.y) - GAP.y,
    boxes: [...boxes.values()],
    arrows: nodes.flatMap(({ id, needs }) =>
      needs.flatMap((need) => {
        const from = boxes.get(need);
        return from ? [arrow(from, boxes.get(id)!)] : [];
      }),
    ),
  };
}

/** Length of the longest way to each; what would go round in a circle stays where it was met. */
function columnsOf(nodes: readonly Node[]): Map<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const columns = new Map<string, number>();
  const visit = (id: string): number => {
    const known = columns.get(id);
    if (known !== undefined) return known;
    columns.set(id, 0);
    const needs = (byId.get(id)?.needs ?? []).filter((need) => byId.has(need));
    const column = needs.reduce((most, need) => Math.max(most, visit(need) + 1), 0);
    columns.set(id, column);
    return column;
  };
  for (const { id } of nodes) visit(id);
  return columns;
}

function arrow(from: Box, to: Box): string {
  const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2];
  const [x2, y2] = [to.x, to.y + BOX.height / 2];
  const bend = GAP.x / 2;
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}

/** Cut to what fits into a box. */
export function labelOf(text: string, longest = 24): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
