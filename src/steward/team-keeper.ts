/** One team, with exactly the people that governance lists for today. */
import type { Look } from './drift-look.ts';
import { no } from './project-words.ts';
import type { ReviewGitHub } from './review-github.ts';

export interface KeptTeam {
  slug: string;
  members: readonly number[];
  description: string;
}

/** Who should be in it and is not yet: asked to join, or not taken by GitHub. Undefined: there is no such team. */
export async function keepTeam(
  look: Look,
  github: ReviewGitHub,
  team: KeptTeam,
): Promise<number[] | undefined> {
  const { slug } = team;
  if (!(await github.hasTeam(slug))) {
    if (team.members.length === 0) return undefined;
    let made: string | undefined;
    const became = await look.differs({
      kind: 'teams',
      found: 'team-missing',
      deed: 'team-created',
      about: { team: slug },
      key: `team ${slug}`,
      there: true,
      work: async () => void (made = await github.createTeam(slug, team.description)),
    });
    if (became !== 'done') return undefined;
    if (made !== slug) {
      look.refuse(no.teamName(slug, made ?? ''), { team: slug });
      return undefined;
    }
  }
  look.holds(`team ${slug}`, true);
  const now = await github.members(slug);
  for (const { id, login } of now) {
    const key = `member ${slug} ${id}`;
    if (team.members.includes(id)) look.holds(key, true);
    else
      await look.differs({
        kind: 'teams',
        found: 'member-not-listed',
        deed: 'member-removed',
        about: { team: slug, person: id },
        key,
        there: false,
        work: () => github.removeMember(slug, login),
      });
  }
  const lacking = team.members.filter((id) => !now.some((one) => one.id === id));
  const refused: number[] = [];
  const absent: number[] = [];
  for (const person of lacking) {
    const login = await github.login(person);
    if (login === undefined) {
      refused.push(person);
      continue;
    }
    if (await github.isAsked(slug, login)) {
      absent.push(person);
      continue;
    }
    const became = await look.differs({
      kind: 'teams',
      found: 'member-missing',
      deed: 'member-added',
      about: { team: slug, person },
      key: `member ${slug} ${person}`,
      there: true,
      work: () => github.addMember(slug, login),
    });
    if (became === 'refused') refused.push(person);
    else if (became === 'told') absent.push(person);
  }
  if (refused.length > 0) look.refuse(no.notJoined(slug, refused), { team: slug });
  return [...absent, ...refused];
}
