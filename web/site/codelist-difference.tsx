/** What sets two versions of a list apart. */
import type { VNode } from 'preact';
import type { Difference } from '../../src/codelists/codelists.ts';
import type { ShownVersion } from '../../src/registry/registry.ts';
import { PageHead } from '../ui/shell.tsx';
import { versionPath } from './codelists.tsx';
import { Table } from './parts.tsx';

/** Of each kind; both files can be downloaded whole. */
const MOST = 1000;

export function DifferencePage(props: {
  before: ShownVersion;
  after: ShownVersion;
  difference: Difference;
}): VNode {
  const { before, after, difference } = props;
  const { added, removed, changed } = difference;
  const rows: [what: string, tone: string, code: string, term: string][] = [
    ...added
      .slice(0, MOST)
      .map(({ code, term }) => ['added', 'success', code, term] as [string, string, string, string]),
    ...removed
      .slice(0, MOST)
      .map(({ code, term }) => ['removed', 'danger', code, term] as [string, string, string, string]),
    ...changed
      .slice(0, MOST)
      .map(
        ({ code, before: was, after: is }) =>
          ['changed', 'attention', code, `${was} → ${is}`] as [string, string, string, string],
      ),
  ];
  const whole = added.length + removed.length + changed.length;
  return (
    <>
      <PageHead
        title={`From ${before.version} to ${after.version}`}
        about={`${after.list}: ${added.length} added, ${removed.length} removed, ${changed.length} ${changed.length === 1 ? 'term' : 'terms'} changed.`}
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
