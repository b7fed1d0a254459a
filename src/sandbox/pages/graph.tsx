/**
 * Draws the small part of Mermaid that our summaries use (`graph`/`flowchart`, boxes, arrows, classes) as SVG, as GitHub
 * shows it: boxes in columns by their depth. Anything else is left to be shown as text.
 */
import type { VNode } from 'preact';

interface Node {
  id: string;
  label: string;
  column: number;
  row: number;
}

const WIDTH = 190;
const HEIGHT = 34;
const GAP_X = 50;
const GAP_Y = 14;
const MOST = 200;
const BOX =
  /^\s*([A-Za-z0-9_]+)\s*(?:\[\["?|\[\("?|\(\["?|\["?|\("?|\{\{"?|\{"?)(.*?)(?:"?\]\]|"?\)\]|"?\]\)|"?\]|"?\)|"?\}\}|"?\})\s*(?::::[\w-]+)?\s*;?$/;
const ARROW = /^\s*([A-Za-z0-9_]+)\s*(?:-->|-\.->|==>)\s*(?:\|[^|]*\|\s*)?([A-Za-z0-9_]+)\s*;?$/;

/** Undefined when the text is no graph we can draw. */
export function drawMermaid(text: string): VNode | undefined {
  const [head, ...lines] = text.trim().split('\n');
  if (!/^\s*(graph|flowchart)\b/.test(head ?? '')) return undefined;
  const labels = new Map<string, string>();
  const arrows: [string, string][] = [];
  for (const line of lines) {
    const arrow = ARROW.exec(line);
    const box = arrow ? null : BOX.exec(line);
    if (arrow) arrows.push([arrow[1]!, arrow[2]!]);
    else if (box) labels.set(box[1]!, unescapeLabel(box[2]!));
  }
  for (const id of arrows.flat()) if (!labels.has(id)) labels.set(id, id);
  if (labels.size === 0 || labels.size > MOST) return undefined;
  return svg(place(labels, arrows), arrows);
}

function unescapeLabel(text: string): string {
  return text
    .replace(/<br\s*\/?>/g, ' · ')
    .replace(/#(\d+);/g, (_all, code: string) => String.fromCodePoint(Number(code)))
    .replace(/#quot;/g, '"');
}

/** Column = longest way from a start; cycles are cut by visiting each arrow at most once per round. */
function place(labels: Map<string, string>, arrows: [string, string][]): Node[] {
  const column = new Map([...labels.keys()].map((id) => [id, 0]));
  for (let round = 0; round < labels.size; round += 1) {
    let moved = false;
    for (const [from, to] of arrows) {
      const wanted = column.get(from)! + 1;
      if (wanted > column.get(to)! && wanted < labels.size) {
        column.set(to, wanted);
        moved = true;
      }
    }
    if (!moved) break;
  }
  const rows = new Map<number, number>();
  return [...labels].map(([id, label]) => {
    const at = column.get(id)!;
    const row = rows.get(at) ?? 0;
    rows.set(at, row + 1);
    return { id, label, column: at, row };
  });
}

function svg(nodes: Node[], arrows: [string, string][]): VNode {
  const x = (node: Node) => node.column * (WIDTH + GAP_X) + 4;
  const y = (node: Node) => node.row * (HEIGHT + GAP_Y) + 4;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const width = Math.max(...nodes.map(x)) + WIDTH + 8;
  const height = Math.max(...nodes.map(y)) + HEIGHT + 8;
  return (
    <div class="sp-graph">
      <svg
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label="Graph of the pipeline"
      >
        {arrows.map(([from, to]) => {
          const [a, b] = [byId.get(from)!, byId.get(to)!];
          const [x1, y1, x2, y2] = [x(a) + WIDTH, y(a) + HEIGHT / 2, x(b), y(b) + HEIGHT / 2];
          return <path d={`M${x1} ${y1} C${x1 + 25} ${y1} ${x2 - 25} ${y2} ${x2} ${y2} m-6 -4 l6 4 l-6 4`} />;
        })}
        {nodes.map((node) => (
          <g>
            <rect x={x(node)} y={y(node)} width={WIDTH} height={HEIGHT} rx="6" />
            <text x={x(node) + WIDTH / 2} y={y(node) + HEIGHT / 2 + 4} text-anchor="middle">
              {node.label.length > 28 ? `${node.label.slice(0, 27)}…` : node.label}
            </text>
          </g>
        ))}
      </svg>
    </div>
  );
}
