/** What the room says of a file's making, as the file view shows it. */
import type { Provenance } from '../../../agent/airlock/face.ts';
import type { Provenance as ShownProvenance } from '../files/types.ts';

export function provenanceOf(
  from: Provenance | null,
  repository: string,
  code: string | undefined,
): ShownProvenance | undefined {
  if (!from) return undefined;
  const { action, job, commit, user, userLogin, at } = from;
  return { action, job, repository, commit, user: userLogin ?? `person ${user}`, at, code };
}
