/** One codelist while it is built: codes to choose from on one side, what is chosen and why on the other. */
import type { ComponentChildren, VNode } from 'preact';
import type { Member } from '../../src/members/members.ts';
import { MOST_SAVED, type Draft, type ShownCode, type ShownDecision } from '../../src/registry/registry.ts';
import { PageHead, TimeOf } from '../ui/shell.tsx';
import { DRAFT_WORDS } from './builder-start.tsx';
import { Heads, Scroll } from './parts.tsx';
import { Token } from './visit.tsx';

export interface Looked {
  member: Member;
  draft: Draft;
  /** Path and query of the page. */
  here: string;
  asked: string;
  hits: { codes: ShownCode[]; more: boolean };
  /** The code whose children are shown, and those above it, the nearest first. */
  at: ShownCode | undefined;
  up: readonly ShownCode[];
  standing: ReadonlyMap<string, boolean>;
  members: { codes: { code: string; term: string }[]; next: string | undefined };
  /** Counted to one more than can be saved. */
  count: number;
  decisions: readonly ShownDecision[];
}

const home = ({ id }: Draft): string => `/codelists/build/${id}`;

export function Building(looked: Looked): VNode {
  const { draft, count } = looked;
  const line = `${draft.owner}/${draft.slug}/${draft.version}`;
  const many =
    count > MOST_SAVED ? `more than ${MOST_SAVED.toLocaleString('en')}` : count.toLocaleString('en');
  return (
    <div data-testid="builder">
      <PageHead title={draft.name} about={`${line}, of ${draft.system}: ${DRAFT_WORDS[draft.state]}.`} />
      <p role="status" class="sr-only" data-live="says" />
      <State draft={draft} />
      <div class="sp-build">
        <section aria-label="Codes to choose from">
          <Search {...looked} />
          <Choices {...looked} />
        </section>
        <section aria-label="What is chosen">
          <h2 class="f4 mb-2" data-testid="count">
            {many} {count === 1 ? 'code' : 'codes'} in the list
          </h2>
          <Chosen {...looked} />
          {draft.state === 'ended' ? null : <Save {...looked} />}
          <Decisions {...looked} />
        </section>
      </div>
    </div>
  );
}

function State({ draft }: { draft: Draft }): VNode | null {
  if (draft.refused)
    return (
      <div class="flash flash-warn mb-3" role="alert" data-testid="not-saved">
        It was not saved as a pull request: {draft.refused}
      </div>
    );
  if (draft.state === 'asked')
    return (
      <div class="flash mb-3" id="saved" data-testid="being-saved">
        It is being saved as a pull request. That takes a moment; this page says when it is there.
      </div>
    );
  if (draft.url)
    return (
      <div class="flash flash-success mb-3" id="saved" data-testid="saved">
        Saved as <a href={draft.url}>pull request {draft.pull}</a>. Two other people sign it off there; saving
        again asks them to look again.
      </div>
    );
  return null;
}

function Search({ draft, asked }: Looked): VNode {
  return (
    <form method="get" action={home(draft)} role="search" class="sp-row mb-2" data-live="search">
      <label for="q">Search</label>
      <input
        class="form-control"
        id="q"
        name="q"
        type="search"
        maxLength={200}
        value={asked}
        autocomplete="off"
        placeholder="Words of a term, or a code"
      />
      <button class="btn" type="submit">
        Search
      </button>
    </form>
  );
}

function Choices(looked: Looked): VNode {
  const { draft, here, asked, hits, at, up, member } = looked;
  const rows = at ? [at, ...hits.codes] : hits.codes;
  return (
    <form method="post" action={`${home(draft)}/decide`} data-live="decide">
      <Token member={member} />
      <input type="hidden" name="back" value={here} />
      {asked ? null : <Crumbs {...{ draft, at, up }} />}
      <div class="sp-row mb-2">
        <label for="why">Why</label>
        <input
          class="form-control"
          id="why"
          name="why"
          maxLength={1000}
          autocomplete="off"
          placeholder="May be empty"
        />
        <label>
          <input type="checkbox" name="below" value="yes" checked /> with all below
        </label>
      </div>
      <Scroll label="Codes">
        <table class="sp-table" data-testid="choices">
          <Heads
            of={[
              ['Code', 'name'],
              ['Decide', 'short'],
            ]}
          />
          <tbody>
            {rows.map((each) => (
              <Choice {...{ looked, code: each, isTop: each === at }} />
            ))}
          </tbody>
        </table>
      </Scroll>
      {rows.length === 0 ? <p data-testid="no-hits">No code has all of these words.</p> : null}
      {hits.more && asked ? <p class="color-fg-muted">There are more: add a word.</p> : null}
      {hits.more && !asked ? <Further {...looked} /> : null}
    </form>
  );
}

function Crumbs({ draft, at, up }: Pick<Looked, 'draft' | 'at' | 'up'>): VNode | null {
  if (!at) return <p class="color-fg-muted mb-2">The top of {draft.system}.</p>;
  return (
    <nav aria-label="Above" class="mb-2">
      <a href={home(draft)}>{draft.system}</a>
      {[...up].reverse().map(({ code, term }) => (
        <>
          {' › '}
          <a href={under(draft, code)}>{term}</a>
        </>
      ))}
    </nav>
  );
}

