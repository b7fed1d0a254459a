/** Which project may use what: datasets, populations, components. */
import type { VNode } from 'preact';
import type { Governance } from '../../src/governance/governance.ts';
import type { ShownGrant } from '../../src/record/record.ts';
import { Heads, Scroll } from './parts.tsx';
import { GIVEN_HEADS, GivenCells, ProjectLink } from './record-parts.tsx';
import { hasSchema, schemaPath } from './schemas.tsx';

export function Grants({ grants, g }: { grants: readonly ShownGrant[]; g: Governance }): VNode {
  return (
    <Scroll label="What projects may use">
      <table class="sp-table" data-testid="grants">
        <Heads of={[['Permission', 'name'], ['Kind'], ['Project'], ...GIVEN_HEADS, ['Reference']]} />
        <tbody>
          {grants.map(({ kind, name, project, from, until, reason, ref }) => (
            <tr>
              <td class="sp-name">
                {kind === 'dataset' && hasSchema(g, name) ? <a href={schemaPath(name)}>{name}</a> : name}
              </td>
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
