/** What a world is told before it starts: by the demo's command line, or by a test that starts several. */
import type { Engine } from './machine.ts';
import type { Screen } from './screen.ts';

export interface WorldOptions {
  root: string;
  /** Of the pages; any free one when absent. */
  port?: number;
  engine: Engine;
  /** A PostgreSQL server that runs already. */
  server?: string;
  /** PostgreSQL for the hub, as DATABASE_URL; a folder of its own when absent. */
  hubDatabase?: string;
  /** Of the images' registry, for whoever starts several worlds; its own when absent. */
  registryDir?: string;
  /** In the zone's database; as many as a county has when absent. */
  pupils?: number;
  /** For stories that end before anything is asked to be released: neither airlock nor steward. */
  runsOnly?: boolean;
  /** So many more agents next to the data; none when absent. */
  beside?: number;
  /** Where each role tells how it is; nowhere when absent. */
  watch?: Readonly<Partial<Record<'hub' | 'steward' | 'proxy' | 'zone' | 'outside' | 'airlock', unknown>>>;
  at: number;
  screen: Screen;
}

/** Names of the folders and logs. `zone` is next to the data, `outside` runs pushes on dummy data. */
export type Role =
  | 'github'
  | 'hub'
  | 'proxy'
  | 'steward'
  | 'zone'
  | Beside
  | 'outside'
  | 'airlock'
  | 'database';
/** More agents next to the data, where one is not enough. */
export type Beside = `zone-${number}`;