const under = (draft: Draft, code: string): string => `${home(draft)}?under=${encodeURIComponent(code)}`;

function Further({ draft, hits, at }: Looked): VNode {
  const query = new URLSearchParams({ ...(at && { under: at.code }), after: hits.codes.at(-1)?.code ?? '' });
  return (
    <a class="btn mb-3" rel="next" href={`${home(draft)}?${query}`}>
      Further codes
    </a>
  );
}

function Choice({ looked, code, isTop }: { looked: Looked; code: ShownCode; isTop: boolean }): VNode {
  const { draft, standing } = looked;
  const open = draft.state !== 'ended';
  return (
    <tr data-code={code.code} class={isTop ? 'text-bold' : undefined}>
      <td class="sp-name">
        <code>{code.code}</code> {code.term}{' '}
        {code.below > 0 && !isTop ? (
          <a class="text-small" href={under(draft, code.code)}>
            {code.below} below
          </a>
        ) : null}{' '}
        <Standing is={standing.get(code.code)} />
      </td>
      <td class="sp-short">
        {open ? (
          <>
            <Decide what="include" code={code} /> <Decide what="exclude" code={code} />
          </>
        ) : null}
      </td>
    </tr>
  );
}

function Standing({ is }: { is: boolean | undefined }): VNode | null {
  if (is === undefined) return null;
  return <span class={`Label ${is ? 'Label--success' : 'Label--danger'}`}>{is ? 'in' : 'out'}</span>;
}

function Decide({ what, code }: { what: 'include' | 'exclude'; code: ShownCode }): VNode {
  const says = what === 'include' ? 'Include' : 'Exclude';
  return (
    <button
      class="btn btn-sm"
      type="submit"
      name={what}
      value={code.code}
      aria-label={`${says} ${code.term}`}
    >
      {says}
    </button>
  );
}

function Chosen({ draft, members, asked, at }: Looked): VNode {
  const keep = { ...(asked && { q: asked }), ...(at && { under: at.code }) };
  return (
    <>
      <div class="sp-chosen" tabIndex={0} role="region" aria-label="Codes in the list">
        <ul class="list-style-none" data-testid="members">
          {members.codes.map(({ code, term }) => (
            <li>
              <code>{code}</code> {term}
            </li>
          ))}
        </ul>
      </div>
      {members.next === undefined ? null : (
        <p>
          <a rel="next" href={`${home(draft)}?${new URLSearchParams({ ...keep, from: members.next })}`}>
            Further codes of the list
          </a>
        </p>
      )}
    </>
  );
}

function Save({ draft, member, count }: Looked): VNode {
  return (
    <form method="post" action={`${home(draft)}/save`} class="mb-3" data-testid="save">
      <Token member={member} />
      <label class="d-block text-bold mb-1" for="save-why">
        What reviewers should know
      </label>
      <textarea class="form-control width-full mb-2" id="save-why" name="why" rows={3} maxLength={5000} />
      <button class="btn btn-primary" type="submit" disabled={count === 0 || count > MOST_SAVED}>
        {draft.pull === null ? 'Save as a pull request' : 'Save again'}
      </button>
      {count > MOST_SAVED ? <TooMany /> : null}
    </form>
  );
}

function TooMany(): VNode {
  return (
    <p class="color-fg-muted">
      A page saves at most {MOST_SAVED.toLocaleString('en')} codes. Open a pull request on the registry
      yourself.
    </p>
  );
}

function Decisions({ draft, decisions, member, here }: Looked): VNode | null {
  if (decisions.length === 0) return null;
  return (
    <>
      <h2 class="f4 mb-2">Decisions</h2>
      <p class="color-fg-muted">The latest word about a code counts.</p>
      <ul class="list-style-none" data-testid="decisions">
        {decisions.map((each) => (
          <li class="mb-2">
            <Said decision={each} />
            {each.undoneAt === null && draft.state !== 'ended' ? (
              <form method="post" action={`${home(draft)}/undo`} class="d-inline" data-live="undo">
                <Token member={member} />
                <input type="hidden" name="back" value={here} />
                <button
                  class="btn btn-sm btn-invisible"
                  type="submit"
                  name="decision"
                  value={String(each.id)}
                  aria-label={`Take back: ${each.what} ${each.term}`}
                >
                  Take back
                </button>
              </form>
            ) : null}
          </li>
        ))}
      </ul>
    </>
  );
}

function Said({ decision }: { decision: ShownDecision }): VNode {
  const { what, code, term, descendants, why, login, at, undoneAt } = decision;
  const text: ComponentChildren = (
    <>
      {what === 'include' ? 'Included' : 'Excluded'} <code>{code}</code> {term}
      {descendants ? ' and all below' : ''}
      {why ? `: ${why}` : ''}
    </>
  );
  return (
    <>
      {undoneAt === null ? text : <del>{text}</del>}{' '}
      <span class="text-small color-fg-muted">
        {login}, <TimeOf at={at} />
        {undoneAt === null ? '' : ', taken back'}
      </span>{' '}
    </>
  );
}
