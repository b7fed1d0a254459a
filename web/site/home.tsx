/** The front page: what this hub is, and where to go. */
import type { MembersDeps } from '../../src/members/members.ts';
import { PageHead } from '../ui/shell.tsx';
import type { SitePages } from './visit.tsx';

export function homePage(add: SitePages, deps: MembersDeps): void {
  add.open('/', (visit) => {
    const deployment = deps.governance()?.deployment;
    visit.show({
      title: 'Start',
      body: (
        <>
          <PageHead
            title={deployment?.id ?? 'Sallyport'}
            about="A trusted research environment: code goes in, results that two people checked come out, data stay where they are."
          />
          <ul class="ml-4">
            <li class="mb-2">
              <a href="/requests">Requests</a>: everything that was asked to run here, and what became of it.
            </li>
            <li class="mb-2">
              <a href="/projects">Projects</a>: what is studied, by whom; <a href="/people">people</a>,{' '}
              <a href="/orgs">organisations</a> and their <a href="/permissions">permissions</a>.
            </li>
            <li class="mb-2">
              <a href="/codelists">Codelists</a>: lists of codes that studies use, and a page to build them on.
            </li>
            <li class="mb-2">
              <a href="/ledger">Ledger</a>: all of it in a log that only grows, and how to check that.
            </li>
            <li class="mb-2">
              <a href="/status">Status</a>: whether the backends work.
            </li>
            <li class="mb-2">
              <a href="/releases">Releases</a>: files of your projects that left the secure zone.
            </li>
            <li class="mb-2">
              <a href="/airlock-login">Enter a viewer</a>: a code for the viewer that waits in the zone with a
              number.
            </li>
            <li class="mb-2">
              <a href="/account">Account</a>: where you are signed in.
            </li>
            <li class="mb-2">
              <a href="/provenance">Provenance</a>: what stands beside published files, and how to check it.
            </li>
            <li class="mb-2">
              <a href="/figures">Figures</a>: how long checking takes here.
            </li>
          </ul>
        </>
      ),
    });
  });
}
