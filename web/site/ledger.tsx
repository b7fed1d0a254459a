/**
 * `/ledger`: how long the public log is, what it signed last, how to check it; `/ledger/<n>`: one entry.
 *
 * A button has the browser check signature and proofs itself; without a script there is the command.
 */
import type { VNode } from 'preact';
import { parseCheckpoint, TILE_WIDTH, tileAt, tilePath } from '../../src/ledger/ledger.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import {
  ledgerEntry,
  ledgerLines,
  logStanding,
  type FeedItem,
  type LedgerLine,
  type LogStanding,
} from '../../src/record/record.ts';
import { PageHead, TimeOf } from '../ui/shell.tsx';
import { scriptAddress } from './assets.ts';
import { feedPages, feedsAt, newest } from './feeds.ts';
import { Said } from './ledger-said.tsx';
import { Table } from './parts.tsx';
import { pageHead, siteName } from './record-parts.tsx';
import type { RecordSite } from './record-site.ts';
import { numberIn } from './requests.tsx';
import type { SitePages } from './visit.tsx';

const PAGE = 50;

export function ledgerPages(add: SitePages, { deps, checkpoint, logKeys }: RecordSite): void {
  const log = `${deps.origin}/log`;
  add.open('/ledger', async (visit) => {
    const before = numberIn(visit, 'before');
    const lines = await ledgerLines(deps.db, { limit: PAGE, ...(before !== undefined && { before }) });
    const signed = await checkpoint();
    visit.show({
      title: 'Ledger',
      script: scriptAddress('ledger'),
      head: pageHead({
        origin: deps.origin,
        path: '/ledger',
        title: `Ledger of ${siteName(deps.governance())}`,
        about: ABOUT,
        site: siteName(deps.governance()),
        feeds: feedsAt('/ledger'),
      }),
      body: (
        <Ledger
          {...{ lines, signed, log, logKeys, isNewest: before === undefined }}
          standing={await logStanding(deps)}
          github={deps.github}
        />
      ),
    });
  });

  feedPages(add, deps.origin, '/ledger', async () => {
    const site = siteName(deps.governance());
    const items = (await ledgerLines(deps.db, { limit: PAGE })).map((line) =>
      itemOf(line, deps.origin, site),
    );
    return { title: `Ledger of ${site}`, updated: newest(items), items };
  });

  add.open('/ledger/:place', async (visit) => {
    const text = String(visit.request.params['place']);
    const place = /^\d{1,15}$/.test(text) ? Number(text) : undefined;
    const found = place === undefined ? undefined : await ledgerEntry(deps.db, place);
    if (place === undefined || !found) return visit.notFound();
    visit.show({
      title: `Entry ${place}`,
      script: scriptAddress('ledger'),
      head: pageHead({
        ...{ origin: deps.origin, path: `/ledger/${place}`, title: `Entry ${place} of the ledger` },
        ...{ about: `About ${found.subject}. ${ABOUT}`, site: siteName(deps.governance()) },
      }),
      body: <Entry {...{ place, ...found, log, logKeys, signed: await checkpoint() }} />,
    });
  });
}

const ABOUT = 'Everything done here, in one log that only grows; whoever kept a line of it can prove that.';

interface Signed {
  /** As it was signed; undefined when nothing was yet. */
  signed: string | undefined;
  log: string;
  /** Verifier keys, by the log's own word. */
  logKeys: readonly string[];
}

