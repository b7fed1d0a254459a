/** What several pages of released files share: names, states, addresses. */
import type { ComponentChildren, VNode } from 'preact';
import { personById, type Governance } from '../../src/governance/governance.ts';
import type { Place } from '../../src/members/members.ts';
import type { PublicationView } from '../../src/publication/publication.ts';

export function Scroll(props: { label: string; children: VNode }): VNode {
  return (
    <div class="sp-scroll" tabIndex={0} role="region" aria-label={props.label}>
      {props.children}
    </div>
  );
}

/** Words of a column, how wide it is (as its words need when left out), and whether they are read out only. */
type Head = readonly [says: string, width?: 'name' | 'short' | 'num', unseen?: 'unseen'];

export function Heads({ of }: { of: readonly Head[] }): VNode {
  return (
    <thead>
      <tr>
        {of.map(([says, width, unseen]) => (
          <th scope="col" class={width && `sp-${width}`}>
            {unseen ? <span class="sr-only">{says}</span> : says}
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** A list that scrolls by itself where it is too wide; children are its rows. */
export function Table(props: {
  label: string;
  name?: string;
  heads: readonly Head[];
  children: ComponentChildren;
}): VNode {
  return (
    <Scroll label={props.label}>
      <table class="sp-table" data-testid={props.name}>
        <Heads of={props.heads} />
        <tbody>{props.children}</tbody>
      </table>
    </Scroll>
  );
}

export const STATE_SAYS = {
  draft: 'waits for a publisher',
  approved: 'approved, on its way',
  published: 'public',
  rejected: 'rejected',
  withdrawn: 'withdrawn',
} as const satisfies Record<PublicationView['state'], string>;

export function PublicationState({ state }: Pick<PublicationView, 'state'>): VNode {
  const tone = { draft: '', approved: '', published: 'success', rejected: 'danger', withdrawn: 'danger' };
  return <span class={`Label ${tone[state] ? `Label--${tone[state]}` : ''}`}>{STATE_SAYS[state]}</span>;
}

export const publishAddress = ({ project, backend, workspace }: Place): string =>
  `/publish/${[project, backend, workspace].map(encodeURIComponent).join('/')}`;

export const titleOf = (g: Governance | undefined, project: string): string =>
  g?.projects.find(({ id }) => id === project)?.title ?? project;
export const backendName = (g: Governance | undefined, backend: string): string =>
  g?.backends.find(({ id }) => id === backend)?.name ?? backend;
export const nameOf = (g: Governance | undefined, person: number): string =>
  (g && personById(g, person)?.name) ?? `account ${person}`;
