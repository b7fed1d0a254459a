/** What the viewer shows instead of anything else while all of it stands still. */
import type { FrozenHere } from '../../../agent/airlock/face.ts';
import { scopeText } from '../../../src/governance/governance.ts';
import { isoTime } from '../../../src/lib/clock.ts';
import type { PageParts } from '../parts.ts';

export function pausedPage({ scope, at, by }: FrozenHere): PageParts {
  const what = by === 'zone' || scope.kind === 'all' ? 'The viewer' : `The ${scopeText(scope)}`;
  const who = by === 'zone' ? 'the operator of this zone' : 'governance';
  return {
    title: 'Paused',
    body: (
      <div class="va-refusal Box" role="alert" data-testid="paused">
        <h1 class="h3">
          {what} is paused by {who}
        </h1>
        <p>
          Since <time datetime={isoTime(at)}>{isoTime(at).slice(0, 16).replace('T', ' ')} UTC</time> nothing
          is shown, signed or sent from here.
        </p>
        <p>
          What you did is kept, and a release that was under way goes on when this is lifted. Whoever paused
          it says why.
        </p>
        <p>
          <a class="btn" href="/">
            Look again
          </a>
        </p>
      </div>
    ),
  };
}
