/** Recalled files: the bytes go for good, the row stays as a notice. */
import { sql } from 'drizzle-orm';
import { asJson, rowsOf } from '../db/database.ts';
import type { ShownRequest } from '../protocol/protocol.ts';
import type { Change } from './change.ts';

/** The numbers of a batch's recalled files are the airlock's word; a recall is never undone. */
export async function recallFiles(change: Change, shown: ShownRequest): Promise<void> {
  const { tx, now } = change;
  const recalled = shown.batches.flatMap(({ number, recalled: files }) =>
    files.map((file) => ({
      release: `${shown.id}-${number}`,
      file,
      category: categoryOf(shown, number, file),
    })),
  );
  if (recalled.length === 0) return;
  const taken = await rowsOf(
    tx,
    sql`
    update released_files set recalled_at = ${now}::bigint, recall_category = gone.category
    from json_to_recordset(${asJson(recalled)}) as gone (release text, file int, category text)
    where released_files.release = gone.release and released_files.number = gone.file
      and released_files.recalled_at is null
    returning 1`,
  );
  if (taken.length > 0) change.recalled = true;
  await tx.execute(sql`
    delete from released_blobs using released_files
    where released_files.release = released_blobs.release and released_files.number = released_blobs.number
      and released_files.recalled_at is not null
      and released_files.release in (select id from releases where request = ${shown.id})`);
}

function categoryOf(shown: ShownRequest, batch: number, file: number): string | null {
  const step = shown.events.findLast(
    (event) =>
      (event.what === 'recalled' || event.what === 'revoked') &&
      (event.batch ?? batch) === batch &&
      (event.file ?? file) === file,
  );
  return step?.category ?? null;
}
