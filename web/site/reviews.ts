/** `/reviews/<request>`: a short way to the review issue, for people who read its address off a screen inside a zone. */
import { reviewIssueOf, type MembersDeps } from '../../src/members/members.ts';
import type { SitePages } from './visit.tsx';

export function reviewPages(add: SitePages, deps: MembersDeps): void {
  add.page('/reviews/:id', async (visit) => {
    const issue = await reviewIssueOf(deps, visit.member, String(visit.request.params['id']));
    if (!issue) return visit.notFound();
    visit.response.redirect(302, issue);
  });
}
