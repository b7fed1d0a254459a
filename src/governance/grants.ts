/** Rules about time: nothing is granted for longer than the grounds it rests on. */
import { permissionsOf, spot, type Finding, type Rule, type Spot } from './facts.ts';
import type { Day, Person } from './types.ts';
import { words } from './words.ts';

interface Limit {
  day: Day | undefined;
  whose: string;
}

/** `from` before `until`, and `until` not after anything it rests on: the earliest such limit is named. */
export function holds(
  grant: { from?: Day; until: Day },
  { source, path }: Spot,
  limits: readonly Limit[],
  field = 'until',
): Finding[] {
  const found: Finding[] = [];
  const { from, until } = grant;
  if (from !== undefined && from >= until) {
    found.push(source.at([...path, 'from'], 'governance.from-after-until', words.fromNotBefore(from, until)));
  }
  const broken = limits
    .flatMap((limit) =>
      limit.day !== undefined && limit.day < until ? [{ day: limit.day, whose: limit.whose }] : [],
    )
    .sort((a, b) => (a.day < b.day ? -1 : 1))[0];
  if (broken) {
    const message = words.untilLater(until, broken.day, broken.whose);
    found.push(
      source.at([...path, field], 'governance.until-too-late', message, {
        hint: words.untilHint(broken.day),
      }),
    );
  }
  return found;
}

export const nothingOutlastsItsGrounds: Rule = (facts) => {
  const people = new Map(facts.people.map(({ value }) => [value.id, value]));
  const projects = new Map(facts.projects.map(({ value }) => [value.id, value]));
  const dummy = new Set(
    facts.backends.filter(({ value }) => value.data === 'dummy').map(({ value }) => value.id),
  );
  const training = (person: Person | undefined): Limit => ({
    day: person?.training?.expires,
    whose: "the person's training",
  });
  const agreement = (person: Person | undefined): Limit => ({
    day: person?.agreement?.expires,
    whose: "the person's agreement",
  });
  const own = (person: Person | undefined): Limit => ({ day: person?.until, whose: 'the person' });
  return [
    ...facts.people.flatMap((placed) =>
      placed.value.backends.flatMap((g, index) => {
        const grounds = dummy.has(g.id) ? [] : [training(placed.value), agreement(placed.value)];
        return holds(g, spot(placed, 'backends', index), [own(placed.value), ...grounds]);
      }),
    ),
    ...facts.teams.flatMap((placed) =>
      placed.value.members.flatMap((m, index) =>
        holds(m, spot(placed, 'members', index), [own(people.get(m.id))]),
      ),
    ),
    ...facts.projects.flatMap((placed) => {
      const end = { day: placed.value.until, whose: 'the project' };
      const { copilot } = placed.value;
      const members = placed.value.members.flatMap((m, index) => {
        const person = people.get(m.id);
        const runs = m.roles.includes('lead') || m.roles.includes('developer');
        return holds(m, spot(placed, 'members', index), [
          end,
          own(person),
          ...(runs ? [training(person)] : []),
        ]);
      });
      if (!copilot) return members;
      const access = { until: copilot.access_until };
      const support = { until: copilot.support_until };
      const at = spot(placed, 'copilot');
      return [
        ...members,
        ...holds(access, at, [end, own(people.get(copilot.id))], 'access_until'),
        ...holds(support, at, [{ day: copilot.access_until, whose: 'the access' }], 'support_until'),
      ];
    }),
    ...permissionsOf(facts).flatMap((placed) =>
      placed.value.grants.flatMap((g, index) =>
        holds(g, spot(placed, 'grants', index), [
          { day: projects.get(g.project)?.until, whose: 'the project' },
        ]),
      ),
    ),
  ];
};

export const realDataNeedsTraining: Rule = (facts) => {
  const real = new Set(
    facts.backends.filter(({ value }) => value.data === 'real').map(({ value }) => value.id),
  );
  return facts.people.flatMap((placed) => {
    const first = placed.value.backends.findIndex((g) => real.has(g.id));
    const entry = placed.value.backends[first];
    if (!entry || placed.value.training) return [];
    const { source, path } = spot(placed, 'backends', first);
    return [source.at(path, 'governance.no-training', words.noTraining(entry.id), { severity: 'warning' })];
  });
};
