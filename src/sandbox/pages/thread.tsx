/** What was said about an issue and what was done to it, in order. */
import type { VNode } from 'preact';
import { CommentCard } from './comments.tsx';
import { ButtonForm, Time, type View } from './layout.tsx';
import type { Happening, Issue, User } from './shapes.ts';

export function Thread({ happenings }: { happenings: Happening[] }): VNode {
  return (
    <div data-testid="comments">
      {happenings.map((one) =>
        one.event === 'commented' ? <CommentCard comment={one} /> : <Deed deed={one} />,
      )}
    </div>
  );
}

function Deed({ deed }: { deed: Happening }): VNode {
  return (
    <p class="color-fg-muted text-small my-3" data-testid={`event ${deed.event}`}>
      <strong>{deed.actor?.login ?? 'ghost'}</strong> {said(deed)} · <Time at={deed.created_at} />
    </p>
  );
}

function said(deed: Happening): string {
  if (deed.event === 'labeled') return `added the label ${deed.label?.name ?? ''}`;
  if (deed.event === 'unlabeled') return `took off the label ${deed.label?.name ?? ''}`;
  if (deed.event === 'assigned') return `assigned ${deed.assignee?.login ?? ''}`;
  if (deed.event === 'unassigned') return `unassigned ${deed.assignee?.login ?? ''}`;
  if (deed.event === 'renamed') return `changed the title from "${deed.rename?.from ?? ''}"`;
  return `${deed.event} this`;
}

export function Assignees(props: { view: View; base: string; issue: Issue; able: User[] }): VNode {
  const { view, base, issue, able } = props;
  const held = issue.assignees.map((one) => one.login);
  return (
    <div class="mb-4" data-testid="assignees">
      <h2 class="f5 mb-2">Assignees</h2>
      <p>{held.join(', ') || 'Nobody'}</p>
      {view.session.login && able.length > 0 ? (
        <details>
          <summary class="text-small">Assign</summary>
          {able.map(({ login }) => (
            <div class="mb-1">
              <ButtonForm
                view={view}
                action={`${base}/assignee`}
                label={`${held.includes(login) ? '− ' : '+ '}${login}`}
                testid={`assign ${login}`}
                fields={{ login, on: held.includes(login) ? '' : '1' }}
              />
            </div>
          ))}
        </details>
      ) : null}
    </div>
  );
}
