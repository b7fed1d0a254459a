/** What the database room says to a person; all of it stays in the zone. */
import { refusal, type Refusal } from '../../src/lib/refusal.ts';

export const noDataset = (): Refusal =>
  refusal(
    'database.no-dataset-granted',
    'The project has been granted no dataset that this database holds.',
    'Ask the data controller for a grant in permissions/datasets.yml.',
  );

export const noAccount = (datasets: string[]): Refusal =>
  refusal(
    'database.no-account',
    `No database account is configured for exactly the datasets ${datasets.join(', ')}.`,
    'Add such a read-only account to zone.yml, or let the agent make roles.',
  );

export const unavailable = (): Refusal =>
  refusal(
    'database.unavailable',
    'The database could not be prepared for this job.',
    'Look at the log of the agent, then run the job again.',
  );

export const missingTable = (what: string): Refusal =>
  refusal(
    'database.missing-table',
    `A dataset in zone.yml names a table or schema that the database does not have: ${what}.`,
    'Correct the datasets in zone.yml.',
  );

export const tooOpen = (excess: string[], remedy: string): Refusal =>
  refusal(
    'database.too-open',
    `Every account of this database may do more than its grants say: ${excess.join(', ')}.`,
    remedy,
  );
