/** Which project may read which dataset. */
import type { VNode } from 'preact';
import type { ShownGrant } from '../../src/record/record.ts';
import { Heads, Scroll } from './parts.tsx';
import { ProjectLink } from './record-parts.tsx';

export function Grants({ grants }: { grants: readonly ShownGrant[] }): VNode {
  return (
    <Scroll label="Datasets that may be read">
      <table class="sp-table" data-testid="grants">
        <Heads
          of={[
            ['Dataset', 'name'],
            ['Project'],
            ['From', 'short'],
            ['Until', 'short'],
            ['Reason'],
            ['Reference'],
          ]}
        />
        <tbody>
          {grants.map(({ dataset, project, from, until, reason, ref }) => (
            <tr>
              <td class="sp-name">{dataset}</td>
              <td>
                <ProjectLink id={project} />
              </td>
              <td class="sp-short">{from}</td>
              <td class="sp-short">{until}</td>
              <td>{reason}</td>
              <td>{ref}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
