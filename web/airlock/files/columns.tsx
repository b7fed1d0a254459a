/** C20: each column as a person would describe it, always beside the table. */
import type { VNode } from 'preact';
import type { ColumnSummary } from '../../../src/disclosure/types.ts';
import { figure } from './bytes-in-words.ts';

export function ColumnTable({ columns }: { columns: readonly ColumnSummary[] }): VNode {
  return (
    <details class="av-panel-box" data-testid="columns" open={columns.length <= 12}>
      <summary>Column summary ({columns.length})</summary>
      <div class="av-scroll" tabIndex={0} role="region" aria-label="Column summary">
        <table class="av-summary-table">
          <thead>
            <tr>
              {HEADINGS.map((heading) => (
                <th scope="col">{heading}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {columns.map((column) => (
              <Row column={column} />
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

const HEADINGS = [
  'Column',
  'Type',
  'Rows',
  'Numbers',
  'Missing',
  'Redacted',
  'Least',
  'Least above 0',
  'Most',
  'Sum',
  'All multiples of',
  'Spread',
];

function Row({ column }: { column: ColumnSummary }): VNode {
  const { numeric, missing, redacted } = column;
  return (
    <tr>
      <th scope="row" class="av-name">
        <bdi>{column.column}</bdi>
      </th>
      <td>{column.type}</td>
      <td class="av-figure">{figure(column.rows)}</td>
      <td class="av-figure">{figure(numeric)}</td>
      <td class="av-figure">{figure(missing)}</td>
      <td class="av-figure">{figure(redacted)}</td>
      <td class="av-figure">{figure(column.min)}</td>
      <td class="av-figure">{figure(column.minNonZero)}</td>
      <td class="av-figure">{figure(column.max)}</td>
      <td class="av-figure">{figure(column.sum)}</td>
      <td>{numeric > 0 ? multiples(column) : ''}</td>
      <td>{column.histogram ? <Histogram bins={column.histogram} name={column.column} /> : null}</td>
    </tr>
  );
}

function multiples({ allBy5, allBy6, allMidpoint6 }: ColumnSummary): string {
  const held = [allBy5 && '5', allBy6 && '6', allMidpoint6 && 'midpoint 6'].filter(Boolean);
  return held.length > 0 ? held.join(', ') : 'neither 5 nor 6';
}

/** Ten bars as a drawing of our own: attributes only, no style; one path, because a wide table has hundreds of them. */
function Histogram({ bins, name }: { bins: readonly number[]; name: string }): VNode {
  const most = Math.max(1, ...bins);
  const bars = bins.map((bin, at) => {
    const height = bin === 0 ? 0 : Math.max(1, Math.round((bin / most) * 16));
    return height === 0 ? '' : `M${at * 6} 16v-${height}h5v${height}z`;
  });
  return (
    <svg
      class="av-histogram"
      width={60}
      height={16}
      viewBox="0 0 60 16"
      role="img"
      aria-label={`Spread of ${name}`}
    >
      <path d={bars.join('')} />
    </svg>
  );
}
