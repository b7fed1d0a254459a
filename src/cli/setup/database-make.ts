/**
 * A role and a database for it, made once. The password stands in `<file>.next` before the server hears of it, so a run
 * that is broken off is gone on with; the role carries a mark that only whoever has this password can have made.
 *
 * A server may be another installation's, too: no password of a role is ever changed here, and no database of somebody
 * else's is touched.
 */
import { createHash, randomBytes } from 'node:crypto';
import { renameSync } from 'node:fs';
import { Refused } from '../../lib/refusal.ts';
import { addressIn, placeIn, withClient, type Query } from './database-server.ts';
import { give, putSecret, secretAt } from './files.ts';
import { no } from './words.ts';

export interface ToMake {
  /** The file that the role's address ends up in. */
  place: string;
  /** Of role and database: lower case letters, digits and underscores. */
  name: string;
  adminFile: string;
  owner: string;
}

export async function makeDatabase({ place, name, adminFile, owner }: ToMake): Promise<void> {
  const next = `${place}.next`;
  const admin = addressIn(adminFile);
  if (secretAt(next)) mustBeOf(next, name, admin);
  else await withClient(adminFile, (query) => mustBeFree(query, name, admin));
  if (!secretAt(next)) putSecret(next, `${addressOf(name, admin)}\n`, undefined);
  const own = addressIn(next);
  await withClient(adminFile, async (query) => {
    await makeRole(query, name, own);
    await makeOwned(query, name, own);
  });
  await withClient(next, (query) => mustBeClosed(query, name, own));
  // Before it is moved: with its name it counts as done.
  give(next, owner);
  renameSync(next, place);
}

/** Of a role with this name and a new password, on the administrator's server. */
function addressOf(name: string, admin: string): string {
  const address = new URL(admin);
  address.username = name;
  address.password = randomBytes(24).toString('base64url');
  address.pathname = `/${name}`;
  return address.href;
}

/** What was begun for another role or server is not gone on with here, and not thrown away either: somebody may use it. */
function mustBeOf(next: string, name: string, admin: string): void {
  const begun = placeIn(addressIn(next));
  const asked = placeIn(addressOf(name, admin));
  if (begun.role !== asked.role || begun.where !== asked.where)
    throw new Refused(no.databaseBegun(next, begun, asked));
}

async function mustBeFree(query: Query, name: string, admin: string): Promise<void> {
  const { where } = placeIn(admin);
  if ((await query(`select 1 from pg_roles where rolname = '${name}'`)).rows.length > 0)
    throw new Refused(no.databaseTaken(`a role ${name}`, where));
  if ((await query(`select 1 from pg_database where datname = '${name}'`)).rows.length > 0)
    throw new Refused(no.databaseTaken(`a database ${name}`, where));
}

/** What nobody can write who has not got the password, and nobody can find the password by. */
const markOf = (own: string): string =>
  `made by "sallyport setup", ${createHash('sha256').update(`mark of a role\n${own}`).digest('hex').slice(0, 32)}`;

async function makeRole(query: Query, name: string, own: string): Promise<void> {
  const mark = markOf(own);
  const { rows } = await query(
    `select shobj_description(oid, 'pg_authid') as mark from pg_roles where rolname = '${name}'`,
  );
  if (rows.length > 0) {
    if (rows[0]?.['mark'] === mark) return;
    throw new Refused(no.databaseTaken(`a role ${name}`, placeIn(own).where));
  }
  const password = decodeURIComponent(new URL(own).password).replaceAll("'", "''");
  await query('begin');
  await query(`create role "${name}" login password '${password}'`);
  await query(`comment on role "${name}" is '${mark}'`);
  await query('commit');
}

async function makeOwned(query: Query, name: string, own: string): Promise<void> {
  const { rows } = await query(
    `select pg_get_userbyid(datdba) as owner from pg_database where datname = '${name}'`,
  );
  if (rows.length > 0 && rows[0]?.['owner'] !== name)
    throw new Refused(no.databaseTaken(`a database ${name}`, placeIn(own).where));
  // An administrator who is no superuser gives away only to a role of which it is a member.
  const { rows: who } = await query('select rolsuper from pg_roles where rolname = current_user');
  const isMember = who[0]?.['rolsuper'] === true;
  if (!isMember) await query(`grant "${name}" to current_user`);
  if (rows.length === 0) await query(`create database "${name}" owner "${name}"`);
  // As its owner: from an account that inherits nothing PostgreSQL takes this with a warning, and does nothing.
  await query('begin');
  await query(`set local role "${name}"`);
  await query(`revoke all on database "${name}" from public`);
  await query('commit');
  if (!isMember) await query(`revoke "${name}" from current_user`);
}

/** Asked of the server, by the role itself: every other role of a shared server could come in. */
async function mustBeClosed(query: Query, name: string, own: string): Promise<void> {
  const { rows } = await query(`select has_database_privilege('public', '${name}', 'connect') as anybody`);
  if (rows[0]?.['anybody'] !== false) throw new Refused(no.databaseOpen(name, placeIn(own).where));
}
