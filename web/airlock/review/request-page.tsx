/** A request: where it stands, what is missing, its files by group, and what can be done now. */
import type { VNode } from 'preact';
import type { RequestPage } from '../../../agent/airlock/face.ts';
import { words } from '../../../src/release/release.ts';
import { Heading } from '../shell/frame.tsx';
import { HintBadge, StateLabel, Time } from '../shell/marks.tsx';
import { FileTable } from './file-list.tsx';
import { HintList } from './hints.tsx';
import { Incidents } from './incidents.tsx';
import { activityUrl, fileUrl, groupUrl, requestUrl } from './links.ts';
import { DeedForm, mayDo, type Asking } from './offers.tsx';
import { RequestActions } from './request-actions.tsx';
import { ReviewAddress, SignaturePanel } from './signature.tsx';
import { count } from './words.ts';

const SIGNED: readonly string[] = ['submitted', 'reviewing', 'consolidating'];

export function RequestScreen({ asking, code }: { asking: Asking; code: string | undefined }): VNode {
  const { page } = asking;
  const { request } = page;
  return (
    <div data-review>
      <Heading
        title={
          <>
            Request <code class="f3">{request.id}</code> <StateLabel state={request.state} />
          </>
        }
        note={<Subject page={page} />}
      >
        <a class="btn btn-sm" href={activityUrl(request.id)}>
          Activity
        </a>
        {page.viewer.as === 'author' && ['draft', 'returned'].includes(request.state) ? (
          <a class="btn btn-sm btn-primary" href={`${requestUrl(request.id)}/edit`} data-testid="edit">
            Edit request
          </a>
        ) : null}
        {mayDo(page, 'claim') ? (
          <DeedForm asking={asking} deed="claim" label="Claim" kind="primary" small />
        ) : null}
        {mayDo(page, 'unclaim') ? <DeedForm asking={asking} deed="unclaim" label="Give back" small /> : null}
      </Heading>
      <div class="ar-page">
        <div class="ar-page-main">
          <div data-live="signature">
            <SignaturePanel asking={asking} code={code} />
          </div>
          <div data-live="standing">
            <Standing page={page} />
          </div>
          {page.signatureMissing || page.reviewAddress === null ? null : (
            <p class="color-fg-muted text-small">
              {SIGNED.includes(request.state)
                ? 'You sign on the review issue.'
                : 'It was reviewed on GitHub.'}
              <ReviewAddress page={page} />
            </p>
          )}
          {page.groups.map((group) => (
            <section class="ar-group-block">
              <h2>
                <a href={groupUrl(request.id, group.name)}>
                  <bdi>{group.name}</bdi>
                </a>{' '}
                <span class="color-fg-muted text-small">
                  {group.comments.length > 0 ? count(group.comments.length, 'comment') : ''}
                </span>
              </h2>
              {group.context.trim() === '' ? <p class="color-fg-danger">Context is missing.</p> : null}
              {group.controls === null ? <p class="color-fg-danger">Controls are missing.</p> : null}
              <FileTable page={page} files={page.files.filter((file) => file.group === group.name)} />
              {group.hints.length > 0 ? (
                <p class="text-small">
                  About the group: <HintBadge hints={counted(group.hints)} />
                </p>
              ) : null}
            </section>
          ))}
          {page.groups.length === 0 ? (
            <p class="color-fg-muted">There is no file on the request yet.</p>
          ) : null}
          <section class="Box ar-box" data-live="hints">
            <h2>Hints about the whole request</h2>
            <HintList asking={asking} hints={page.checked || page.hints.length > 0 ? page.hints : null} />
          </section>
        </div>
        <aside class="ar-page-side" aria-label="Review">
          <RequestActions asking={asking} />
          <People page={page} />
          <Incidents asking={asking} />
          <Batches page={page} />
          <Commitments page={page} />
        </aside>
      </div>
    </div>
  );
}

function Subject({ page: { request } }: { page: RequestPage }): VNode {
  return (
    <>
      <b>{request.workspace}</b> · {request.projectTitle} · by {request.author.name || request.author.login}
      {request.coAuthors.length > 0 ? ` with ${request.coAuthors.map(({ login }) => login).join(', ')}` : ''}
      {' · turn '}
      {request.turn}
      {request.submittedAt === null ? (
        <>
          {' '}
          · started <Time at={request.createdAt} />
        </>
      ) : (
        <>
          {' '}
          · submitted <Time at={request.submittedAt} />
        </>
      )}
      {request.automated ? ' · made by a schedule' : ''}
      {request.overdue ? <span class="Label Label--danger ml-1">overdue</span> : null}
    </>
  );
}

