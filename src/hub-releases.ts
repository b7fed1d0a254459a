/** What the publication room asks of released files, answered by the outputs room. */
import { isRefusal } from './lib/refusal.ts';
import {
  recalledFiles,
  releaseById,
  releasedFile,
  releasesOfRequest,
  reviewersOf,
} from './outputs/outputs.ts';
import type { Releases } from './publication/types.ts';

export const releasesFromOutputs: Releases = {
  async byId(db, id) {
    const release = await releaseById(db, id);
    if (!release || release.releasedAt === null) return undefined;
    const { files, ...rest } = release;
    return {
      ...rest,
      reviewers: await reviewersOf(db, id),
      files: files.map(({ number, path, size, sha256, approvals, recalled }) => ({
        ...{ number, path, size, sha256 },
        checkers: approvals.map(({ checker }) => checker),
        recalled: recalled !== null,
      })),
    };
  },
  async ofRequest(db, request) {
    const all = (await releasesOfRequest(db, request)).filter(({ releasedAt }) => releasedAt !== null);
    return all.sort((a, b) => a.batch - b.batch).map(({ id }) => id);
  },
  // Asked at every poll of the steward.
  recalled: recalledFiles,
  async bytes(db, release, file) {
    const found = await releasedFile(db, release, file);
    return isRefusal(found) ? undefined : found.bytes;
  },
};