function Ledger(
  props: Signed & {
    lines: readonly LedgerLine[];
    isNewest: boolean;
    standing: LogStanding;
    github: string;
  },
): VNode {
  const { lines, signed, log, logKeys, isNewest, standing, github } = props;
  const size = sizeOf(signed);
  const last = lines.at(-1)?.place;
  return (
    <>
      <PageHead title="Ledger" about={ABOUT} />
      <dl class="sp-facts" data-testid="facts">
        <dt>Entries</dt>
        <dd>{size === undefined ? 'not signed yet' : size}</dd>
        <dt>Address</dt>
        <dd>
          <code>{log}</code>
        </dd>
        <dt>Key</dt>
        <dd>
          {logKeys.length === 0
            ? 'none: this hub does not sign its log'
            : logKeys.map((key) => <code class="d-block">{key}</code>)}
        </dd>
        <Elsewhere standing={standing} github={github} />
      </dl>
      {signed === undefined ? null : (
        <>
          <h2 class="f4 mb-2">The newest checkpoint</h2>
          <div class="sp-scroll Box mb-3" tabIndex={0} role="region" aria-label="Checkpoint">
            <pre class="p-3 mb-0" data-testid="checkpoint">
              {signed}
            </pre>
          </div>
          <Verify signed={signed} logKeys={logKeys} />
          <h2 class="f4 mb-2">Check it without this page</h2>
          <p>
            This page and its script come from the hub itself. To depend on nobody, run the command on a
            machine of your own, with a key that you got elsewhere, and keep what it saves for the next time:
          </p>
          <div class="sp-scroll Box mb-3" tabIndex={0} role="region" aria-label="Command">
            <pre class="p-3 mb-0">{`sallyport log verify ${log} --key '${logKeys[0] ?? '…'}' --save today.txt`}</pre>
          </div>
          {standing.kept?.name ? (
            <>
              <p>
                Or against everything that was ever committed elsewhere, whether you kept something or not:
              </p>
              <div class="sp-scroll Box mb-3" tabIndex={0} role="region" aria-label="Command, against GitHub">
                <pre class="p-3 mb-0">{`sallyport log verify ${log} --key '${logKeys[0] ?? '…'}' --since ${github}/${standing.kept.name}`}</pre>
              </div>
            </>
          ) : null}
        </>
      )}
      <h2 class="f4 mb-2">Entries</h2>
      <Table
        label="Entries, newest first"
        name="lines"
        heads={[['Place', 'num'], ['What'], ['Of', 'name'], ['When', 'short']]}
      >
        {lines.map(({ place, type, event, subject, time }) => (
          <tr>
            <td class="sp-num">
              <a href={`/ledger/${place}`}>{place}</a>
            </td>
            <td>{`${type} ${event}`}</td>
            <td class="sp-name">
              <Subject subject={subject} />
            </td>
            <td class="sp-short">
              <TimeOf at={Date.parse(time)} />
            </td>
          </tr>
        ))}
      </Table>
      <nav aria-label="Pages of entries" class="mb-3">
        {isNewest ? null : (
          <a class="btn mr-2" href="/ledger">
            Newest
          </a>
        )}
        {last ? (
          <a class="btn" rel="next" data-testid="older" href={`/ledger?before=${last}`}>
            Older
          </a>
        ) : null}
      </nav>
      <p class="color-fg-muted">
        Also as <a href="/ledger.atom">Atom</a> and <a href="/ledger.feed">JSON Feed</a>, and as files that
        any program for C2SP tlog-tiles reads. <a href="/ledger/kinds">Every kind of entry</a>, and every
        field that one may have, in its <a href="/schemas/ledger/entry.json">schema</a>.
      </p>
    </>
  );
}

/** Where else it is kept, out of reach of this hub. */
function Elsewhere({ standing, github }: { standing: LogStanding; github: string }): VNode | null {
  const { wanted, kept, refused } = standing;
  if (!wanted && !kept) return null;
  const place = kept?.name && `${github}/${kept.name}`;
  return (
    <>
      <dt>Kept on GitHub</dt>
      <dd data-testid="elsewhere">
        {kept ? (
          <>
            {place ? <a href={`${place}/tree/${kept.commit}`}>{kept.name}</a> : 'in a repository'}: a
            checkpoint of {kept.size} entries, <TimeOf at={kept.at} />
            {kept.exported > 0 ? `; ${kept.exported} entries copied` : ''}
          </>
        ) : (
          'nothing was committed yet'
        )}
        {refused ? (
          <p class="mt-2 mb-0">
            <span class="Label Label--danger">not continued</span> since <TimeOf at={refused.at} />:{' '}
            {refused.says.split('\n')[0]} ({refused.code})
          </p>
        ) : null}
      </dd>
    </>
  );
}

