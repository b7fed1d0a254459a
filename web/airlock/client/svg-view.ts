/**
 * Drawings: the picture in a sandboxed frame on the content origin, where no script can run; beside it the
 * source, the words in it, and what is in it and not drawn.
 */
import { el } from './dom.ts';
import type { Drawn, FilePart } from './file-part.ts';
import { LinesView } from './lines-view.ts';
import { tabs } from './tabs.ts';
import { wordsInSvg } from './words-in.ts';

/** A packed drawing that grows beyond this is not unpacked here. */
const UNPACKED = 16 * 1024 * 1024;

export async function drawSvg(
  part: FilePart,
  bytes: Uint8Array<ArrayBuffer>,
  frameUrl: string,
): Promise<Drawn> {
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const plain = isPacked ? await unpacked(bytes) : bytes;
  if (!plain) part.note('It unpacks to more than 16 MiB and is not shown as source.');
  const text = plain ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(plain) : '';
  const words = wordsInSvg(text);
  if (!words) part.note('It is not well-formed: browsers may draw only a part of it. Read the source.');
  const views = [
    { label: 'Source', view: new LinesView(text, `Source of ${part.path}`) },
    { label: 'Words in it', view: new LinesView(words?.text ?? '', 'Words in the drawing') },
    { label: 'Not drawn', view: new LinesView(words?.unseen ?? '', 'In the drawing and not drawn') },
  ];
  let drawn: Promise<void> = Promise.resolve();
  const all = tabs('How to show it', [
    {
      label: 'Drawing',
      show: (panel) => {
        const frame = el('iframe', {
          class: 'av-frame',
          sandbox: '',
          title: `Drawing ${part.path}`,
          referrerpolicy: 'no-referrer',
        });
        drawn = new Promise((resolve) => frame.addEventListener('load', () => resolve(), { once: true }));
        frame.src = frameUrl;
        panel.append(frame);
      },
    },
    ...views.map(({ label, view }) => ({
      label,
      show: (panel: HTMLElement) => {
        panel.append(view.tools, view.element);
        view.begin();
      },
    })),
  ]);
  part.tools.append(all.list);
  part.stage.replaceChildren(all.panels);
  all.open(0);
  await drawn;
  return {
    goTo: ({ line }) => {
      all.open(1);
      if (line !== undefined) views[0]!.view.goToLine(line);
    },
    search: () => {
      all.open(1);
      views[0]!.view.search();
    },
  };
}

async function unpacked(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array | undefined> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > UNPACKED) {
      await reader.cancel();
      return undefined;
    }
    pieces.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
