/** `/ledger/kinds`: every kind of entry that this hub writes, made from what it writes by. */
import type { VNode } from 'preact';
import { KINDS } from '../../src/ledger/ledger.ts';
import { PageHead } from '../ui/shell.tsx';
import { Table } from './parts.tsx';
import { pageHead, siteName } from './record-parts.tsx';
import type { RecordSite } from './record-site.ts';
import type { SitePages } from './visit.tsx';

const ABOUT =
  'What may stand in the ledger. An entry that is of none of these kinds, or has another field, is not written.';

export function kindPages(add: SitePages, { deps }: RecordSite): void {
  add.open('/ledger/kinds', (visit) => {
    visit.show({
      title: 'Kinds of entry',
      head: pageHead({
        ...{ origin: deps.origin, path: '/ledger/kinds', title: 'Kinds of entry', about: ABOUT },
        site: siteName(deps.governance()),
      }),
      body: <Kinds />,
    });
  });
}

function Kinds(): VNode {
  const sorted = [...KINDS].sort((a, b) => a.type.localeCompare(b.type) || a.of.localeCompare(b.of));
  return (
    <>
      <PageHead title="Kinds of entry" about={ABOUT} />
      <Table
        label="Kinds of entry"
        name="kinds"
        heads={[['Type', 'short'], ['Of', 'short'], ['Event'], ['What happened', 'name'], ['Fields']]}
      >
        {sorted.map(({ type, of, event, says, body }) => (
          <tr>
            <td class="sp-short">{type}</td>
            <td class="sp-short">{of}</td>
            <td>{event.join(', ')}</td>
            <td class="sp-name">{says}</td>
            <td>{Object.keys(body).join(', ') || '–'}</td>
          </tr>
        ))}
      </Table>
      <p>
        The same for programs, with what each field may hold: the{' '}
        <a href="/schemas/ledger/entry.json">JSON Schema</a>. Back to the <a href="/ledger">ledger</a>.
      </p>
    </>
  );
}
