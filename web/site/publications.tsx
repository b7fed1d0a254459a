/**
 * `/publications/<id>`: what was asked to be public and what became of it, for everybody; its files before they
 * are public for whoever may have them; and, for whoever may, the form that takes it back.
 */
import type { VNode } from 'preact';
import type { Governance } from '../../src/governance/governance.ts';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import {
  memberWords,
  publicationPage,
  withdraw,
  type Member,
  type MembersDeps,
  type PublicationPage,
} from '../../src/members/members.ts';
import { WITHDRAWAL_WORDS, type PublicationView } from '../../src/publication/publication.ts';
import { PageHead, RefusalBox, sizeText, TimeOf } from '../ui/shell.tsx';
import { Heads, backendName, nameOf, PublicationState, Scroll, titleOf } from './parts.tsx';
import { pageHead, siteName } from './record-parts.tsx';
import { Token, type SitePages, type Visit } from './visit.tsx';

export function publicationPages(add: SitePages, deps: MembersDeps): void {
  const show = async (visit: Visit, no?: Refusal): Promise<void> => {
    const page = await publicationPage(deps, visit.member, String(visit.request.params['id']));
    if (!page) return visit.notFound();
    const { id } = page.publication;
    const body = <OnePublication visit={visit} page={page} governance={deps.governance()} no={no} />;
    const head = pageHead({
      ...{ origin: deps.origin, path: `/publications/${id}`, about: ABOUT },
      title: `Published outputs of ${page.publication.workspace}`,
      site: siteName(deps.governance()),
    });
    visit.show({ title: `Publication ${id}`, head, body }, no ? 409 : 200);
  };
  add.open('/publications/:id', (visit) => show(visit));

  add.form('/publications/:id/withdraw', async (visit) => {
    const page = await publicationPage(deps, visit.member, String(visit.request.params['id']));
    if (!page) return visit.notFound();
    const category = CATEGORIES.find((each) => each === visit.field('category'));
    const done =
      page.notWithdraw ??
      (category
        ? await withdraw(deps, visit.member, { publication: page.publication.id, category })
        : memberWords.whichCategory());
    if (isRefusal(done)) return show(visit, done);
    visit.go(`/publications/${done.id}`);
  });
}

const ABOUT = 'Released files that somebody asked to make public, as a GitHub Release of the study.';
const CATEGORIES = Object.keys(WITHDRAWAL_WORDS) as (keyof typeof WITHDRAWAL_WORDS)[];

function OnePublication(props: {
  visit: Visit;
  page: PublicationPage;
  governance: Governance | undefined;
  no: Refusal | undefined;
}): VNode {
  const { visit, page, governance, no } = props;
  const { publication, whole } = page;
  return (
    <>
      <PageHead title={`Publication ${publication.id}`} about={ABOUT} />
      {no ? <RefusalBox no={no} /> : null}
      <dl class="sp-facts" data-testid="publication">
        <dt>State</dt>
        <dd>
          <PublicationState state={publication.state} />
          <Why publication={publication} />
        </dd>
        <dt>Project</dt>
        <dd>{titleOf(governance, publication.project)}</dd>
        <dt>Workspace</dt>
        <dd>
          {publication.workspace}{' '}
          <span class="color-fg-muted">({backendName(governance, publication.backend)})</span>
        </dd>
        <dt>Releases</dt>
        <dd>
          {publication.releases.map((release) => (
            <div>
              <a href={`/releases/${release}`}>{release}</a>
            </div>
          ))}
        </dd>
        <dt>Asked for</dt>
        <dd>
          <TimeOf at={publication.requestedAt} />
          {whole ? ` by ${nameOf(governance, publication.requestedBy)}` : ''}
        </dd>
        <Owner page={page} governance={governance} />
        <dt>Approved</dt>
        <dd>
          <Approvals page={page} governance={governance} />
        </dd>
        <Editions publication={publication} whole={whole} />
      </dl>
      <Files page={page} />
      <Withdraw visit={visit} page={page} governance={governance} />
    </>
  );
}

function Why({ publication: { why, endedAt } }: { publication: PublicationView }): VNode | null {
  if (endedAt === null) return null;
  const category = CATEGORIES.find((each) => each === why);
  const says = category
    ? WITHDRAWAL_WORDS[category]
    : why === 'recalled'
      ? 'all its files were recalled'
      : '';
  return (
    <>
      {' '}
      <TimeOf at={endedAt} />
      {says ? `: ${says}` : ''}
    </>
  );
}

type Shown = { page: PublicationPage; governance: Governance | undefined };

function Owner({ page: { publication, whole }, governance }: Shown): VNode | null {
  const { owner, ownerMissing, state } = publication;
  if (!owner && !(ownerMissing && state === 'draft')) return null;
  return (
    <>
      <dt>Data owner's approval</dt>
      <dd data-testid="owner">
        {owner ? (
          <>
            <code>{owner.reference}</code> of {owner.on}
            {whole ? `, as ${nameOf(governance, owner.by)} told` : ''}
          </>
        ) : (
          'Not told yet: whoever approves says where it is written down.'
        )}
      </dd>
    </>
  );
}

