/** The banner of pages about something that stands still. */
import type { VNode } from 'preact';
import type { Paused } from '../../src/record/record.ts';
import { TimeOf } from '../ui/shell.tsx';

export function PausedBanner({ paused }: { paused: readonly Paused[] }): VNode | null {
  if (paused.length === 0) return null;
  return (
    <div class="flash flash-warn mb-3" role="status" data-testid="paused">
      {paused.map(({ scope, at }) => (
        <p class="mb-0">
          <strong>Paused</strong> since <TimeOf at={at} />:{' '}
          {scope.kind === 'all' ? (
            'everything here'
          ) : (
            <>
              {scope.kind}{' '}
              <a
                href={`${scope.kind === 'project' ? '/projects' : '/status'}/${encodeURIComponent(scope.id)}`}
              >
                {scope.id}
              </a>
            </>
          )}
          . Nothing runs, is looked at, released or published until two of the governance team lift this.
        </p>
      ))}
    </div>
  );
}
