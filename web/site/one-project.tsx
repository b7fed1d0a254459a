/** `/projects/<id>`: one project as governance has it. */
import type { VNode } from 'preact';
import type { Governance, Project } from '../../src/governance/governance.ts';
import { grantsOf, nameOf, type Paused } from '../../src/record/record.ts';
import { PageHead } from '../ui/shell.tsx';
import { Heads, Scroll } from './parts.tsx';
import { PausedBanner } from './paused.tsx';
import { Grants } from './grants.tsx';
import { GIVEN_HEADS, GivenCells, OrgLink } from './record-parts.tsx';

interface Props {
  g: Governance;
  project: Project;
  /** Of its repositories, by id. */
  names: ReadonlyMap<number, string>;
  github: string;
  paused: readonly Paused[];
}

export function OneProject({ g, project, names, github, paused }: Props): VNode {
  const { approval, copilot } = project;
  return (
    <>
      <PageHead title={project.title} about={project.summary} />
      <PausedBanner paused={paused} />
      <dl class="sp-facts" data-testid="facts">
        <dt>Number</dt>
        <dd>{project.number}</dd>
        <dt>Led by</dt>
        <dd>
          {[project.orgs.lead, ...project.orgs.others].map((org, at) => (
            <>
              {at > 0 ? ', with ' : ''}
              <OrgLink id={org} g={g} />
            </>
          ))}
        </dd>
        <dt>Status</dt>
        <dd>
          {project.status.replaceAll('_', ' ')}
          {project.status_since ? ` since ${project.status_since}` : ''}, until {project.until}
        </dd>
        <dt>Approved</dt>
        <dd>
          {approval.on}
          {approval.conditions.length > 0 ? (
            <ul class="ml-4">
              {approval.conditions.map(({ id, text, met_on }) => (
                <li>
                  {text} ({id}): {met_on ? `met on ${met_on}` : 'not met yet'}
                </li>
              ))}
            </ul>
          ) : null}
        </dd>
        <dt>Backends</dt>
        <dd>{project.backends.join(', ')}</dd>
        <dt>Repositories</dt>
        <dd>
          {project.repos.map(({ id, visibility }, at) => {
            const name = names.get(id);
            return (
              <>
                {at > 0 ? ', ' : ''}
                {name ? <a href={`${github}/${name}`}>{name}</a> : `repository ${id}`} ({visibility})
              </>
            );
          })}
        </dd>
        {copilot ? (
          <>
            <dt>Co-pilot</dt>
            <dd>
              <a href={`/people/${copilot.id}`}>{nameOf(g, copilot.id)}</a>, until {copilot.access_until}
            </dd>
          </>
        ) : null}
        <dt>Requests</dt>
        <dd>
          <a href={`/requests?project=${encodeURIComponent(project.id)}`}>what ran for this project</a>
        </dd>
      </dl>
      <h2 class="f4 mb-2">Members</h2>
      <Scroll label="Members">
        <table class="sp-table" data-testid="members">
          <Heads of={[['Name', 'name'], ['Roles'], ...GIVEN_HEADS]} />
          <tbody>
            {project.members.map(({ id, roles, from, until, reason }) => (
              <tr>
                <td class="sp-name">
                  <a href={`/people/${id}`}>{nameOf(g, id)}</a>
                </td>
                <td>{roles.join(', ')}</td>
                <GivenCells from={from} until={until} reason={reason} />
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <h2 class="f4 mb-2">Permissions</h2>
      <Grants grants={grantsOf(g, project.id)} g={g} />
    </>
  );
}
