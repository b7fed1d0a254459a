/**
 * What an edition consists of, once everything in it has been verified: the one input of every file that is
 * published. Nothing that is not in here can be in what is published.
 */
import type { Envelope } from '../protocol/airlock.ts';
import type { Provenance, Review } from '../protocol/statements.ts';

export interface ContentFile {
  /** As released. */
  path: string;
  size: number;
  sha256: string;
  made: Provenance;
  reviewed: Review;
}

export interface PersonShown {
  id: number;
  /** As governance names them; a person it no longer knows is shown by number. */
  name: string;
  orgs: string[];
}

export interface EditionContent {
  publication: string;
  edition: number;
  tag: string;
  /** When it was asked for, ISO: stands for the time of what the steward does with it. */
  preparedAt: string;
  repository: { id: number; address: string };
  deployment: { id: string; address: string };
  project: { id: string; number: string; title: string; summary: string; orgs: string[]; approvedOn: string };
  policyCommit: string;
  requestedBy: number;
  approvals: { person: number; at: string }[];
  /** The data owner's approval, as somebody told it: of which datasets, where it is written down, its day. */
  owner: { data: string[]; reference: string; on: string; by: number } | null;
  /** Everybody named in it, by id. */
  people: PersonShown[];
  /** By path. */
  files: ContentFile[];
  /** Two per file, in the order of the files. */
  statements: Envelope[];
  /** project.yaml at each commit that made a file. */
  workflows: { commit: string; yaml: Uint8Array }[];
}

export const commitOf = (file: ContentFile): string =>
  file.made.predicate.buildDefinition.externalParameters.commit;

const finishedOf = (file: ContentFile): string => file.made.predicate.runDetails.metadata.finishedOn;

/** The commit of the newest job: where the tag points. */
export function mainCommit(content: Pick<EditionContent, 'files'>): string {
  const [newest] = [...content.files].sort(
    (a, b) => Date.parse(finishedOf(b)) - Date.parse(finishedOf(a)) || (a.path < b.path ? -1 : 1),
  );
  return commitOf(newest!);
}
