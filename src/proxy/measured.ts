/** Requests upstream, each with the time until its answer begins: what the proxy itself adds is the rest. */
import type { Dispatcher } from 'undici';
import type { Clock } from '../lib/clock.ts';
import type { UpstreamCounts, UpstreamName } from './metrics.ts';

type Handler = Dispatcher.DispatchHandler;

/** Does as `dispatcher` does. Whoever closes it closes the one that was given. */
export function measured(
  dispatcher: Dispatcher,
  upstream: UpstreamName,
  { counts, clock }: { counts: UpstreamCounts; clock: Clock },
): Dispatcher {
  return dispatcher.compose((dispatch) => (options, handler) => {
    const from = clock.now();
    const watching: Handler = {
      onRequestStart: (...said) => handler.onRequestStart?.(...said),
      onRequestUpgrade: (...said) => handler.onRequestUpgrade?.(...said),
      onResponseStart(...said) {
        counts.answered(upstream, clock.now() - from);
        return handler.onResponseStart?.(...said);
      },
      onResponseData: (...said) => handler.onResponseData?.(...said),
      onResponseEnd: (...said) => handler.onResponseEnd?.(...said),
      onResponseError(...said) {
        counts.failed(upstream);
        return handler.onResponseError?.(...said);
      },
    };
    return dispatch(options, watching);
  });
}
