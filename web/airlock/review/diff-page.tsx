/** A file beside the version of it that was released before. */
import type { VNode } from 'preact';
import type { ShownFile } from '../../../agent/airlock/face.ts';
import { viewerOf } from '../files/kinds.ts';
import { findingsOf } from '../files/marks.ts';
import type { Look } from '../parts.ts';
import { Heading } from '../shell/frame.tsx';
import { Time } from '../shell/marks.tsx';
import { HintList } from './hints.tsx';
import { codeUrl, fileUrl, requestUrl } from './links.ts';
import type { Asking } from './offers.tsx';

export interface DiffPageProps {
  asking: Asking;
  file: ShownFile;
  previous: NonNullable<ShownFile['previous']>;
  before: Look;
  after: Look;
  /** Sandboxed, for drawings. */
  frames: readonly [before: Look, after: Look] | undefined;
}

export function DiffPage({ asking, file, previous, before, after, frames }: DiffPageProps): VNode {
  const about = (file.hints ?? []).filter(({ check }) => check === 'D1' || check === 'D4');
  const { id } = asking.page.request;
  const same = previous.sha256 === file.sha256;
  return (
    <div data-review>
      <Heading
        title={`${file.number}. ${file.path}, compared`}
        note={
          <>
            With what request <a href={requestUrl(previous.request)}>{previous.request}</a> released,{' '}
            <Time at={previous.at} />
          </>
        }
      >
        <a class="btn btn-sm" href={codeUrl(id, file.number)} data-testid="code-diff">
          Code since then
        </a>
        <a class="btn btn-sm" href={fileUrl(id, file.number)} data-key="d" aria-keyshortcuts="d">
          Back to the file
        </a>
      </Heading>
      {same ? <p class="flash">Both are the same, byte for byte.</p> : null}
      {about.length > 0 ? (
        <section class="Box ar-box">
          <h2>Hints about the difference</h2>
          <HintList asking={asking} hints={about} file={file} />
        </section>
      ) : null}
      <section
        class="av-file"
        aria-label="Comparison"
        data-compare={viewerOf(file.path)}
        data-path={file.path}
        data-before={before.url}
        data-before-sha256={previous.sha256}
        data-before-frame={frames?.[0].url}
        data-after={after.url}
        data-after-sha256={file.sha256}
        data-after-frame={frames?.[1].url}
        data-marks={JSON.stringify(findingsOf(about))}
        data-state="loading"
        data-testid="compare"
      >
        <div class="av-bar">
          <b class="av-path">{file.path}</b>
          <span class="av-tools" data-part="tools" />
        </div>
        <div data-part="notes" role="status" />
        <div class="av-stage" data-part="stage">
          <p class="av-wait">Loading both versions …</p>
        </div>
      </section>
    </div>
  );
}
