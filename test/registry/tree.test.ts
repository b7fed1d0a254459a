/** A hierarchy in which codes have several parents, as large systems have. */
import { expect, test } from '@jest/globals';
import { renderToString } from 'preact-render-to-string';
import { Tree, type ShownTree } from '../../web/site/codelist-tree.tsx';

const LEVELS = 20;

/** Each level has two codes, and both stand below both of the level above: a million ways to the lowest. */
function ladder(): ShownTree {
  const of = (level: number) => ['a', 'b'].map((side) => ({ code: `${side}${level}`, term: '' }));
  const below = new Map(
    Array.from({ length: LEVELS }, (_, level) =>
      of(level).map(({ code }) => [code, of(level + 1)] as const),
    ).flat(),
  );
  return { kind: 'whole', roots: of(0), below };
}

test('what stands below several codes is drawn below one of them, and named below the others', () => {
  const html = renderToString(Tree({ id: 'org/x/v1', tree: ladder() }));
  expect(html.match(/<code>a20<\/code>/g)).toHaveLength(2);
  expect(html.match(/<code>/g)!.length).toBeLessThanOrEqual(2 + 4 * LEVELS);
  expect(html).toContain(
    '<code>b1</code>  <span class="color-fg-muted">with what is below it elsewhere here</span>',
  );
});
