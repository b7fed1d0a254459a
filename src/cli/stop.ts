/** How work that takes a while is stopped by Ctrl-C, by its machine, or because nobody reads it any more. */
import { WORDS } from '../../agent/laptop.ts';
import type { Screen } from './run-show.ts';

/** As a shell says it: 128 and the number of the signal. */
export const EXIT_CODES = { SIGINT: 130, SIGPIPE: 141, SIGTERM: 143 } as const;

type Signal = keyof typeof EXIT_CODES;

/** The first signal stops in order, the second at once. */
export function stopOnSignals(screen: Pick<Screen, 'close' | 'say'>): {
  signal: AbortSignal;
  by(): Signal | undefined;
  leave(): void;
} {
  const stopping = new AbortController();
  let by: Signal | undefined;
  const stop = (signal: Signal): void => {
    if (by) {
      screen.close();
      process.exit(EXIT_CODES[signal]);
    }
    by = signal;
    screen.say(WORDS.stopping);
    stopping.abort();
  };
  // Whoever read this has gone (`sallyport run | head`): nobody would learn how it goes on.
  const unread = (): void => {
    if (!by) stop('SIGPIPE');
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  process.stdout.on('error', unread);
  return {
    signal: stopping.signal,
    by: () => by,
    leave() {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
    },
  };
}
