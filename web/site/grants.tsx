/** Which project may read which dataset. */
import type { VNode } from 'preact';
import type { ShownGrant } from '../../src/record/record.ts';
import { Heads, Scroll } from './parts.tsx';
import { GIVEN_HEADS, GivenCells, ProjectLink } from './record-parts.tsx';

export function Grants({ grants }: { grants: readonly ShownGrant[] }): VNode {
  return (
    <Scroll label="Datasets that may be read">
      <table class="sp-table" data-testid="grants">
        <Heads of={[['Dataset', 'name'], ['Project'], ...GIVEN_HEADS, ['Reference']]} />
        <tbody>
          {grants.map(({ dataset, project, from, until, reason, ref }) => (
            <tr>
              <td class="sp-name">{dataset}</td>
              <td>
                <ProjectLink id={project} />
              </td>
              <GivenCells from={from} until={until} reason={reason} />
              <td>{ref}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
