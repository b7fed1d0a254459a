/** Breaches that were reported: that there was one, and what became of the clock. No text, and not where. */
import type { Kind } from './kind.ts';

export const INCIDENT_KINDS: readonly Kind[] = [
  {
    type: 'alert',
    of: 'incident',
    event: ['incident-opened', 'incident-closed', 'incident-reopened'],
    says: 'Somebody reported a possible breach; or governance closed it, having written down in private what was done; or it was opened again.',
    body: {},
  },
];
