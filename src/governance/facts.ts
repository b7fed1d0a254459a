/** What could be read of the repository, each value with its place. The rules look at nothing else. */
import type { Alert } from './files/alerts.ts';
import type { Form } from './files/forms.ts';
import type { Organisation } from './files/orgs.ts';
import type { Path, Source } from './source.ts';
import type { DatasetTables } from '../tables/tables.ts';
import type {
  Backend,
  DatasetPermission,
  Deployment,
  GovernanceFinding,
  Image,
  NamedPermission,
  Person,
  Policies,
  Project,
  Team,
} from './types.ts';

export interface Placed<T> {
  value: T;
  source: Source;
  path: Path;
}

export type Kind = 'person' | 'backend' | 'project' | 'organisation';

export interface Facts {
  deployment?: Placed<Deployment>;
  policies?: Placed<Policies>;
  backends: readonly Placed<Backend>[];
  images: readonly Placed<Image>[];
  people: readonly Placed<Person>[];
  teams: readonly Placed<Team>[];
  projects: readonly Placed<Project>[];
  datasets: readonly Placed<DatasetPermission>[];
  populations: readonly Placed<NamedPermission>[];
  components: readonly Placed<NamedPermission>[];
  orgs: readonly Placed<Organisation>[];
  forms: readonly Placed<Form>[];
  alerts: readonly Placed<Alert>[];
  schemas: readonly Placed<DatasetTables>[];
  /** Ids that are written down, of entries with other faults too. Undefined when a file could not be read, or is not there and need not be. */
  known: Record<Kind, ReadonlySet<unknown> | undefined>;
}

export type Finding = GovernanceFinding;
export type Rule = (facts: Facts) => Finding[];

export interface Spot {
  source: Source;
  path: Path;
}

/** The place of something inside a placed value. */
export function spot<T>(placed: Placed<T>, ...more: PropertyKey[]): Spot {
  return { source: placed.source, path: [...placed.path, ...more] };
}

/** What projects are granted: datasets, populations, components. */
export function permissionsOf(facts: Facts): readonly Placed<Pick<DatasetPermission, 'grants'>>[] {
  return [...facts.datasets, ...facts.populations, ...facts.components];
}
