/**
 * Circles in a graph: the shortest through the first node of each knot (strongly connected component),
 * and every node that points at itself. Walked without recursion, linear in nodes and edges.
 */

/** edges[i]: the nodes that node i points at. Each answer begins at its lowest node. */
export function cycles(edges: readonly (readonly number[])[]): number[][] {
  const knots = components(edges);
  const found: number[][] = [];
  for (const members of knots) {
    const first = members.reduce((least, node) => Math.min(least, node));
    for (const node of members) if (edges[node]!.includes(node)) found.push([node]);
    if (members.length > 1) found.push(shortest(edges, first, new Set(members)));
  }
  return found;
}

/** Tarjan's algorithm with its own stack. */
function components(edges: readonly (readonly number[])[]): number[][] {
  const order = new Array<number>(edges.length).fill(-1);
  const low = new Array<number>(edges.length).fill(0);
  const open = new Array<boolean>(edges.length).fill(false);
  const path: number[] = [];
  const out: number[][] = [];
  let clock = 0;
  const enter = (node: number): { node: number; next: number } => {
    order[node] = low[node] = clock;
    clock += 1;
    open[node] = true;
    path.push(node);
    return { node, next: 0 };
  };
  for (let start = 0; start < edges.length; start += 1) {
    if (order[start] !== -1) continue;
    const calls = [enter(start)];
    while (calls.length > 0) {
      const call = calls.at(-1)!;
      const target = edges[call.node]![call.next];
      call.next += 1;
      if (target !== undefined) {
        if (order[target] === -1) calls.push(enter(target));
        else if (open[target]) low[call.node] = Math.min(low[call.node]!, order[target]!);
        continue;
      }
      calls.pop();
      const caller = calls.at(-1);
      if (caller) low[caller.node] = Math.min(low[caller.node]!, low[call.node]!);
      if (low[call.node] !== order[call.node]) continue;
      const members = path.splice(path.lastIndexOf(call.node));
      for (const member of members) open[member] = false;
      out.push(members);
    }
  }
  return out;
}

/** Breadth first from `start` back to it, inside its knot. */
function shortest(
  edges: readonly (readonly number[])[],
  start: number,
  inside: ReadonlySet<number>,
): number[] {
  const from = new Map<number, number>();
  const queue = [start];
  for (let at = 0; !from.has(start); at += 1) {
    const node = queue[at]!;
    for (const target of edges[node]!) {
      if (!inside.has(target) || from.has(target) || (target === start && node === start)) continue;
      from.set(target, node);
      queue.push(target);
    }
  }
  const circle: number[] = [];
  for (let node = from.get(start)!; node !== start; node = from.get(node)!) circle.push(node);
  return [start, ...circle.reverse()];
}
