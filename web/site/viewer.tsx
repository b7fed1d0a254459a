/** `/airlock-login`: from the number that a viewer shows to the three words that are typed into it. */
import type { VNode } from 'preact';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import { codeFor, waitingViewer, type Member, type MembersDeps } from '../../src/members/members.ts';
import type { GivenCode, PendingSignIn } from '../../src/outputs/outputs.ts';
import { PageHead, RefusalBox, TimeOf } from '../ui/shell.tsx';
import { Token, type SitePages } from './visit.tsx';

const PATH = '/airlock-login';

export function viewerPages(add: SitePages, deps: MembersDeps): void {
  add.page(PATH, async (visit) => {
    const number = visit.field('number').replace(/\s/g, '');
    if (!number || visit.request.method === 'HEAD')
      return visit.show({ title: 'Enter a viewer', body: <AskNumber /> });
    const found = await waitingViewer(deps, visit.member, number);
    if (isRefusal(found)) return visit.show({ title: 'Enter a viewer', body: <AskNumber no={found} /> }, 404);
    visit.show({ title: 'Is this your viewer?', body: <Confirm viewer={found} member={visit.member} /> });
  });

  add.form(PATH, async (visit) => {
    const confirmed = { number: visit.field('number'), startedAt: visit.field('started') };
    const given = await codeFor(deps, visit.member, confirmed);
    if (isRefusal(given)) return visit.show({ title: 'Enter a viewer', body: <AskNumber no={given} /> }, 404);
    visit.show({ title: 'Your code', body: <Code given={given} /> });
  });
}

function AskNumber({ no }: { no?: Refusal }): VNode {
  return (
    <div class="sp-narrow">
      <PageHead
        title="Enter a viewer"
        about="A viewer in a secure zone cannot reach GitHub. Here you say who you are, and get a code for it."
      />
      {no ? <RefusalBox no={no} /> : null}
      <form method="get" action={PATH}>
        <label for="number" class="d-block text-bold mb-1">
          The number your viewer shows
        </label>
        <input
          class="form-control mr-2"
          id="number"
          name="number"
          inputMode="numeric"
          autocomplete="off"
          pattern="[0-9 ]{6,7}"
          maxLength={7}
          required
          aria-describedby="number-help"
        />
        <button class="btn btn-primary" type="submit">
          Continue
        </button>
        <p class="note mt-1" id="number-help">
          Six digits, on the viewer's sign-in page.
        </p>
      </form>
    </div>
  );
}

function Confirm({ viewer, member }: { viewer: PendingSignIn; member: Member }): VNode {
  return (
    <div class="sp-narrow">
      <PageHead title="Is this what your viewer shows?" />
      <dl class="sp-facts" data-testid="waiting">
        <dt>Number</dt>
        <dd class="sp-number">{spaced(viewer.number)}</dd>
        <dt>Zone</dt>
        <dd>
          {viewer.backendName} <span class="color-fg-muted">({viewer.backend})</span>
        </dd>
        <dt>Asked</dt>
        <dd>
          <TimeOf at={viewer.startedAt} />
        </dd>
        <dt>You are</dt>
        <dd>
          {member.name} <span class="color-fg-muted">({member.login})</span>
        </dd>
      </dl>
      <div class="flash flash-warn mb-3">
        Go on only if you opened this viewer yourself and it is in front of you now. If somebody sent you the
        number or a link, close this page and tell the deployment's operator.
      </div>
      <form method="post" action={PATH}>
        <Token member={member} />
        <input type="hidden" name="number" value={viewer.number} />
        <input type="hidden" name="started" value={String(viewer.startedAt)} />
        <button class="btn btn-primary mr-2" type="submit" data-testid="yes">
          Yes, show my code
        </button>
        <a class="btn" href={PATH}>
          No
        </a>
      </form>
    </div>
  );
}

function Code({ given }: { given: GivenCode & { viewer: PendingSignIn } }): VNode {
  return (
    <div class="sp-narrow">
      <PageHead
        title="Your code"
        about={`For viewer ${spaced(given.viewer.number)} in ${given.viewer.backendName}.`}
      />
      <p class="sp-words" data-testid="code">
        {given.code}
      </p>
      <div class="sp-bar mb-1" aria-hidden="true">
        <div />
      </div>
      <p>
        It works until <TimeOf at={given.expiresAt} />, once
        <span aria-hidden="true">
          {' '}
          (<span class="sp-left" /> left)
        </span>
        .
      </p>
      <ol class="ml-4 mb-3">
        <li>Go to the viewer that shows {spaced(given.viewer.number)}.</li>
        <li>Type the three words with a space between them. Capitals do not matter.</li>
        <li>Tell them to nobody: no one who works here asks for them.</li>
      </ol>
      <p class="color-fg-muted">
        This page shows the code once. To get another, enter the number again: this one then ends.
      </p>
    </div>
  );
}

const spaced = (number: string): string => `${number.slice(0, 3)} ${number.slice(3)}`;
