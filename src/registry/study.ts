/**
 * The codelists of a study at a commit: against this deployment's registry, or against the one that
 * deployment.yml names. Another registry that does not answer is a warning at a push and a refusal at a run,
 * unless it has said something of the same files within a day.
 */
import { standingOf, type FileFinding, type Standing } from '../codelists/codelists.ts';
import { mayAddress } from '../lib/origin.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { listedLines, type CodelistFolder } from '../pipeline/pipeline.ts';
import { acceptedOf, underReview } from './lists.ts';
import { registryOf, type RegistryDeps } from './types.ts';
import { askUpstream, type Ask } from './upstream.ts';
import * as words from './words.ts';

export interface StudyLists {
  standing: Standing | 'unknown';
  findings: FileFinding[];
  /** Why actions may not read the database, where it is not the lists' own fault. */
  refusal?: Refusal;
}

const FINE: StudyLists = { standing: 'fine', findings: [] };

export async function studyLists(deps: RegistryDeps, folder: CodelistFolder, ask?: Ask): Promise<StudyLists> {
  const lines = listedLines(folder.codelistsTxt);
  const governance = deps.governance();
  if (lines.length === 0 || !governance) return FINE;
  if (registryOf(governance) !== undefined) return ownLists(deps, folder, lines);
  const { codelists, base_url: ours } = governance.deployment;
  if (!codelists || isBelow(codelists.base_url, ours) || mayAddress(codelists.base_url)) return FINE;
  const answer = await askUpstream(deps, codelists.base_url, folder, ask);
  if (!isRefusal(answer)) return FINE;
  const away = answer.code === words.upstreamAway().code;
  return {
    standing: away ? 'unknown' : 'refused',
    findings: [
      {
        code: answer.code,
        severity: away ? 'warning' : 'error',
        path: 'codelists/codelists.txt',
        line: 1,
        column: 1,
        message: answer.says,
        hint: answer.next,
      },
    ],
    refusal: answer,
  };
}

/** Our own address, or a page of it; another host may begin with the same letters. */
const isBelow = (address: string, ours: string): boolean =>
  `${address.replace(/\/+$/, '')}/`.startsWith(`${ours.replace(/\/+$/, '')}/`);

async function ownLists(
  { db }: RegistryDeps,
  folder: CodelistFolder,
  lines: readonly { id: string; line: number }[],
): Promise<StudyLists> {
  const ids = lines.map(({ id }) => id);
  const [published, review] = [await acceptedOf(db, ids), await underReview(db, ids)];
  return standingOf(
    lines,
    // Bytes were hashed when they were read.
    (csv) => {
      const held = folder.files.get(csv);
      return typeof held === 'string' ? held : undefined;
    },
    (id) => {
      const known = published.get(id);
      if (known) return { state: 'published', ...known };
      return review.has(id) ? { state: 'unpublished', accepted: new Set(), newest: id } : undefined;
    },
  );
}
