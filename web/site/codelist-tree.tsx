/** The codes of a version in the hierarchy of their system: short lists whole, long ones a step at a time. */
import type { VNode } from 'preact';
import type { MembersDeps } from '../../src/members/members.ts';
import { codesOf, edgesIn, treeOf, type ShownVersion } from '../../src/registry/registry.ts';
import { versionPath } from './codelists.tsx';

/** Codes that are drawn whole. */
const MOST_WHOLE = 1000;
/** A system nests less deep; a page must not. */
const DEEPEST = 30;

interface Node {
  code: string;
  term: string;
}

export type ShownTree =
  | { kind: 'whole'; roots: Node[]; below: ReadonlyMap<string, Node[]> }
  | { kind: 'step'; under: string; codes: (Node & { below: number })[]; more: boolean };

export async function treeFor(
  db: MembersDeps['db'],
  { version, system }: { version: ShownVersion; system: string },
  under: string,
): Promise<ShownTree> {
  const of = { version: version.id, system };
  if (version.codes > MOST_WHOLE) {
    const { codes, more } = await treeOf(db, of, under === '' ? undefined : under);
    return { kind: 'step', under, codes, more };
  }
  const codes = await codesOf(db, version.id);
  const terms = new Map(codes.map(({ code, term }) => [code, term]));
  const below = new Map<string, Node[]>();
  const held = new Set<string>();
  for (const { parent, child } of await edgesIn(db, of)) {
    held.add(child);
    const children = below.get(parent) ?? [];
    children.push({ code: child, term: terms.get(child) ?? '' });
    below.set(parent, children);
  }
  return { kind: 'whole', roots: codes.filter(({ code }) => !held.has(code)), below };
}

export function Tree({ id, tree }: { id: string; tree: ShownTree }): VNode {
  if (tree.kind === 'whole')
    return <Branch nodes={tree.roots} below={tree.below} drawn={new Set()} depth={0} />;
  return (
    <div data-testid="tree" class="mb-3">
      {tree.under === '' ? null : (
        <p>
          Below <code>{tree.under}</code>. <a href={`${versionPath(id)}?view=tree`}>To the top</a>
        </p>
      )}
      <ul class="ml-4">
        {tree.codes.map(({ code, term, below }) => (
          <li>
            <code>{code}</code> {term}
            {below > 0 ? (
              <>
                {' '}
                <a href={`${versionPath(id)}?view=tree&under=${encodeURIComponent(code)}`}>{below} below</a>
              </>
            ) : null}
          </li>
        ))}
      </ul>
      {tree.more ? <p class="color-fg-muted">There are more; the view of codes has all of them.</p> : null}
    </div>
  );
}

/** A code may stand below several: what is below it is drawn once, or the ways through a system would be without end. */
function Branch(props: {
  nodes: readonly Node[];
  below: ReadonlyMap<string, Node[]>;
  drawn: Set<string>;
  depth: number;
}): VNode {
  const { nodes, below, drawn, depth } = props;
  return (
    <ul class={depth === 0 ? 'sp-tree mb-3' : 'sp-tree'} data-testid={depth === 0 ? 'tree' : undefined}>
      {nodes.map(({ code, term }) => {
        const children = depth < DEEPEST ? (below.get(code) ?? []) : [];
        const label = (
          <>
            <code>{code}</code> {term}
          </>
        );
        if (children.length === 0) return <li>{label}</li>;
        if (drawn.has(code))
          return (
            <li>
              {label} <span class="color-fg-muted">with what is below it elsewhere here</span>
            </li>
          );
        drawn.add(code);
        return (
          <li>
            <details open={depth < 2}>
              <summary>
                {label} <span class="Counter">{children.length}</span>
              </summary>
              <Branch nodes={children} below={below} drawn={drawn} depth={depth + 1} />
            </details>
          </li>
        );
      })}
    </ul>
  );
}
