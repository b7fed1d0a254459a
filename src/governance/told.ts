/**
 * What else the public log is told of a version of governance, beside rights: the keys that speak for a zone, alerts, and
 * which workspaces are archived.
 *
 * A fact is known by its key; two versions differ by what came, what went, and what is said otherwise.
 */
import { canonicalJson } from '../lib/canonical.ts';
import { sha256 } from '../lib/hash.ts';
import { withoutAddresses } from './plan.ts';
import type { AgentKey, Alert, Day, Governance } from './types.ts';

export type Told =
  | {
      type: 'key';
      /** The backend. */
      subject: string;
      body: { what: 'agent' | 'viewer'; holder: string; key: string; from: Day | null; until: Day | null };
    }
  | {
      type: 'alert';
      /** Its id. */
      subject: string;
      body: {
        level: Alert['level'];
        title: string;
        /** Of the text: a page shows what it says. */
        text_sha256: string;
        backends: string[];
        projects: string[];
        from: string;
        until: string;
      };
    }
  | {
      type: 'workspace';
      /** Its name; it is told while it is archived. */
      subject: string;
      body: { project: string };
    };

export interface ToldChange {
  event: 'given' | 'ended' | 'changed';
  told: Told;
}

export type AllTold = ReadonlyMap<string, Told>;

export function allTold(g: Governance): AllTold {
  const keys = g.backends.flatMap(({ id, keys: { agent, viewer } }) => [
    ...agent.map((key) => keyTold(id, 'agent', key)),
    ...viewer.map((key) => keyTold(id, 'viewer', key)),
  ]);
  const alerts = g.alerts.map((alert): [string, Told] => [`alert ${alert.id}`, alertTold(alert)]);
  const archived = g.projects.flatMap(({ id: project, archived: names }) =>
    names.map((name): [string, Told] => [
      `archived ${project} ${name}`,
      { type: 'workspace', subject: name, body: { project } },
    ]),
  );
  return new Map([...keys, ...alerts, ...archived]);
}

/** What ended, then what was given, then what changed. */
export function toldChanges(before: AllTold, after: AllTold): ToldChange[] {
  const ended = [...before].filter(([key]) => !after.has(key));
  const given = [...after].filter(([key]) => !before.has(key));
  const changed = [...after].filter(([key, told]) => before.has(key) && differs(before.get(key), told));
  const as = (event: ToldChange['event'], facts: readonly [string, Told][]): ToldChange[] =>
    facts.map(([, told]) => ({ event, told }));
  return [...as('ended', ended), ...as('given', given), ...as('changed', changed)];
}

/** A database gives fields back in an order of its own. */
const differs = (a: unknown, b: unknown): boolean => canonicalJson(a) !== canonicalJson(b);

function keyTold(
  backend: string,
  what: 'agent' | 'viewer',
  { id, key, from, until }: AgentKey,
): [string, Told] {
  const body = { what, holder: id, key, from: from ?? null, until: until ?? null };
  return [`key ${backend} ${what} ${id} ${key}`, { type: 'key', subject: backend, body }];
}

function alertTold({ id, level, title, text, scope, from, until }: Alert): Told {
  const { backends = [], projects = [] } = scope ?? {};
  return {
    type: 'alert',
    subject: id,
    body: {
      level,
      title: withoutAddresses(title).replace(/[\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]/gu, '\uFFFD'),
      text_sha256: sha256(text),
      ...{ backends, projects },
      from: new Date(from).toISOString(),
      until: new Date(until).toISOString(),
    },
  };
}
