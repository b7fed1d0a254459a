/** `manifest.json` of a publication: which file is which, and whose word that is. */
import { assetNames } from './assets.ts';
import { commitOf, mainCommit, type EditionContent } from './content.ts';

export const MANIFEST_FORMAT = 'sallyport-publication/v1';

export interface PublicationManifest {
  format: typeof MANIFEST_FORMAT;
  publication: string;
  edition: number;
  tag: string;
  project: string;
  workspace: string;
  backend: string;
  repository: { id: number; address: string };
  /** Where the tag points: the commit of the newest job. */
  commit: string;
  /** `asset` is null for an empty file, which GitHub does not take: it is in the crate. */
  files: {
    path: string;
    /** The release in which it left the zone. */
    release: string;
    asset: string | null;
    size: number;
    sha256: string;
    action: string;
    commit: string;
  }[];
  checkers: number[];
  requestedBy: number;
  publishers: number[];
  /** Where the owner of the data wrote down that this may be public, as one of these people told it. */
  dataOwner: EditionContent['owner'];
}

export function manifestOf(content: EditionContent): PublicationManifest {
  const { publication, edition, tag, repository, requestedBy, approvals, owner } = content;
  const { project, workspace, backend } = content.files[0]!.reviewed.predicate;
  const names = assetNames(content.files.filter(({ size }) => size > 0).map(({ path }) => path));
  return {
    format: MANIFEST_FORMAT,
    ...{ publication, edition, tag, project, workspace, backend, repository },
    commit: mainCommit(content),
    files: content.files.map((file) => ({
      path: file.path,
      release: file.reviewed.predicate.release,
      asset: names.get(file.path) ?? null,
      size: file.size,
      sha256: file.sha256,
      action: file.made.predicate.buildDefinition.externalParameters.action,
      commit: commitOf(file),
    })),
    checkers: unique(content.files.flatMap((file) => file.reviewed.predicate.signers)),
    requestedBy,
    publishers: unique(approvals.map(({ person }) => person)),
    dataOwner: owner,
  };
}

export function manifestText(manifest: PublicationManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

const unique = (ids: readonly number[]): number[] => [...new Set(ids)].sort((a, b) => a - b);
