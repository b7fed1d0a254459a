/** The page on which an author builds a request: what is missing stands first, then each group. */
import type { VNode } from 'preact';
import type { RequestPage } from '../../../agent/airlock/face.ts';
import type { Refusal } from '../../../src/lib/refusal.ts';
import type { CommandType } from '../../../src/release/release.ts';
import type { Visit } from '../parts.ts';
import { Against, ButtonForm, Token } from '../shell/forms.tsx';
import { Blank, Heading } from '../shell/frame.tsx';
import { StateLabel, Time } from '../shell/marks.tsx';
import { editAt, treeAt } from './addresses.ts';
import { EditGroup } from './edit-group.tsx';
import { EditHints } from './edit-hints.tsx';

export interface EditProps {
  visit: Visit;
  page: RequestPage;
}

export function Edit({ visit, page }: EditProps): VNode {
  const { request, groups, files } = page;
  return (
    <>
      <Heading
        title={
          <>
            Request in {request.workspace} <StateLabel state={request.state} />
          </>
        }
        note={
          <>
            <code>{request.id}</code> · {request.projectTitle} · made
            {request.automated ? ' by a schedule' : ''} <Time at={request.createdAt} />
          </>
        }
      >
        <a class="btn" href={treeAt(request.workspace, {})}>
          Add files
        </a>
      </Heading>
      {request.state === 'returned' ? <Returned page={page} /> : null}
      {request.automated && request.submittedAt === null ? (
        <div class="flash mb-3" data-testid="by-schedule">
          A schedule of the project made this request in your name. Once you change it, it is yours to submit.
        </div>
      ) : null}
      <div class="va-with-aside">
        <div>
          {files.length === 0 ? (
            <Blank title="No file yet">
              <a href={treeAt(request.workspace, {})}>Open the workspace</a>, tick outputs, and add them here.
            </Blank>
          ) : null}
          {groups.map((group) => (
            <EditGroup {...{ visit, page, group }} />
          ))}
          <EditHints visit={visit} page={page} />
        </div>
        <aside>
          <Submit visit={visit} page={page} />
          <CoAuthors visit={visit} page={page} />
          <Withdraw visit={visit} page={page} />
        </aside>
      </div>
    </>
  );
}

function Returned({ page: { request } }: { page: RequestPage }): VNode {
  return (
    <div class="flash flash-warn mb-3">
      The checkers sent the request back
      {request.category !== null ? ` (${request.category.replaceAll('-', ' ')})` : ''}.{' '}
      {request.returnedEarly
        ? 'Change what is needed and submit it again.'
        : 'Read their comments, change what is needed, say in a comment on each group what you did, and submit it again.'}
    </div>
  );
}

export function againstOf(page: RequestPage, type: CommandType): readonly Refusal[] | undefined {
  return page.offers.find((offer) => offer.type === type)?.against;
}

/** What is missing, and the button; the policy text the first time. */
function Submit({ visit, page }: EditProps): VNode | null {
  const against = againstOf(page, 'submit');
  const { id } = page.request;
  const { accepted, text, version } = page.policyText;
  if (!against) return null;
  // Its own form says it better.
  const missing = against.filter(({ code }) => code !== 'release.policy-not-accepted');
  return (
    <section class="Box p-3 mb-3" aria-labelledby="submit" data-testid="submit-box">
      <h2 class="h4 mb-2" id="submit">
        {against.length === 0 ? 'Ready to submit' : 'Before you submit'}
      </h2>
      {missing.length > 0 ? <Against against={missing} /> : null}
      {accepted ? null : (
        <form method="post" action={`${editAt(id)}/accept-policy`} class="mb-3">
          <Token csrf={visit.csrf} />
          <input type="hidden" name="version" value={version} />
          <div class="va-policy" tabIndex={0} role="region" aria-label="Policy">
            {text.split(/\n\n+/).map((part) => (
              <p>{part}</p>
            ))}
          </div>
          <label class="va-check">
            <input type="checkbox" name="accept" value="yes" required /> I have read this, and what I ask for
            keeps to it.
          </label>
          <button class="btn btn-sm" type="submit" data-testid="accept">
            Accept
          </button>
        </form>
      )}
      <form method="post" action={`${editAt(id)}/submit`}>
        <Token csrf={visit.csrf} />
        <button
          class="btn btn-primary btn-block"
          type="submit"
          disabled={against.length > 0}
          aria-describedby="submit"
          data-testid="submit"
        >
          Submit to the checkers
        </button>
      </form>
      <p class="va-note mb-0">
        After this nobody changes the request until the checkers have decided. They are told on GitHub that it
        is there, never what is in it.
      </p>
    </section>
  );
}

function CoAuthors({ visit, page }: EditProps): VNode | null {
  const against = againstOf(page, 'name-co-author');
  const { request, members } = page;
  const others = members.filter(
    ({ id }) => id !== request.author.id && !request.coAuthors.some((person) => person.id === id),
  );
  if (!against || (others.length === 0 && request.coAuthors.length === 0)) return null;
  return (
    <section class="Box p-3 mb-3" aria-labelledby="co-authors">
      <h2 class="h4 mb-2" id="co-authors">
        Co-authors
      </h2>
      {request.coAuthors.map(({ name, login }) => (
        <p class="mb-1">{name || login}</p>
      ))}
      {others.length > 0 ? (
        <form method="post" action={`${editAt(request.id)}/co-author`} class="d-flex va-gap">
          <Token csrf={visit.csrf} />
          <select class="form-select select-sm va-grow" name="person" aria-label="Member of the project">
            {others.map(({ id, name, login }) => (
              <option value={String(id)}>{name || login}</option>
            ))}
          </select>
          <button class="btn btn-sm" type="submit">
            Name
          </button>
        </form>
      ) : null}
      <p class="va-note mb-0">They edit with you, and can take the request over. None of you can check it.</p>
    </section>
  );
}

function Withdraw({ visit, page }: EditProps): VNode | null {
  const against = againstOf(page, 'withdraw');
  if (!against) return null;
  return (
    <details class="Box p-3">
      <summary>Withdraw the request</summary>
      <p class="va-note">This cannot be undone. The workspace keeps its files; a new request can be made.</p>
      <ButtonForm
        csrf={visit.csrf}
        action={`${editAt(page.request.id)}/withdraw`}
        label="Withdraw for good"
        kind="danger"
        against={against}
        testid="withdraw"
      />
    </details>
  );
}
