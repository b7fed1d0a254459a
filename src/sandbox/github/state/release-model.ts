/** What is remembered of releases. A draft has no tag yet; an asset's bytes are a file. */

/** A file of a release; its bytes are in the data folder under its id. */
export interface ReleaseAsset {
  id: number;
  name: string;
  label: string | null;
  /** starter: the upload broke off; its name is taken until it is deleted. */
  state: 'uploaded' | 'starter';
  contentType: string;
  size: number;
  /** Hex; null where nothing arrived. */
  sha256: string | null;
  downloads: number;
  uploader: number;
  createdAt: number;
  updatedAt: number;
}

export interface Release {
  id: number;
  tag: string;
  target: string;
  name: string | null;
  body: string | null;
  draft: boolean;
  prerelease: boolean;
  author: number;
  assets: Map<number, ReleaseAsset>;
  /** Date of the commit, as GitHub has it; of the draft while there is no tag. */
  createdAt: number;
  updatedAt: number;
  publishedAt: number | null;
  /** When it was made the latest; null: it never was. */
  latestAt: number | null;
  /** What a draft is called in addresses. */
  untagged: string;
}
