/** What governance does not name any more, and the record still does: old pages lead here, not to nothing. */
import type { VNode } from 'preact';
import type { LedgerLine } from '../../src/record/record.ts';
import { PageHead, TimeOf } from '../ui/shell.tsx';

export function GonePage(props: {
  title: string;
  says: string;
  requests: string;
  entries: readonly LedgerLine[];
}): VNode {
  const { title, says, requests, entries } = props;
  return (
    <>
      <PageHead title={title} about={says} />
      <p>
        <a href={requests}>What was asked to run</a> stays in the record, and so does what the ledger says:
      </p>
      <ul class="ml-4 mb-3" data-testid="entries">
        {entries.map(({ place, time, type, event }) => (
          <li>
            <TimeOf at={Date.parse(time)} />:{' '}
            {place === null ? `${type} ${event}` : <a href={`/ledger/${place}`}>{`${type} ${event}`}</a>}
          </li>
        ))}
      </ul>
    </>
  );
}
