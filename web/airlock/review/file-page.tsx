/** One file of a request: the file beside what its author says of it, hints, comments, and the grade. */
import type { VNode } from 'preact';
import type { RequestPage, ShownFile } from '../../../agent/airlock/face.ts';
import { FileView } from '../files/file-view.tsx';
import { findingsOf } from '../files/marks.ts';
import type { Look } from '../parts.ts';
import { StateLabel } from '../shell/marks.tsx';
import { ColumnRoles } from './column-roles.tsx';
import { Comments } from './comments.tsx';
import { Explanation } from './explanation.tsx';
import { DecisionLabel, FileTree, Grades } from './file-list.tsx';
import { GradePanel } from './grade-panel.tsx';
import { HintList } from './hints.tsx';
import { KeyHelp } from './keys.tsx';
import { codeUrl, diffUrl, downloadUrl, fileUrl, groupUrl, rawUrl } from './links.ts';
import type { Asking } from './offers.tsx';
import { provenanceOf } from './provenance.ts';
import { RevokeForm } from './revoke-form.tsx';
import { SignaturePanel } from './signature.tsx';

export interface FilePageProps {
  asking: Asking;
  file: ShownFile;
  look: Look;
  frame: Look | undefined;
  code: string | undefined;
}

export function FilePage({ asking, file, look, frame, code }: FilePageProps): VNode {
  const { page, csrf } = asking;
  const { request } = page;
  const group = page.groups.find(({ name }) => name === file.group);
  return (
    <div class="ar-review" data-review>
      <aside class="ar-left" data-live="tree">
        <FileTree page={page} current={file.number} />
      </aside>
      <div class="ar-middle">
        <div class="ar-file-head">
          <h1 class="ar-file-title">
            <span class="color-fg-muted">{file.number}.</span> {file.path}
          </h1>
          <StateLabel state={request.state} />
          <span class="Label Label--secondary">{file.type}</span>
          {file.withdrawn ? <span class="Label Label--attention">withdrawn</span> : null}
          {file.revoked ? <span class="Label Label--danger">recalled</span> : null}
          {file.newer ? (
            <span
              class="Label Label--attention"
              title="The workspace holds newer bytes; the request does not"
            >
              a newer version exists
            </span>
          ) : null}
          <span class="va-grow" />
          <FileLinks page={page} file={file} />
        </div>
        <FileView
          look={look}
          frame={frame}
          csrf={csrf}
          findings={findingsOf(file.hints)}
          columns={file.summary}
          provenance={provenanceOf(file.provenance, page.request.workspace, codeUrl(request.id, file.number))}
        />
      </div>
      <aside class="ar-right" aria-label="About this file">
        <div data-live="signature">
          <SignaturePanel asking={asking} code={code} />
        </div>
        <section class="Box ar-box" data-live="grade" aria-label="Grade">
          <Steps page={page} file={file} />
          <GradePanel asking={asking} file={file} />
          <Decided page={page} file={file} />
          <RevokeForm asking={asking} file={file} />
        </section>
        <section class="Box ar-box">
          <h2>
            <a href={groupUrl(request.id, file.group)}>{file.group}</a>
          </h2>
          {group ? <Explanation context={group.context} controls={group.controls} /> : null}
        </section>
        <section class="Box ar-box" data-live="hints">
          <h2>Hints</h2>
          <HintList asking={asking} hints={file.hints} file={file} />
        </section>
        <ColumnRoles asking={asking} file={file} />
        <section class="Box ar-box" data-live="comments">
          <h2>Comments</h2>
          <Comments asking={asking} group={file.group} comments={group?.comments ?? []} file={file.number} />
        </section>
      </aside>
      <KeyHelp />
    </div>
  );
}

function FileLinks({ page, file }: { page: RequestPage; file: ShownFile }): VNode {
  const { id } = page.request;
  return (
    <span class="ar-links">
      {file.previous ? (
        <a href={diffUrl(id, file.number)} data-key="d" aria-keyshortcuts="d">
          Compare
        </a>
      ) : null}
      <a href={codeUrl(id, file.number)}>Code</a>
      <a href={rawUrl(id, file.number)} target="_blank" rel="noopener">
        Raw
      </a>
      {page.viewer.as === 'checker' ? (
        <a href={downloadUrl(id, file.number)} title="Recorded like every look" data-testid="download">
          Download
        </a>
      ) : null}
    </span>
  );
}

/** Previous, next, and the next one without a grade of one's own: links, so that they work by mouse too. */
function Steps({ page, file }: { page: RequestPage; file: ShownFile }): VNode {
  const { files, ungraded, request } = page;
  const at = files.findIndex(({ number }) => number === file.number);
  const following =
    ungraded.find((number) => number > file.number) ?? ungraded.find((number) => number !== file.number);
  return (
    <nav class="ar-steps" aria-label="Other files">
      <Step label="Previous" shortcut="k" number={files[at - 1]?.number} request={request.id} />
      <Step label="Next" shortcut="j" number={files[at + 1]?.number} request={request.id} />
      {page.viewer.seated ? (
        <Step label="Ungraded" shortcut="n" number={following} request={request.id} />
      ) : null}
    </nav>
  );
}

function Step(props: {
  label: string;
  shortcut: string;
  number: number | undefined;
  request: string;
}): VNode {
  const { label, shortcut, number, request } = props;
  const text = (
    <>
      {label}
      <kbd class="ar-key" aria-hidden="true">
        {shortcut}
      </kbd>
    </>
  );
  if (number === undefined)
    return (
      <span class="btn btn-sm ar-off" aria-disabled="true">
        {text}
      </span>
    );
  return (
    <a class="btn btn-sm" href={fileUrl(request, number)} data-key={shortcut} aria-keyshortcuts={shortcut}>
      {text}
    </a>
  );
}

/** What others may be shown of the outcome: the room has filtered it. */
function Decided({ page, file }: { page: RequestPage; file: ShownFile }): VNode | null {
  const others = file.grades.filter(
    ({ checker }) => !page.checkers.some(({ id, mine }) => mine && id === checker),
  );
  if (file.decision === undefined && others.length === 0) return null;
  return (
    <div class="ar-decided">
      {file.decision ? (
        <p class="mb-1">
          Decision: <DecisionLabel decision={file.decision} />
        </p>
      ) : null}
      {others.length > 0 ? <Grades file={file} /> : null}
    </div>
  );
}