/** What this person still has to do, in numbers that lead to the files. */
function Standing({ page }: { page: RequestPage }): VNode | null {
  const { unread, ungraded, request, viewer, proposedPart, arbitrations } = page;
  const lines: VNode[] = [];
  if (request.category) lines.push(<li>{categoryText(page)}</li>);
  if (viewer.seated && unread.length > 0)
    lines.push(
      <li>
        Not read yet: <Numbers page={page} numbers={unread} />
      </li>,
    );
  if (viewer.seated && ungraded.length > 0)
    lines.push(
      <li>
        Without your grade: <Numbers page={page} numbers={ungraded} />
      </li>,
    );
  if (proposedPart)
    lines.push(
      <li>
        {count(proposedPart.paths.length, 'file is', 'files are')} proposed for release without the rest:{' '}
        {proposedPart.paths.join(', ')}.
      </li>,
    );
  for (const { login, reason } of arbitrations)
    lines.push(
      <li>
        {login} on the disagreement: <bdi>{reason}</bdi>
      </li>,
    );
  if (lines.length === 0) return null;
  return (
    <ul class="ar-standing" data-testid="standing">
      {lines}
    </ul>
  );
}

function categoryText({ request }: RequestPage): string {
  const all: Record<string, string> = { ...words.RETURN_WORDS, ...words.REJECT_WORDS, ...words.REVOKE_WORDS };
  const why = all[request.category ?? ''] ?? request.category ?? '';
  return request.state === 'returned' ? `It came back: ${why}.` : `Reason: ${why}.`;
}

function Numbers({ page, numbers }: { page: RequestPage; numbers: readonly number[] }): VNode {
  return (
    <>
      {numbers.slice(0, 30).map((number, at) => (
        <>
          {at > 0 ? ', ' : ''}
          <a href={fileUrl(page.request.id, number)}>{number}</a>
        </>
      ))}
      {numbers.length > 30 ? ` and ${numbers.length - 30} more` : ''}
    </>
  );
}

function counted(hints: readonly { severity: string }[]): { block: number; warn: number } {
  return {
    block: hints.filter(({ severity }) => severity === 'block').length,
    warn: hints.filter(({ severity }) => severity === 'warn').length,
  };
}

/** Only whom this viewer may know. */
function People({ page }: { page: RequestPage }): VNode | null {
  if (page.checkers.length === 0 && page.reviews.length === 0) return null;
  return (
    <section class="Box ar-box" data-testid="checkers">
      <h2>Checkers</h2>
      <ul class="ar-plain">
        {page.checkers.map(({ login, name, as, mine }) => (
          <li>
            {name || login}
            {mine ? ' (you)' : ''}
            {as === 'arbiter' ? ', third checker' : ''}
          </li>
        ))}
      </ul>
      {page.reviews.map(({ login, at }) => (
        <p class="text-small mb-0">
          Signed by {login}, <Time at={at} />
        </p>
      ))}
    </section>
  );
}

function Batches({ page }: { page: RequestPage }): VNode | null {
  if (page.batches.length === 0) return null;
  return (
    <section class="Box ar-box" data-testid="batches">
      <h2>Releases</h2>
      <ul class="ar-plain">
        {page.batches.map(({ number, part, state, files, uploaded, failed }) => (
          <li>
            {page.request.id}-{number}: {state}, {uploaded} of {count(files, 'file')} arrived
            {part ? ', a part' : ''}
            {failed ? <span class="Label Label--danger ml-1">upload failed</span> : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Opened once both reviews are in: what each digest on GitHub stood for. */
function Commitments({ page }: { page: RequestPage }): VNode | null {
  if (page.commitments.length === 0) return null;
  return (
    <details class="Box ar-box">
      <summary>Commitments of this turn</summary>
      {page.commitments.map(({ login, digest, nonce, record }) => (
        <dl class="av-facts">
          <dt>Checker</dt>
          <dd>{login}</dd>
          <dt>Digest on GitHub</dt>
          <dd>
            <code class="av-hash">{digest}</code>
          </dd>
          <dt>Nonce</dt>
          <dd>
            <code class="av-hash">{nonce}</code>
          </dd>
          <dt>Record</dt>
          <dd>
            <code class="av-hash">{record}</code>
          </dd>
        </dl>
      ))}
    </details>
  );
}
