/** What operators do: to a backend and its jobs by way of the hub, and in a zone, as its agent tells. Of a zone the deed and its time, nothing of what it holds. */
import { z } from 'zod';
import { OTHER_DEED, ZONE_DEEDS } from '../protocol/deeds.ts';
import { count, text, time, word, type Kind } from './kind.ts';

export const OPERATOR_KINDS: readonly Kind[] = [
  {
    type: 'policy',
    of: 'backend',
    event: ['maintenance'],
    says: 'The operator told when the database of a backend is maintained: jobs that ask it wait from then on, and those that run are put back into the queue.',
    body: { from: time, until: time.nullable(), why: text },
  },
  {
    type: 'policy',
    of: 'backend',
    event: ['maintenance-ended'],
    says: 'The operator ended the maintenance of a database, or called it off.',
    body: { why: text },
  },
  {
    type: 'policy',
    of: 'backend',
    event: ['database-maintained', 'database-available'],
    says: 'The database of a backend told its agent that it is being maintained, and jobs that ask it wait from then on; or that this is over.',
    body: {},
  },
  {
    type: 'policy',
    of: 'backend',
    event: ['reboot-prepared'],
    says: 'The operator had so many running jobs of a backend stopped and put back into the queue, to start its machine anew.',
    body: { jobs: count, why: text },
  },
  {
    type: 'job',
    of: 'job',
    event: ['reset'],
    says: 'The operator had a running job stopped and put back into the queue; or the hub, because the database it asks is being maintained.',
    body: {
      request: word,
      attempts: count,
      because: z.enum(['waiting_on_new_task', 'waiting_on_reboot', 'waiting_on_db_maintenance']),
      why: text,
    },
  },
  {
    type: 'job',
    of: 'job',
    event: ['hastened'],
    says: 'The operator let a job that was held back for a while start at once.',
    body: { request: word, why: text },
  },
  {
    type: 'job',
    of: 'job',
    event: ['asked-again'],
    says: 'The operator had a job that failed run again, as a new job in a request of its own.',
    body: { request: word, of: word, why: text },
  },
  {
    type: 'policy',
    of: 'hub',
    event: ['hub-backed-up', 'hub-restored', 'hub-verified', 'hub-reconciled', 'hub-drained'],
    says: 'The operator backed up the hub, restored it from a backup, looked whether its record and state agree, had GitHub written again from state, or ended one of its processes.',
    body: { why: text, at: time.optional() },
  },
  {
    type: 'policy',
    of: 'zone',
    event: [...ZONE_DEEDS, OTHER_DEED],
    says: 'An operator did this in a zone, as its agent tells, or the airlock that stands still with it.',
    body: { at: time, workspace: word.nullable() },
  },
];
