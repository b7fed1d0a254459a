/**
 * Who gains or loses what between two versions, in plain words for the summary of a pull request.
 *
 * Both versions are written out as facts, one sentence each under a key that names the right; what
 * differs between the two lists is the change. Nothing that a fact mentions can slip through.
 */
import { ROLE_NAMES } from './permissions.ts';
import type { Day, Governance } from './types.ts';

export interface GovernanceChange {
  kind: 'gains' | 'loses' | 'changes';
  text: string;
}

/** What a change is about, and the key it is known by among all changes of two versions. */
export interface KeyedChange extends GovernanceChange {
  key: string;
}

interface Fact {
  text: string;
  /** A right that ends: a later day is a gain, an earlier one a loss. Absent for rights without end. */
  until?: Day;
  /** A setting: what it is now. */
  value?: string;
  /** A setting of the thing under this key: not worth a line when the thing itself comes or goes. */
  of?: string;
}

type Facts = Map<string, Fact>;

const FOREVER = '9999-12-31';

/** In the order gains, losses, changes. `before` is undefined for the first version. */
export function describeChange(before: Governance | undefined, after: Governance): GovernanceChange[] {
  return keyedChanges(before, after).map(({ kind, text }) => ({ kind, text }));
}

/** The same with their keys; the first word of a key says what it is about. */
export function keyedChanges(before: Governance | undefined, after: Governance): KeyedChange[] {
  const old: Facts = before ? facts(before) : new Map();
  const now = facts(after);
  const found: KeyedChange[] = [];
  const note = (key: string, changes: readonly GovernanceChange[]): void => {
    for (const each of changes) found.push({ key, ...each });
  };
  for (const [key, fact] of now) note(key, compare(old.get(key), fact, old));
  for (const [key, fact] of old) if (!now.has(key)) note(key, gone(fact, now));
  const order = ['gains', 'loses', 'changes'];
  return found.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

function compare(earlier: Fact | undefined, fact: Fact, old: Facts): GovernanceChange[] {
  const { text, value, of } = fact;
  if (of !== undefined) {
    if (!old.has(of) || earlier?.value === value) return [];
    return [{ kind: 'changes', text: `${text}: ${value}${earlier ? ` instead of ${earlier.value}` : ''}` }];
  }
  if (!earlier) return [{ kind: 'gains', text: whole(fact) }];
  const [was, is] = [earlier.until ?? FOREVER, fact.until ?? FOREVER];
  if (was === is) return [];
  const end = (day: Day): string => (day === FOREVER ? 'without end' : `until ${day}`);
  return [{ kind: is > was ? 'gains' : 'loses', text: `${text}, ${end(is)} instead of ${end(was)}` }];
}

function gone(fact: Fact, now: Facts): GovernanceChange[] {
  if (fact.of === undefined) return [{ kind: 'loses', text: whole(fact) }];
  return now.has(fact.of) ? [{ kind: 'changes', text: `${fact.text}: no longer ${fact.value}` }] : [];
}

function whole({ text, until }: Fact): string {
  return until === undefined ? text : `${text}, until ${until}`;
}

/** One fact per leaf of a setting, so that a change names the one thing that changed. */
function settings(all: Facts, of: string, text: string, value: unknown, path: readonly string[] = []): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    for (const [key, held] of Object.entries(value)) settings(all, of, text, held, [...path, key]);
  } else if (value !== undefined) {
    const name = [text, path.join('.')].filter(Boolean).join(', ');
    all.set(`${of} ${path.join('.')} setting`, { text: name, value: JSON.stringify(value), of });
  }
}

