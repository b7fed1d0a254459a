/**
 * The topic `browser`: somebody signed in to a viewer from a browser not seen before, and is told.
 *
 * Checkers are told on the issue *Viewer sign-ins* of the review repository, everybody else on the one of a study
 * repository of theirs: one comment that mentions the person, under an issue that stays open.
 */
import { backendById, personById, rolesOf, type Governance } from '../../governance/governance.ts';
import { newBrowser } from '../../outputs/outputs.ts';
import { code, marker, mention } from '../markdown.ts';
import { OutOfReach, showFor } from '../reach.ts';
import { instant } from '../request-view.ts';
import type { Room } from '../room.ts';
import { reviewRepository } from './facts.ts';
import { findReviewRepository } from './review-repository.ts';
import { showIssue } from './show-issue.ts';

export async function showBrowser(room: Room, id: string, force: boolean): Promise<void> {
  const news = await newBrowser(room.db, id);
  const governance = room.governance.current();
  const person = news && governance && personById(governance, news.person);
  if (!news || !governance || !person) return;
  const place = await placeFor(room, governance, news.person, news.backend);
  if (place === undefined) throw new OutOfReach('no repository in which the person could be told');
  const show = await showFor(room, place, force);
  const issue = await showIssue(show, {
    key: `issue:sign-ins:${place}`,
    mark: marker('sign-ins', String(place)),
    title: 'Viewer sign-ins',
    body: ({ replaces }) =>
      [
        marker('sign-ins', String(place)),
        'Whoever signs in to a viewer from a browser that was not seen before is told here.',
        ...(replaces ? [`This issue replaces #${replaces}.`] : []),
      ].join('\n\n'),
    labels: [],
    open: true,
    reason: 'completed',
  });
  if (issue === 'off') throw new OutOfReach('the repository has no issues');
  const backend = backendById(governance, news.backend)?.name ?? news.backend;
  const contact = governance.deployment.contacts['incidents'];
  const mark = marker('browser', id);
  const tell = contact
    ? ` If not, tell ${code(contact)} at once.`
    : ' If not, tell the people who run this deployment at once.';
  await show.comment({
    key: `browser:${id}`,
    issue: issue.number,
    mark,
    body: `${mark}\n${mention(person.login)}: your account signed in to the viewer of ${code(backend)} from a new browser at ${instant(news.at)}. If that was you, nothing is to be done.${tell}`,
    final: true,
  });
}

async function placeFor(
  room: Room,
  governance: Governance,
  person: number,
  backend: string,
): Promise<number | undefined> {
  const at = room.clock.now();
  const own = governance.projects.filter((project) => project.members.some(({ id }) => id === person));
  const [first] = own.filter((project) => project.backends.includes(backend));
  // A role may be limited to some projects, and those to their organisation's review repository.
  const checks = governance.projects.find((project) =>
    rolesOf(governance, person, project.id, at).has('output_checker'),
  );
  const studies = (first ?? own[0])?.repos.map(({ id }) => id) ?? [];
  const wanted = checks
    ? [reviewRepository(governance, checks)]
    : [...studies, reviewRepository(governance, first)];
  for (const named of wanted) {
    const repository = await findReviewRepository(room, named);
    if (repository) return repository.id;
  }
  return undefined;
}
