/**
 * One file on a page. The server writes its frame and what is known about it; the bytes come from the
 * content origin into a script that makes text of them. Without a script nothing is shown, and the file
 * does not count as seen.
 */
import type { VNode } from 'preact';
import { bytes } from './bytes-in-words.ts';
import { ColumnTable } from './columns.tsx';
import { viewerOf } from './kinds.ts';
import { ProvenancePanel } from './provenance.tsx';
import type { FileViewProps } from './types.ts';

export function FileView(props: FileViewProps): VNode {
  const { look, frame, csrf, findings, columns, provenance, action, asText } = props;
  // The column summary stands below the table: it marks nothing.
  const marks = findings
    .filter(({ check }) => check !== 'C20')
    .map(({ check, severity, message, place: { row, column } }) => ({
      check,
      severity,
      message,
      row,
      column,
    }));
  return (
    <section
      class="av-file"
      aria-label={`File ${look.path}`}
      data-viewer={asText ? 'text' : viewerOf(look.path)}
      data-path={look.path}
      data-url={look.url}
      data-size={look.size}
      data-sha256={look.sha256}
      data-load={look.load}
      data-frame={frame?.url}
      data-action={action}
      data-csrf={csrf}
      data-marks={JSON.stringify(marks)}
      data-state="loading"
      data-testid="file"
    >
      <div class="av-bar">
        <b class="av-path">{look.path}</b>
        <span class="color-fg-muted text-small">{bytes(look.size)}</span>
        <span class="av-tools" data-part="tools" />
      </div>
      <div data-part="notes" role="status" />
      <div class="av-stage" data-part="stage">
        <p class="av-wait">
          <noscript>
            Files are drawn by a script of this viewer, so that nothing in them can run. Allow scripts for
            this address to see the file.
          </noscript>
          <span class="av-loading">Loading {look.path} …</span>
        </p>
      </div>
      {columns.length > 0 ? <ColumnTable columns={columns} /> : null}
      {provenance ? <ProvenancePanel {...provenance} sha256={look.sha256} /> : null}
    </section>
  );
}
