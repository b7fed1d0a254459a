/**
 * `/codelists/build`: a codelist built on a page. Each press of a button is a decision, kept at once with who, when
 * and why; nothing is lost by leaving, and two tabs add to the same list. Saved, it is a pull request.
 */
import { isoDay } from '../../src/lib/clock.ts';
import { ID_PATTERN } from '../../src/lib/ids.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { readLine } from '../../src/codelists/codelists.ts';
import type { MembersDeps } from '../../src/members/members.ts';
import {
  childrenOf,
  codeOf,
  decide,
  decisionsOf,
  draftOf,
  draftsOf,
  listOf,
  mayBuild,
  memberCount,
  membershipOf,
  membersOf,
  MOST_SAVED,
  ownersFor,
  saveDraft,
  searchCodes,
  startDraft,
  systemsOf,
  undo,
  versionOf,
  wayUp,
  type Draft,
} from '../../src/registry/registry.ts';
import { optionalScript } from './assets.ts';
import { Building, type Looked } from './builder-page.tsx';
import { Drafts, type Started } from './builder-start.tsx';
import { ownPath } from './origin.ts';
import type { MemberVisit, SitePages, Visit } from './visit.tsx';

const HOME = '/codelists/build';

export function builderPages(add: SitePages, deps: MembersDeps): void {
  add.page(HOME, (visit) => start(visit, deps));
  add.form(HOME, async (visit) => {
    const by = byOf(visit);
    const since = fieldIn(visit, 'since');
    const made = await startDraft(
      deps,
      by,
      {
        owner: fieldIn(visit, 'owner'),
        slug: fieldIn(visit, 'slug'),
        version: fieldIn(visit, 'version'),
        name: fieldIn(visit, 'name'),
        description: fieldIn(visit, 'description'),
        source: fieldIn(visit, 'source'),
        system: fieldIn(visit, 'system'),
      },
      since && (await versionOf(deps.db, since)) ? since : undefined,
    );
    if (isRefusal(made)) return visit.refuse(made, 400);
    visit.go(`${HOME}/${made}`);
  });
  add.page(`${HOME}/:id`, async (visit) => {
    const draft = await draftOf(deps, draftIn(visit), byOf(visit));
    return draft ? show(visit, deps, draft) : visit.notFound();
  });
  add.form(`${HOME}/:id/decide`, async (visit) => {
    const draft = draftIn(visit);
    const [what, code] = (['include', 'exclude'] as const)
      .map((each) => [each, fieldIn(visit, each)] as const)
      .find(([, value]) => value !== '') ?? ['include', ''];
    const no = await decide(deps, byOf(visit), {
      ...{ draft, code, what, why: fieldIn(visit, 'why') },
      descendants: fieldIn(visit, 'below') === 'yes',
    });
    return no ? visit.refuse(no, 400) : back(visit, deps, draft);
  });
  add.form(`${HOME}/:id/undo`, async (visit) => {
    const draft = draftIn(visit);
    const decision = Number(fieldIn(visit, 'decision'));
    const no = await undo(deps, byOf(visit), {
      draft,
      decision: Number.isSafeInteger(decision) ? decision : 0,
    });
    return no ? visit.refuse(no, 400) : back(visit, deps, draft);
  });
  add.form(`${HOME}/:id/save`, async (visit) => {
    const draft = draftIn(visit);
    const no = await saveDraft(deps, byOf(visit), draft, { why: fieldIn(visit, 'why') });
    return no ? visit.refuse(no, 400) : visit.go(`${HOME}/${draft}#saved`);
  });
}

/** An id of ours, or none. */
function draftIn(visit: Visit): string {
  const id = String(visit.request.params['id']);
  return ID_PATTERN.test(id) ? id : '';
}

/** What no text of ours holds and no database takes is left out. */
const fieldIn = (visit: Visit, name: string): string => visit.field(name).replaceAll('\u0000', '');

const byOf = ({ member }: MemberVisit): { id: number; login: string } => ({
  id: member.person,
  login: member.login,
});

/** Where the person was on the page, and nowhere else. */
function back(visit: MemberVisit, { origin }: MembersDeps, draft: string): void {
  const path = ownPath(fieldIn(visit, 'back'), origin);
  visit.go(path.startsWith(`${HOME}/${draft}`) ? path : `${HOME}/${draft}`);
}

async function start(visit: MemberVisit, deps: MembersDeps): Promise<void> {
  const by = byOf(visit);
  const no = mayBuild(deps, by);
  if (no) return visit.refuse(no, 403);
  const line = readLine(fieldIn(visit, 'since'));
  const since = line && (await versionOf(deps.db, line.id));
  const list = since && (await listOf(deps.db, since.list));
  const owners = ownersFor(deps, by);
  const started: Started = {
    owner: list && owners.includes(list.owner) ? list.owner : (owners[0] ?? ''),
    slug: list ? list.id.slice(list.owner.length + 1) : '',
    version: isoDay(deps.clock.now()),
    name: list?.name ?? '',
    description: list?.description ?? '',
    source: list?.source ?? '',
    system: list?.system ?? '',
    since: since?.id ?? '',
  };
  const [drafts, systems] = [await draftsOf(deps.db, by), await systemsOf(deps.db)];
  visit.show({
    title: 'Build a codelist',
    body: <Drafts {...{ member: visit.member, drafts, systems, owners, started }} />,
  });
}

async function show(visit: MemberVisit, deps: MembersDeps, draft: Draft): Promise<void> {
  const { db } = deps;
  const asked = fieldIn(visit, 'q').slice(0, 200);
  const under = fieldIn(visit, 'under').slice(0, 100);
  const after = fieldIn(visit, 'after').slice(0, 100);
  const hits = asked
    ? await searchCodes(db, draft.system, asked)
    : await childrenOf(db, draft.system, under || undefined, after);
  const members = await membersOf(db, draft, fieldIn(visit, 'from').slice(0, 100));
  const decisions = await decisionsOf(db, draft);
  const codes = [...hits.codes.map(({ code }) => code), ...(under ? [under] : [])];
  const looked: Looked = {
    member: visit.member,
    draft,
    here: visit.here,
    asked,
    hits,
    at: under && !asked ? await codeOf(db, draft.system, under) : undefined,
    up: under && !asked ? await wayUp(db, draft.system, under) : [],
    standing: await membershipOf(db, draft.id, codes),
    members,
    count: await memberCount(db, draft.id, MOST_SAVED + 1),
    decisions,
  };
  const script = optionalScript('builder');
  visit.show({
    title: `Build ${draft.name}`,
    body: <Building {...looked} />,
    ...(script && { script }),
  });
}