function facts(g: Governance): Facts {
  const all: Facts = new Map();
  const names = new Map(
    g.people.map((person) => [person.id, `${person.name} (@${person.login}, ${person.id})`]),
  );
  const who = (id: number): string => names.get(id) ?? `GitHub user ${id}`;
  for (const p of g.people) {
    all.set(`person ${p.id}`, { text: `${who(p.id)} is registered`, until: p.until });
    const { login, name, orgs, commitEmails } = p;
    settings(all, `person ${p.id}`, `Person ${p.id}`, { login, name, orgs, commitEmails });
    if (p.training)
      all.set(`training ${p.id}`, {
        text: `${who(p.id)} is trained (${p.training.course})`,
        until: p.training.expires,
      });
    if (p.agreement)
      all.set(`agreement ${p.id}`, {
        text: `${who(p.id)} has agreement ${p.agreement.ref}`,
        until: p.agreement.expires,
      });
    for (const b of p.backends)
      all.set(`grant ${p.id} ${b.id} ${b.from}`, {
        text: `${who(p.id)} may use backend ${b.id}${from(b)}`,
        until: b.until,
      });
  }
  for (const t of g.teams) {
    for (const m of t.members) {
      const scope = m.scope
        ? ` for ${[...(m.scope.orgs ?? []), ...(m.scope.projects ?? [])].join(', ')}`
        : '';
      const key = `team ${t.role} ${t.team} ${m.id} ${scope} ${m.from}`;
      const text = `${who(m.id)} is ${ROLE_NAMES[t.role]}${scope}${from(m)}`;
      all.set(key, { text, until: m.until });
      settings(all, key, `${who(m.id)} as ${ROLE_NAMES[t.role]}`, {
        workingDays: m.workingDays,
        away: m.away.length > 0 ? m.away : undefined,
      });
    }
  }
  for (const p of g.projects) {
    all.set(`project ${p.id}`, { text: `Project ${p.id} exists`, until: p.until });
    const openConditions = p.approval.conditions.filter((c) => c.met_on === null).map((c) => c.id);
    const blocking = Object.fromEntries(p.approval.conditions.map((c) => [c.id, c.blocks]));
    settings(all, `project ${p.id}`, `Project ${p.id}`, {
      status: p.status,
      status_since: p.status_since,
      number: p.number,
      orgs: p.orgs,
      openConditions,
      blocking,
      approvedOn: p.approval.on,
      start: p.start,
      title: p.title,
      summary: p.summary,
      type: p.type,
      status_reason: p.status_reason,
      application: p.approval.application_hash,
      conditions: Object.fromEntries(p.approval.conditions.map((c) => [c.id, c.text])),
    });
    for (const { title, ...paper } of p.papers) {
      const key = `paper ${p.id} ${title}`;
      all.set(key, { text: `Paper "${title}" reports project ${p.id}` });
      settings(all, key, `Paper "${title}"`, paper);
    }
    for (const former of p.aliases)
      all.set(`alias ${p.id} ${former}`, { text: `Project ${p.id} is also known as ${former}` });
    for (const id of p.conflicts)
      all.set(`conflict ${p.id} ${id}`, { text: `${who(id)} may not check project ${p.id}` });
    for (const name of p.archived)
      all.set(`archived ${p.id} ${name}`, { text: `Workspace ${name} of project ${p.id} is archived` });
    for (const { id, until, ...schedule } of p.schedules) {
      const key = `schedule ${p.id} ${id}`;
      all.set(key, { text: `Schedule ${id} asks for releases of project ${p.id}`, until });
      settings(all, key, `Schedule ${id} of project ${p.id}`, schedule);
    }
    for (const b of p.backends)
      all.set(`project ${p.id} on ${b}`, { text: `Project ${p.id} may use backend ${b}` });
    for (const r of p.repos) {
      const key = `repo ${p.id} ${r.id}`;
      all.set(key, { text: `Repository ${r.id} belongs to project ${p.id}` });
      const cleared = r.cleared.length > 0 ? r.cleared.map(({ object }) => object) : undefined;
      settings(all, key, `Repository ${r.id}`, { visibility: r.visibility, exempt: r.exempt, cleared });
      for (const { on, until, reason, ref } of r.extensions)
        all.set(`${key} from ${on} for ${ref}`, {
          text: `Repository ${r.id} may stay private (${reason}; ${ref})`,
          until,
        });
    }
    for (const m of p.members) {
      for (const role of m.roles) {
        all.set(`member ${p.id} ${m.id} ${role} ${m.from}`, {
          text: `${who(m.id)} is ${ROLE_NAMES[role]} of project ${p.id}${from(m)}`,
          until: m.until,
        });
      }
    }
    if (p.copilot) {
      const { id, access_until: until, support_until } = p.copilot;
      const key = `copilot ${p.id} ${id}`;
      all.set(key, { text: `${who(id)} is co-pilot of project ${p.id}`, until });
      settings(all, key, `Co-pilot of project ${p.id}`, { support_until });
    }
  }
  for (const d of g.datasets) {
    const key = `steward ${d.dataset} ${d.stewardTeam}`;
    all.set(key, { text: `Team ${d.stewardTeam} grants dataset ${d.dataset}` });
    settings(all, key, `Dataset ${d.dataset}`, { ask: d.ask });
    for (const r of d.grants)
      all.set(`dataset ${d.dataset} ${r.project} ${r.from}`, {
        text: `Project ${r.project} may read dataset ${d.dataset} from ${r.from}`,
        until: r.until,
      });
  }
  for (const [what, permissions] of [
    ['population', g.populations],
    ['component', g.components],
  ] as const) {
    for (const d of permissions) {
      const key = `steward of ${what} ${d.name} ${d.stewardTeam}`;
      all.set(key, { text: `Team ${d.stewardTeam} grants ${what} ${d.name}` });
      settings(all, key, `Permission ${d.name}`, { ask: d.ask });
      for (const r of d.grants)
        all.set(`${what} ${d.name} ${r.project} ${r.from}`, {
          text: `Project ${r.project} may use ${what} ${d.name} from ${r.from}`,
          until: r.until,
        });
    }
  }
  for (const o of g.orgs) {
    all.set(`org ${o.id}`, { text: `Organisation ${o.id} is known` });
    settings(all, `org ${o.id}`, `Organisation ${o.id}`, o);
  }
  for (const a of g.alerts) {
    all.set(`alert ${a.id}`, { text: `Alert ${a.id} (${a.level}) is shown: ${a.title}` });
    settings(all, `alert ${a.id}`, `Alert ${a.id}`, a);
  }
  for (const f of g.forms) {
    all.set(`form ${f.id}`, { text: `Form ${f.id} exists` });
    for (const { fields, ...page } of f.pages) {
      settings(all, `form ${f.id}`, `Form ${f.id}`, page, [page.id]);
      for (const each of fields) settings(all, `form ${f.id}`, `Form ${f.id}`, each, [page.id, each.id]);
    }
  }
  for (const { dataset, ...published } of g.schemas) {
    const key = `schema ${dataset}`;
    all.set(key, { text: `The tables of ${dataset} are published: ${published.title}` });
    settings(all, key, `Tables of ${dataset}`, published);
  }
  for (const i of g.images) {
    const name = `${i.name}:${i.version}`;
    all.set(`image ${name}`, { text: `Image ${name} (${i.image}) may run` });
    settings(all, `image ${name}`, `Image ${name}`, { ...i, retireOn: i.retireOn ?? 'never' });
  }
  for (const { keys, ...b } of g.backends) {
    all.set(`backend ${b.id}`, { text: `Backend ${b.id} exists, with ${b.data} data` });
    settings(all, `backend ${b.id}`, `Backend ${b.id}`, b);
    for (const side of ['agent', 'viewer'] as const) {
      for (const k of keys[side]) {
        all.set(`key ${b.id} ${side} ${k.id} ${k.key} ${k.from}`, {
          text: `Key ${k.key} speaks as ${side} ${k.id} of backend ${b.id}${from(k)}`,
          until: k.until,
        });
      }
    }
  }
  all.set('deployment', { text: `Deployment ${g.deployment.id} exists` });
  settings(all, 'deployment', 'Deployment', g.deployment);
  all.set('policies', { text: 'Policies exist' });
  settings(all, 'policies', 'Policies', g.policies);
  return all;
}

function from(grant: { from?: Day }): string {
  return grant.from === undefined ? '' : ` from ${grant.from}`;
}
