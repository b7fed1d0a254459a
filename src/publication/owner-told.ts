/** The data owner's approval in state and record: who told of it, when, and where it is written down. */
import { eq } from 'drizzle-orm';
import { publications } from '../db/schema/publications.ts';
import type { Change, Row } from './change.ts';
import type { OwnerApproval } from './types.ts';

type Columns = Pick<Row, 'ownerReference' | 'ownerOn' | 'ownerBy' | 'ownerAt'>;

export const ownerColumns = ({ reference, on, by, at }: OwnerApproval): Columns => ({
  ownerReference: reference,
  ownerOn: on,
  ownerBy: by,
  ownerAt: at,
});

export function ownerOf({ ownerReference, ownerOn, ownerBy, ownerAt }: Columns): OwnerApproval | null {
  return ownerReference !== null && ownerOn !== null && ownerBy !== null && ownerAt !== null
    ? { reference: ownerReference, on: ownerOn, by: ownerBy, at: ownerAt }
    : null;
}

export const ownerBody = (
  said: OwnerApproval | undefined,
): { owner_reference?: string; owner_on?: string } =>
  said ? { owner_reference: said.reference, owner_on: said.on } : {};

/** The last word counts; the record keeps each. */
export async function tellOwner(change: Change, row: Row, said: OwnerApproval): Promise<void> {
  const known = ownerOf(row);
  if (known?.reference === said.reference && known.on === said.on) return;
  await change.tx.update(publications).set(ownerColumns(said)).where(eq(publications.id, row.id));
  change.tell(row.id, 'publication', `person:${said.by}`, { event: 'owner-told', ...ownerBody(said) });
  change.shows(row.id);
}
