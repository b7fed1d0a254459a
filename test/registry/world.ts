/** A registry in a database, without GitHub: systems and versions are put in as the App puts them. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { sql } from 'drizzle-orm';
import { readLine, readList, type ListMeta } from '../../src/codelists/codelists.ts';
import { rowsOf } from '../../src/db/database.ts';
import type { OpenDatabase } from '../../src/db/open.ts';
import type { Governance } from '../../src/governance/governance.ts';
import { fixedClock, isoTime } from '../../src/lib/clock.ts';
import { countingIds } from '../../src/lib/ids.ts';
import {
  codelistRoutes,
  publishVersion,
  takeSystem,
  type PublishedBy,
  type RegistryDeps,
} from '../../src/registry/registry.ts';
import { aGovernance, AT, PEOPLE } from '../support/governance.ts';

export const REGISTRY = 9101;

export const SYSTEM = `code,term,parent
A,Chest,
A1,Asthma,A
A11,Childhood asthma,A1
A12,Exercise asthma,A1
A2,Wheeze,A
B,Heart,
B1,Failure of the heart,B
`;
export const V1 = 'code,term\nA1,Asthma\nA11,Childhood asthma\n';
export const V2 = 'code,term\nA1,Asthma\nA12,Exercise asthma\n';

/** With a registry, as deployment.yml names it. */
export function withRegistry(
  governance: Governance = aGovernance(),
  id: number | undefined = REGISTRY,
): Governance {
  const { deployment } = governance;
  const repos = { ...deployment.github.repos, ...(id !== undefined && { codelists: id }) };
  return { ...governance, deployment: { ...deployment, github: { ...deployment.github, repos } } };
}

export type RegistryWorld = Awaited<ReturnType<typeof aRegistry>>;

export async function aRegistry(database: OpenDatabase) {
  const clock = fixedClock(isoTime(AT));
  const state: { governance: Governance | undefined } = { governance: withRegistry() };
  const { db } = database;
  const deps: RegistryDeps = { db, clock, ids: countingIds(), governance: () => state.governance };
  const web = express();
  web.use(codelistRoutes(deps));
  web.use((_request, response) => void response.status(404).json({ message: 'nothing' }));
  const server: Server = createServer(web);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const by: PublishedBy = {
    repository: REGISTRY,
    pull: 1,
    head: 'a'.repeat(40),
    commit: 'b'.repeat(40),
    author: PEOPLE.lead,
    signers: [PEOPLE.checker, PEOPLE.governor],
    policy: null,
    now: AT,
  };
  return {
    deps,
    state,
    clock,
    origin,
    take: (id = 'chest', text = SYSTEM) =>
      takeSystem(db, { id, bytes: Buffer.from(text), commit: 'c'.repeat(40), now: clock.now() }),
    /** As it is once two people have signed it off and it was merged. */
    publish(
      id: string,
      csv: string,
      { meta = {}, how = {} }: { meta?: Partial<ListMeta>; how?: Partial<PublishedBy> } = {},
    ): Promise<boolean> {
      const line = readLine(id)!;
      const bytes = Buffer.from(csv);
      return db.transaction((tx) =>
        publishVersion(
          tx,
          {
            line,
            meta: {
              ...{
                name: 'Asthma',
                description: 'Codes of asthma.',
                coding_system: 'chest',
                owner: line.owner,
              },
              ...{ source: 'A paper', accepted: {}, ...meta },
            },
            codes: readList(bytes).codes,
            bytes,
            history: undefined,
          },
          { ...by, now: clock.now(), ...how },
        ),
      );
    },
    entries: () => rowsOf<{ entry: string }>(db, sql`select entry from ledger_leaves order by id`),
    tasks: () =>
      rowsOf<{ do: string; payload: Record<string, unknown> }>(
        db,
        sql`select "do", payload from steward_tasks order by asked_at, key`,
      ),
    async stop(): Promise<void> {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
