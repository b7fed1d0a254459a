/** Merged with two sign-offs: a version, its codes, its hashes, one leaf and the wish for a tag, in one transaction. */
import { sql } from 'drizzle-orm';
import { hashesOf, type Coded, type Line, type ListMeta } from '../codelists/codelists.ts';
import { asJson, rowsOf, type Tx } from '../db/database.ts';
import { record } from '../db/record.ts';
import { isoTime } from '../lib/clock.ts';
import { askSteward } from '../stewarding/stewarding.ts';

export interface ToPublish {
  line: Line;
  meta: ListMeta;
  codes: readonly Coded[];
  bytes: Uint8Array;
  history: unknown;
}

export interface PublishedBy {
  repository: number;
  pull: number;
  head: string;
  /** Of the default branch. */
  commit: string;
  author: number;
  signers: readonly number[];
  policy: string | null;
  now: number;
}

/** Once: what is published stays as it is. */
export async function publishVersion(tx: Tx, what: ToPublish, by: PublishedBy): Promise<boolean> {
  const { line, meta, codes, bytes } = what;
  const { sha1, sha256 } = hashesOf(bytes);
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext(${`codelist:${line.list}`}))`);
  const [made] = await rowsOf<{ id: string }>(
    tx,
    sql`
      insert into codelist_versions (id, list, version, number, content, sha1, sha256, codes, history, pull, head, commit, author, signers, published_at)
      select ${line.id}, ${line.list}, ${line.version},
        (select coalesce(max(number), 0) + 1 from codelist_versions where list = ${line.list}),
        ${Buffer.from(bytes).toString('utf8')}, ${sha1}, ${sha256}, ${codes.length},
        ${what.history === undefined ? null : JSON.stringify(what.history)}::jsonb, ${by.pull}, ${by.head}, ${by.commit},
        ${by.author}::bigint, ${JSON.stringify(by.signers)}::jsonb, ${by.now}::bigint
      on conflict (id) do nothing returning id`,
  );
  if (!made) return false;
  await tx.execute(sql`
    insert into codelist_lists (id, owner, slug, name, description, system, source, newest, updated_at)
    values (${line.list}, ${line.owner}, ${line.slug}, ${meta.name}, ${meta.description}, ${meta.coding_system},
      ${meta.source}, ${line.id}, ${by.now}::bigint)
    on conflict (id) do update set name = excluded.name, description = excluded.description,
      system = excluded.system, source = excluded.source, newest = excluded.newest, updated_at = excluded.updated_at`);
  await tx.execute(sql`
    insert into codelist_entries (version, n, code, term)
    select ${line.id}, n, code, term
    from json_to_recordset(${asJson(codes.map(({ code, term }, at) => ({ n: at + 1, code, term })))}) as row (n int, code text, term text)`);
  const accepted = [sha1, sha256, ...(meta.accepted[line.version] ?? [])];
  await tx.execute(sql`
    insert into codelist_hashes (version, hash)
    select ${line.id}, hash from json_array_elements_text(${asJson(accepted)}) as row (hash)
    on conflict do nothing`);
  await record(tx, {
    time: isoTime(by.now),
    type: 'publication',
    actor: 'hub',
    subject: `codelist:${line.id}`,
    policy_commit: by.policy,
    body: {
      event: 'codelist-published',
      list: line.list,
      repository: by.repository,
      pull: by.pull,
      head: by.head,
      commit: by.commit,
      codes: codes.length,
      sha256,
      author: by.author,
      signers: [...by.signers],
    },
  });
  await askSteward(tx, {
    key: `codelist-tag:${line.id}`,
    do: 'codelist-tag',
    payload: {
      repository: by.repository,
      line: line.id,
      pull: by.pull,
      head: by.head,
      commit: by.commit,
      sha256,
    },
    now: by.now,
  });
  return true;
}

export async function noteTag(
  tx: Tx,
  line: string,
  said: { at: number } | { refused: string },
): Promise<void> {
  await tx.execute(
    'at' in said
      ? sql`update codelist_versions set tagged_at = ${said.at}::bigint, tag_refused = null where id = ${line}`
      : sql`update codelist_versions set tag_refused = ${said.refused} where id = ${line} and tagged_at is null`,
  );
}
