/** All files of a release in one zip, made while it is sent: one file at a time is in memory. */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { fileFor, type MembersDeps } from '../../src/members/members.ts';
import type { ReleasedFileView, ReleaseView } from '../../src/outputs/outputs.ts';
import type { MemberVisit } from './visit.tsx';

/**
 * Each file is checked and written down when its turn comes. One that may no longer be given then (recalled,
 * or the person's rights ended) breaks the connection: an archive that looks whole is whole.
 */
export async function sendArchive(
  deps: MembersDeps,
  visit: MemberVisit,
  release: ReleaseView,
): Promise<void> {
  const zip = new ZipFile();
  const out = zip.outputStream as Readable;
  const files = release.files.filter(({ recalled }) => !recalled);
  const settings = { mtime: new Date(release.releasedAt ?? 0), mode: 0o100644 };
  const names = entryNames(release.id, files);
  zip.on('error', (error: Error) => out.destroy(error));
  zip.addBuffer(Buffer.from(sums(release.id, files, names)), `${release.id}/SHA256SUMS`, settings);
  for (const { number } of files) {
    zip.addReadStreamLazy(names.get(number) ?? String(number), settings, (answer) => {
      bytesOf(deps, visit, { release: release.id, number }).then(
        (bytes) => answer(null, Readable.from([bytes])),
        (error: Error) => out.destroy(error),
      );
    });
  }
  zip.end();
  try {
    await pipeline(out, visit.response);
  } catch (error) {
    visit.response.destroy();
    deps.logger.info({ code: 'members.archive-broken', err: error }, 'An archive was not sent to its end');
    if (!visit.response.closed) await once(visit.response, 'close');
  }
}

async function bytesOf(
  deps: MembersDeps,
  visit: MemberVisit,
  asked: { release: string; number: number },
): Promise<Buffer> {
  if (visit.response.destroyed) throw new Error('nobody listens any more');
  const file = await fileFor(deps, visit.member, { ...asked, what: 'RELEASED_FILE_DOWNLOAD' });
  if (!file) throw new Error('a file may no longer be given');
  return file.bytes;
}

/** Relative, beneath one folder, whatever the paths hold; two never fall together. */
export function entryNames(
  folder: string,
  files: readonly Pick<ReleasedFileView, 'number' | 'path'>[],
): Map<number, string> {
  const taken = new Set<string>([`${folder}/SHA256SUMS`.toLowerCase()]);
  return new Map(
    files.map(({ number, path }) => {
      const parts = path
        .split(/[/\\]/)

        .map((part) => part.replace(/[\u0000-\u001f\u007f:]/g, '_'))
        .filter((part) => part !== '' && part !== '.' && part !== '..');
      const plain = `${folder}/${parts.join('/') || 'file'}`;
      const name = taken.has(plain.toLowerCase())
        ? `${folder}/${number}-${parts.join('-') || 'file'}`
        : plain;
      taken.add(name.toLowerCase());
      return [number, name];
    }),
  );
}

/** For `sha256sum --check` in the archive's folder. */
function sums(
  folder: string,
  files: readonly ReleasedFileView[],
  names: ReadonlyMap<number, string>,
): string {
  return files
    .map(({ number, sha256 }) => `${sha256}  ${names.get(number)?.slice(folder.length + 1) ?? ''}\n`)
    .join('');
}
