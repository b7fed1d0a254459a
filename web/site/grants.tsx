/** Which project may use what: datasets, populations, components. */
import type { VNode } from 'preact';
import type { ShownGrant } from '../../src/record/record.ts';
import { Heads, Scroll } from './parts.tsx';
import { GIVEN_HEADS, GivenCells, ProjectLink } from './record-parts.tsx';

export function Grants({ grants }: { grants: readonly ShownGrant[] }): VNode {
  return (
    <Scroll label="What projects may use">
      <table class="sp-table" data-testid="grants">
        <Heads of={[['Permission', 'name'], ['Kind'], ['Project'], ...GIVEN_HEADS, ['Reference']]} />
        <tbody>
          {grants.map(({ kind, name, project, from, until, reason, ref }) => (
            <tr>
              <td class="sp-name">{name}</td>
              <td>{kind}</td>
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
