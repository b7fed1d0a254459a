/** The start page: repositories, and who is who. */
import type { VNode } from 'preact';
import { Layout, type View } from './layout.tsx';

export function Home({ view }: { view: View }): VNode {
  const { backend, session } = view;
  return (
    <Layout view={view} title="Repositories">
      <h1 class="f3 mb-3">Repositories</h1>
      <div class="Box mb-4" data-testid="repositories">
        {backend.repositories(session.login).map((repo) => (
          <div class="Box-row">
            <a class="text-bold" href={`/${repo.fullName}`}>
              {repo.fullName}
            </a>{' '}
            <span class="Label Label--secondary">{repo.private ? 'Private' : 'Public'}</span>
            {repo.description ? <div class="color-fg-muted text-small">{repo.description}</div> : null}
          </div>
        ))}
      </div>
      <h2 class="f4 mb-2">People</h2>
      <p class="color-fg-muted">Choose one at the top right: pages, buttons and comments are then theirs.</p>
      <div class="Box">
        {backend.people().map((person) => (
          <div class="Box-row">
            <strong>{person.login}</strong> {person.name} <span class="color-fg-muted">{person.note}</span>
          </div>
        ))}
      </div>
    </Layout>
  );
}
