/**
 * Connections to the hub that notice when nobody is at the other end any more.
 *
 * A firewall that refuses tells only the side that sends: whoever waits for the answer of an open poll would wait until
 * that poll's own end, a minute. A connection that is silent for two seconds is therefore tried by the kernel: a reset
 * is heard at once, and after ten tries in silence, a second apart, it counts as lost.
 */
import { Agent, type Dispatcher } from 'undici';
import { seconds } from '../lib/clock.ts';

const SILENCE_MS = seconds(2);
let line: Dispatcher | undefined;

/** One for the process: its connections are used again. */
export function lineToHub(): Dispatcher {
  line ??= new Agent({ connect: { keepAlive: true, keepAliveInitialDelay: SILENCE_MS } });
  return line;
}
