/** Where the machine keeps programs that tests use. Imports nothing of jest: benchmarks ask too. */
import { existsSync, readdirSync } from 'node:fs';

/** Folder of the newest PostgreSQL server's programs, as Debian lays them out. */
export function postgresBin(): string | undefined {
  const root = '/usr/lib/postgresql';
  if (existsSync(root)) {
    const versions = readdirSync(root).filter((version) => existsSync(`${root}/${version}/bin/postgres`));
    const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
    if (newest) return `${root}/${newest}/bin`;
  }
  return undefined;
}
