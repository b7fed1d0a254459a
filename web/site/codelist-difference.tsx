/** What sets two versions of a list apart. */
import type { VNode } from 'preact';
import { differenceOf, type Difference } from '../../src/codelists/codelists.ts';
import type { MembersDeps } from '../../src/members/members.ts';
import type { Refusal } from '../../src/lib/refusal.ts';
import { recordWords } from '../../src/record/record.ts';
import { codesOf, type ShownVersion } from '../../src/registry/registry.ts';
import { PageHead } from '../ui/shell.tsx';
import { versionPath } from './codelists.tsx';
import { Table } from './parts.tsx';

/** Of each kind; both files can be downloaded whole. */
const MOST = 1000;

type Row = [what: string, tone: string, code: string, term: string];

export interface ShownDifference extends Difference {
  /** How many there are of each kind; the lists end at MOST. */
  counts: { added: number; removed: number; changed: number };
}

/** Published versions never change: what was compared stays. Both are read whole, so only so many at a time. */
const KEPT = 32;
const AT_ONCE = 2;
const compared = new WeakMap<object, Map<string, Promise<ShownDifference>>>();
let comparing = 0;

/** Refuses `record.busy`. */
export async function differenceFor(
  db: MembersDeps['db'],
  before: string,
  after: string,
): Promise<ShownDifference | Refusal> {
  const kept = compared.get(db) ?? new Map<string, Promise<ShownDifference>>();
  compared.set(db, kept);
  const key = `${before} ${after}`;
  const held = kept.get(key);
  if (held) return held;
  if (comparing >= AT_ONCE) return recordWords.tooManyExports();
  comparing += 1;
  const asked = compare(db, before, after).finally(() => (comparing -= 1));
  kept.set(key, asked);
  asked.catch(() => kept.delete(key));
  for (const oldest of [...kept.keys()].slice(0, -KEPT)) kept.delete(oldest);
  return asked;
}

async function compare(db: MembersDeps['db'], before: string, after: string): Promise<ShownDifference> {
  const { added, removed, changed } = differenceOf(await codesOf(db, before), await codesOf(db, after));
  return {
    counts: { added: added.length, removed: removed.length, changed: changed.length },
    ...{ added: added.slice(0, MOST), removed: removed.slice(0, MOST), changed: changed.slice(0, MOST) },
  };
}

export function DifferencePage(props: {
  before: ShownVersion;
  after: ShownVersion;
  difference: ShownDifference;
}): VNode {
  const { before, after, difference } = props;
  const { added, removed, changed, counts } = difference;
  const rows: Row[] = [
    ...added.map(({ code, term }): Row => ['added', 'success', code, term]),
    ...removed.map(({ code, term }): Row => ['removed', 'danger', code, term]),
    ...changed.map(
      ({ code, before: was, after: is }): Row => ['changed', 'attention', code, `${was} → ${is}`],
    ),
  ];
  const whole = counts.added + counts.removed + counts.changed;
  return (
    <>
      <PageHead
        title={`From ${before.version} to ${after.version}`}
        about={`${after.list}: ${counts.added} added, ${counts.removed} removed, ${counts.changed} ${counts.changed === 1 ? 'term' : 'terms'} changed.`}
      />
      <p>
        <a href={versionPath(before.id)}>{before.id}</a>, <a href={versionPath(after.id)}>{after.id}</a>,{' '}
        <a href={`${versionPath(before.id)}/diff/${encodeURIComponent(after.version)}`}>
          the other way round
        </a>
      </p>
      {whole === 0 ? (
        <p>Both hold the same codes and terms.</p>
      ) : (
        <Table
          label="Differences"
          name="difference"
          heads={[
            ['What', 'short'],
            ['Code', 'short'],
            ['Term', 'name'],
          ]}
        >
          {rows.map(([what, tone, code, term]) => (
            <tr>
              <td class="sp-short">
                <span class={`Label Label--${tone}`}>{what}</span>
              </td>
              <td class="sp-short">
                <code>{code}</code>
              </td>
              <td class="sp-name">{term}</td>
            </tr>
          ))}
        </Table>
      )}
      {whole > rows.length ? (
        <p>And {whole - rows.length} more: download both files to compare them.</p>
      ) : null}
    </>
  );
}
