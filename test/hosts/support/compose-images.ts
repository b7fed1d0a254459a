/** Stand for the images that a site takes from a registry, made of this machine's own programs: PostgreSQL, and Caddy with what its image has besides. */
import { execFileSync } from 'node:child_process';
import { postgresBin } from '../../support/places.ts';
import type { Bare } from './role-image.ts';

/** Does what the official image is asked for here: a role with its password from a file, a database, and then the server. */
const BEGIN = (bin: string): string => `#!/usr/bin/dash
set -e
data=/var/lib/postgresql/data
if [ ! -s $data/PG_VERSION ]; then
  ${bin}/initdb -D $data -U "$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" -A scram-sha-256 --locale=C -E UTF8
  echo 'host all all all scram-sha-256' >> $data/pg_hba.conf
  echo "create database $POSTGRES_DB" | ${bin}/postgres --single -D $data postgres
fi
exec ${bin}/postgres -D $data -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql
`;

export function postgresImage(): Omit<Bare, 'folder' | 'tag'> {
  const bin = postgresBin() ?? '';
  const share = execFileSync(`${bin}/pg_config`, ['--sharedir']).toString().trim();
  const lib = execFileSync(`${bin}/pg_config`, ['--pkglibdir']).toString().trim();
  return {
    programs: [
      ...['postgres', 'initdb', 'psql'].map((name) => `${bin}/${name}`),
      [`${bin}/pg_isready`, '/usr/bin/pg_isready'],
      '/usr/bin/dash',
      ['/usr/bin/dash', '/bin/sh'],
    ],
    copies: [share, lib, '/usr/share/zoneinfo'],
    files: {
      '/etc/passwd': 'root:x:0:0::/:/none\npostgres:x:10101:10101::/:/none\n',
      '/usr/bin/begin': BEGIN(bin),
      '/var/lib/postgresql/data/.keep': '',
      '/var/run/postgresql/.keep': '',
    },
    changes: ['ENTRYPOINT ["/usr/bin/begin"]'],
  };
}

export const webImage = (): Omit<Bare, 'folder' | 'tag'> => ({
  programs: ['/usr/bin/caddy', '/usr/bin/wget'],
  files: { '/data/.keep': '' },
});
