/**
 * Bytes of released files: a page that shows one, the file itself, all of a release in one archive.
 *
 * Everything is asked of `fileFor`, which checks and writes down first. The file itself is only ever an
 * attachment in a sandbox of its own, whole or not at all; a picture is drawn from inside the page.
 */
import type { Response } from 'express';
import type { VNode } from 'preact';
import { fileFor, releaseFor, type MembersDeps } from '../../src/members/members.ts';
import type { FileWithBytes } from '../../src/outputs/outputs.ts';
import { PageHead, sizeText } from '../ui/shell.tsx';
import { sendArchive } from './archive.ts';
import { previewOf, type Preview } from './preview.ts';
import { Scroll } from './parts.tsx';
import type { MemberVisit, SitePages } from './visit.tsx';

/** Release-review §4.3: whatever the bytes are, they run nothing and reach nobody. */
const SANDBOX =
  "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

export function filePages(add: SitePages, deps: MembersDeps): void {
  add.page('/releases/:id/files/:number', async (visit) => {
    const asked = { ...address(visit), what: 'RELEASED_FILE_VIEW' } as const;
    if (visit.request.method === 'HEAD') return head(visit, deps);
    const file = await fileFor(deps, visit.member, asked);
    if (!file) return visit.notFound();
    visit.show({ title: file.path, body: <OneFile file={file} preview={previewOf(file)} /> });
  });

  add.page('/releases/:id/files/:number/download', async (visit) => {
    const asked = { ...address(visit), what: 'RELEASED_FILE_DOWNLOAD' } as const;
    if (visit.request.method === 'HEAD') return head(visit, deps);
    const file = await fileFor(deps, visit.member, asked);
    if (!file) return visit.notFound();
    const { response } = visit;
    guard(response, lastPart(file.path));
    // No ranges and no 304: what is sent is what was written down.
    response.setHeader('content-length', file.bytes.length);
    response.setHeader('accept-ranges', 'none');
    response.end(file.bytes);
  });

  add.page('/releases/:id/all.zip', async (visit) => {
    const { release: id } = address(visit);
    const release = await releaseFor(deps, visit.member, id);
    if (!release || release.files.every(({ recalled }) => recalled)) return visit.notFound();
    guard(visit.response, `${id}.zip`);
    if (visit.request.method === 'HEAD') return void visit.response.end();
    await sendArchive(deps, visit, release);
  });
}

/** The same check, no bytes, and nothing to write down. */
async function head(visit: MemberVisit, deps: MembersDeps): Promise<void> {
  const { release: id, number } = address(visit);
  const release = await releaseFor(deps, visit.member, id);
  const file = release?.files.find((one) => one.number === number && !one.recalled);
  if (!file) return visit.notFound();
  guard(visit.response, lastPart(file.path));
  visit.response.end();
}

function address(visit: MemberVisit): { release: string; number: number } {
  const { id, number } = visit.request.params as Record<string, string>;
  return { release: id ?? '', number: /^[1-9][0-9]{0,5}$/.test(number ?? '') ? Number(number) : 0 };
}

function guard(response: Response, name: string): void {
  response.attachment(safeName(name));
  response.setHeader('content-type', 'application/octet-stream');
  response.setHeader('content-security-policy', SANDBOX);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('cache-control', 'private, no-store');
}

/** A name that means nothing to a shell or a file manager; the type after the last point stays. */
export function safeName(name: string): string {
  const clean = name

    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069/\\:*?"<>|]/g, '_')
    .replace(/^\.+/, '_')
    .slice(-150);
  return clean || 'file';
}

const lastPart = (path: string): string => path.split('/').at(-1) ?? path;

function OneFile({ file, preview }: { file: FileWithBytes; preview: Preview }): VNode {
  const at = `/releases/${file.release}`;
  return (
    <>
      <PageHead
        title={file.path}
        about={
          <>
            File {file.number} of <a href={at}>release {file.release}</a> · {sizeText(file.size)}
          </>
        }
      />
      <p>
        <a class="btn btn-primary btn-sm" href={`${at}/files/${file.number}/download`} data-testid="download">
          Download
        </a>
      </p>
      <dl class="sp-facts">
        <dt>SHA-256</dt>
        <dd>
          <code>{file.sha256}</code>
        </dd>
      </dl>
      <Content file={file} preview={preview} />
    </>
  );
}

function Content({ file, preview }: { file: FileWithBytes; preview: Preview }): VNode {
  if (preview.kind === 'picture')
    return (
      <img class="sp-picture" src={preview.address} alt={`Content of ${file.path}`} data-testid="content" />
    );
  if (preview.kind === 'none')
    return (
      <p class="color-fg-muted">
        This file is not shown here: it is too large, or of a type that browsers run.
      </p>
    );
  return (
    <>
      <div class="Box" data-testid="content">
        <Scroll label={`Content of ${file.path}`}>
          <pre class="sp-preview">{preview.text}</pre>
        </Scroll>
      </div>
      {preview.whole ? null : <p class="note">Only the beginning is shown. The download is whole.</p>}
    </>
  );
}
