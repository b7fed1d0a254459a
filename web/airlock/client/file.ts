/** One file view on a page: fetches, draws, and only then says that it was shown. */
import { bytesOf, isAnnounced, piecesOf, type Announced } from './bytes.ts';
import { el, need, painted } from './dom.ts';
import type { Drawn, FilePart } from './file-part.ts';
import { GO_TO, SEARCH, SHOWN } from './file-events.ts';
import { drawImage } from './image-view.ts';
import { drawJson } from './json-view.ts';
import { reportShown } from './shown.ts';
import { drawSvg } from './svg-view.ts';
import type { Mark } from './table-model.ts';
import { drawTable, readTable } from './table-view.ts';
import { drawHtml, drawLog, drawMarkdownFile, drawText } from './text-view.ts';

export async function mountFile(root: HTMLElement): Promise<void> {
  const { url = '', sha256 = '', load = '', csrf = '', path = '' } = root.dataset;
  const announced: Announced = { url, sha256, size: Number(root.dataset['size']) };
  const part = partOf(root, path, announced.size);
  try {
    const drawn = await draw(part, announced);
    root.dataset['state'] = 'drawn';
    root.addEventListener(GO_TO, (event) => drawn.goTo?.((event as CustomEvent<Place>).detail));
    root.addEventListener(SEARCH, () => drawn.search?.());
    await painted();
    if (load !== '' && !(await reportShown(load, csrf))) {
      root.dataset['state'] = 'unconfirmed';
      part.note(
        'The viewer could not record that you were shown this file. Reload the page before you grade it.',
      );
      return;
    }
    root.dataset['state'] = 'shown';
    root.dispatchEvent(new CustomEvent(SHOWN, { bubbles: true }));
  } catch (error) {
    root.dataset['state'] = 'failed';
    console.error(error);
    part.stage.replaceChildren(
      el(
        'div',
        { class: 'flash flash-error', role: 'alert' },
        'The file could not be shown. It does not count as seen. Reload the page to try again.',
      ),
    );
  }
}

type Place = Parameters<NonNullable<Drawn['goTo']>>[0];

function partOf(root: HTMLElement, path: string, size: number): FilePart {
  const notes = need(root, '[data-part=notes]');
  return {
    root,
    path,
    size,
    stage: need(root, '[data-part=stage]'),
    tools: need(root, '[data-part=tools]'),
    note: (text) => notes.append(el('p', { class: 'flash flash-warn av-note' }, text)),
  };
}

async function draw(part: FilePart, announced: Announced): Promise<Drawn> {
  const { viewer, marks, frame, action } = part.root.dataset;
  if (viewer === 'table') {
    const index = await readTable(part, piecesOf(announced));
    await mustBe(index.bytes, announced);
    return drawTable(part, index, JSON.parse(marks ?? '[]') as Mark[]);
  }
  const bytes = await bytesOf(announced);
  await mustBe(bytes, announced);
  if (viewer === 'image') return drawImage(part, bytes);
  if (viewer === 'svg') return drawSvg(part, bytes, frame ?? '');
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (viewer === 'json') return drawJson(part, text);
  if (viewer === 'log') return drawLog(part, text);
  if (viewer === 'markdown') return drawMarkdownFile(part, text);
  if (viewer === 'html') return drawHtml(part, text);
  return drawText(part, text, lineOfAction(text, action));
}

async function mustBe(bytes: Uint8Array<ArrayBuffer>, { sha256 }: Announced): Promise<void> {
  if (!(await isAnnounced(bytes, sha256))) throw new Error('other bytes than announced');
}

/** Where `project.yaml` begins to speak of this action: a key of its own, indented below `actions`. */
export function lineOfAction(text: string, action: string | undefined): number | undefined {
  if (action === undefined) return undefined;
  const lines = text.split('\n');
  const at = lines.findIndex(
    (line) => /^\s+/.test(line) && [`${action}:`, `"${action}":`, `'${action}':`].includes(line.trim()),
  );
  return at < 0 ? undefined : at + 1;
}
