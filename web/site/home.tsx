/** The front page: what this hub is, and where to go. */
import type { MembersDeps } from '../../src/members/members.ts';
import { pausedNow } from '../../src/record/record.ts';
import { PageHead } from '../ui/shell.tsx';
import { PausedBanner } from './paused.tsx';
import { pageHead, siteName } from './record-parts.tsx';
import { SearchBox } from './requests.tsx';
import type { SitePages } from './visit.tsx';

const ABOUT =
  'A trusted research environment: code goes in, results that two people checked come out, data stay where they are.';

export function homePage(add: SitePages, deps: MembersDeps): void {
  add.open('/', async (visit) => {
    const paused = await pausedNow(deps);
    const deployment = deps.governance()?.deployment;
    visit.show({
      title: 'Start',
      head: pageHead({
        ...{ origin: deps.origin, path: '/', title: deployment?.id ?? 'Sallyport', about: ABOUT },
        site: siteName(deps.governance()),
      }),
      body: (
        <>
          <PageHead title={deployment?.id ?? 'Sallyport'} about={ABOUT} />
          <PausedBanner paused={paused} />
          <SearchBox asked="" />
          <h2 class="f4 mb-2">What was done</h2>
          <ul class="ml-4 mb-4">
            <li class="mb-2">
              <a href="/requests">Requests</a>: everything that was asked to run here, and what became of it.
            </li>
            <li class="mb-2">
              <a href="/releases">Releases</a>: what two checkers let out of a secure zone;{' '}
              <a href="/figures">how long that takes</a>.
            </li>
            <li class="mb-2">
              <a href="/published">Published outputs</a>: what of it is public;{' '}
              <a href="/provenance">how to check a download</a>.
            </li>
            <li class="mb-2">
              <a href="/ledger">Ledger</a>: all of it in a log that only grows, and how to check that.
            </li>
          </ul>
          <h2 class="f4 mb-2">Who and what</h2>
          <ul class="ml-4 mb-4">
            <li class="mb-2">
              <a href="/projects">Projects</a>: what is studied, by whom; <a href="/people">people</a>,{' '}
              <a href="/orgs">organisations</a> and their <a href="/permissions">permissions</a>.
            </li>
            <li class="mb-2">
              <a href="/repositories">Repositories</a>: where the code is, and when it becomes public.
            </li>
            <li class="mb-2">
              <a href="/codelists">Codelists</a>: lists of codes that studies use, and a page to build them
              on.
            </li>
            <li class="mb-2">
              <a href="/schemas">Tables</a>: what the columns of datasets are called and may hold, with
              invented rows.
            </li>
            <li class="mb-2">
              <a href="/images">Images</a>: what actions may run in, by digest, and until when.
            </li>
            <li class="mb-2">
              <a href="/status">Status</a>: whether the backends work; <a href="/alerts">alerts</a>: what
              everybody should know for a while.
            </li>
          </ul>
          <h2 class="f4 mb-2">For members</h2>
          <ul class="ml-4">
            <li class="mb-2">
              <a href="/airlock-login">Enter a viewer</a>: a code for the viewer that waits in the zone with a
              number.
            </li>
            <li class="mb-2">
              <a href="/account">Account</a>: where you are signed in.
            </li>
          </ul>
        </>
      ),
    });
  });
}