function sizeOf(signed: string | undefined): number | undefined {
  const read = signed === undefined ? undefined : parseCheckpoint(Buffer.from(signed));
  return read === undefined || isRefusal(read) ? undefined : read.size;
}

/** A form only in looks: the script takes it, and shows it in the first place. */
function Verify({
  signed,
  logKeys,
  entry,
}: {
  signed: string;
  logKeys: readonly string[];
  entry?: number;
}): VNode | null {
  const size = sizeOf(signed);
  if (!size) return null;
  return (
    <div class="Box p-3 mb-3" data-verify hidden>
      <h2 class="f4 mb-2">Check it here</h2>
      <div class="sp-row mb-2">
        <span class="sp-grow">
          <label class="d-block text-small" for="key">
            Verifier key, best from somebody else
          </label>
          <input class="form-control width-full" id="key" value={logKeys[0] ?? ''} spellcheck={false} />
        </span>
        <span>
          <label class="d-block text-small" for="entry">
            Entry
          </label>
          <input
            class="form-control"
            id="entry"
            type="number"
            min={0}
            max={size - 1}
            value={entry ?? size - 1}
          />
        </span>
        <button class="btn btn-primary" type="button" data-testid="verify">
          Verify
        </button>
      </div>
      <div role="status">
        <ul class="ml-4" data-testid="verified" />
      </div>
    </div>
  );
}

const PAGES: Record<string, (id: string) => string> = {
  request: (id) => `/requests/${id}`,
  job: (id) => `/jobs/${id}`,
  release: (id) => `/releases/${id}`,
  publication: (id) => `/publications/${id}`,
  project: (id) => `/projects/${id}`,
  person: (id) => `/people/${id}`,
};

function Subject({ subject }: { subject: string }): VNode {
  const [kind = '', id = ''] = subject.split(':');
  const address = Object.hasOwn(PAGES, kind) ? PAGES[kind]!(id) : undefined;
  return address ? <a href={address}>{subject}</a> : <>{subject}</>;
}

function Entry(props: Signed & { place: number; entry: string; hash: string; subject: string }): VNode {
  const { place, entry, hash, subject, signed, logKeys } = props;
  const size = sizeOf(signed) ?? 0;
  const isSigned = place < size;
  return (
    <>
      <PageHead title={`Entry ${place}`} about="One line of the ledger, as it stands there for good." />
      <dl class="sp-facts">
        <dt>Of</dt>
        <dd>
          <Subject subject={subject} />
        </dd>
        <Said entry={entry} />
        <dt>Hash of the leaf</dt>
        <dd>
          <code>{hash}</code>
        </dd>
        <dt>Where it stands</dt>
        <dd>
          {isSigned ? (
            <a
              href={`/log/${tilePath({ ...tileAt(0, Math.floor(place / TILE_WIDTH), size), level: 'entries' })}`}
            >
              in this bundle, at {place % TILE_WIDTH}
            </a>
          ) : (
            'it is signed within seconds'
          )}
        </dd>
      </dl>
      <div class="sp-scroll Box mb-3" tabIndex={0} role="region" aria-label="What it says">
        <pre class="p-3 mb-0" data-testid="entry">
          {JSON.stringify(JSON.parse(entry), null, 2)}
        </pre>
      </div>
      {isSigned && signed !== undefined ? <Verify signed={signed} logKeys={logKeys} entry={place} /> : null}
      <p>
        <a href="/ledger">The whole ledger</a>, and the <a href="/schemas/ledger/entry.json">schema</a> of its
        entries
      </p>
    </>
  );
}

function itemOf({ place, type, event, subject, time }: LedgerLine, origin: string, site: string): FeedItem {
  const at = Date.parse(time);
  return {
    url: `${origin}/ledger/${place}`,
    title: `${type} ${event}`,
    summary: `About ${subject}.`,
    author: site,
    published: at,
    updated: at,
  };
}