function Approvals({ page: { publication, whole }, governance }: Shown): VNode {
  const { approvals, needed } = publication;
  if (!whole || approvals.length === 0)
    return (
      <>
        {approvals.length} of {needed}
      </>
    );
  return (
    <>
      {approvals.map(({ person, at }) => (
        <div>
          <TimeOf at={at} /> by {nameOf(governance, person)}
        </div>
      ))}
      {approvals.length < needed ? `${approvals.length} of ${needed}` : ''}
    </>
  );
}

function Editions(props: { publication: PublicationView; whole: boolean }): VNode | null {
  const { publication, whole } = props;
  const shown = publication.editions.filter(({ url }) => whole || url !== null);
  if (shown.length === 0) return null;
  return (
    <>
      <dt>On GitHub</dt>
      <dd>
        {shown.map(({ number, tag, url, state, code }) => (
          <div>
            {url && (state === 'published' || number === publication.editions.at(-1)?.number) ? (
              <a href={url}>{tag}</a>
            ) : (
              tag
            )}{' '}
            <span class="color-fg-muted">
              {EDITION_SAYS[state]}
              {whole && code ? ` (${code})` : ''}
            </span>
          </div>
        ))}
      </dd>
    </>
  );
}

const EDITION_SAYS = {
  wanted: 'is being made',
  published: 'published',
  unwanted: 'is being taken away',
  gone: 'taken away',
} as const;

function Files({ page: { publication, whole } }: { page: PublicationPage }): VNode {
  const files = publication.files.filter((file) => whole || file.public);
  if (files.length === 0)
    return (
      <p class="color-fg-muted" data-testid="no-files">
        {publication.state === 'withdrawn' || publication.state === 'rejected'
          ? 'No file is public by this publication.'
          : 'Which files these are is shown when they are public; members of the project and publishers see them now, signed in.'}
      </p>
    );
  return (
    <section>
      <h2 class="f4 mb-2">Files</h2>
      <Scroll label="Files">
        <table class="sp-table" data-testid="files">
          <Heads
            of={[
              ['File', 'name'],
              ['State', 'short'],
              ['Size', 'num'],
              ['SHA-256', 'short'],
            ]}
          />
          <tbody>
            {files.map((file) => (
              <tr>
                <td>
                  {file.recalled ? (
                    <span class="color-fg-muted">File {file.number}</span>
                  ) : whole ? (
                    <a href={`/releases/${file.release}/files/${file.number}`}>{file.path}</a>
                  ) : (
                    file.path
                  )}
                </td>
                <td class="sp-short">{file.recalled ? 'recalled' : file.public ? 'public' : 'not public'}</td>
                <td class="sp-num">{file.recalled ? '' : sizeText(file.size)}</td>
                <td class="sp-short">
                  {file.recalled ? '' : <code class="f6">{file.sha256.slice(0, 16)}…</code>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {files.some((file) => file.public) ? (
        <p class="note">
          How each was made and reviewed stands beside them on GitHub, signed.{' '}
          <a href="/provenance">What that says, and how to check a download</a>.
        </p>
      ) : null}
    </section>
  );
}

function Withdraw({ visit, page, governance }: Shown & { visit: Visit }): VNode | null {
  const { publication, notWithdraw } = page;
  const { member } = visit;
  if (publication.state === 'withdrawn' || publication.state === 'rejected') return null;
  if (!member)
    return (
      <p class="note">
        Something wrong with it? <a href={`/login?next=${encodeURIComponent(visit.here)}`}>Sign in</a> to
        withdraw it, or tell {contactOf(governance)}.
      </p>
    );
  if (notWithdraw)
    return (
      <p class="note" data-testid="not-yours">
        {notWithdraw.says}
      </p>
    );
  return <WithdrawForm member={member} publication={publication} />;
}

function WithdrawForm({ member, publication }: { member: Member; publication: PublicationView }): VNode {
  const effect =
    publication.state === 'draft'
      ? 'Nobody can approve it any more.'
      : 'Its files leave GitHub, and a note stays that they were there. Members keep what was released to them; what discloses something has to be recalled as well, by /revoke on the review issue.';
  return (
    <section class="sp-narrow">
      <h2 class="f4 mb-2">Withdraw</h2>
      <p class="color-fg-muted" id="withdraw-effect">
        {effect} This cannot be undone; the files can be asked for again.
      </p>
      <form method="post" action={`/publications/${publication.id}/withdraw`} data-testid="withdraw">
        <Token member={member} />
        <label for="category" class="d-block text-bold mb-1">
          Why
        </label>
        <div class="sp-row">
          <select
            class="form-select"
            id="category"
            name="category"
            required
            aria-describedby="withdraw-effect"
          >
            <option value="">Choose</option>
            {CATEGORIES.map((each) => (
              <option value={each}>{WITHDRAWAL_WORDS[each]}</option>
            ))}
          </select>
          <button class="btn btn-danger" type="submit">
            Withdraw this publication
          </button>
        </div>
        <p class="note mt-1">The reason becomes part of the public record.</p>
      </form>
    </section>
  );
}

/** Somebody of the deployment, for people without an account. */
function contactOf(governance: Governance | undefined): string {
  const contacts = governance?.deployment.contacts ?? {};
  return contacts['publications'] ?? contacts['incidents'] ?? contacts['support'] ?? 'the deployment';
}
