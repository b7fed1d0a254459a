/** PNG and JPEG: fitted to the window, magnified, and what the file says beside the pixels. */
import { button, el } from './dom.ts';
import { drawText } from './draw-text.ts';
import type { Drawn, FilePart } from './file-part.ts';
import { imageFacts, type ImageFacts } from './image-facts.ts';

const STEPS = [0.1, 0.25, 0.5, 1, 2, 4, 8];

export async function drawImage(part: FilePart, bytes: Uint8Array<ArrayBuffer>): Promise<Drawn> {
  const facts = imageFacts(bytes);
  // The type is ours, never the file's: a drawing that calls itself PNG stays undrawn.
  const type = facts.kind === 'JPEG' ? 'image/jpeg' : 'image/png';
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const image = el('img', { class: 'av-picture', alt: `Picture ${part.path}` });
  const frame = el(
    'div',
    { class: 'av-picture-frame', tabindex: '0', role: 'region', 'aria-label': 'Picture' },
    image,
  );
  part.stage.replaceChildren(frame, panel(facts, bytes.length));
  image.src = address;
  try {
    await image.decode();
  } catch {
    throw new Error('not a picture');
  } finally {
    URL.revokeObjectURL(address);
  }
  zoom(part, image);
  return {};
}

function zoom(part: FilePart, image: HTMLImageElement): void {
  let scale: number | undefined;
  const shown = el('span', { class: 'av-found', role: 'status' });
  const apply = (): void => {
    image.style.width = scale === undefined ? '' : `${image.naturalWidth * scale}px`;
    image.classList.toggle('av-fit', scale === undefined);
    shown.textContent = scale === undefined ? 'fitted' : `${Math.round(scale * 100)} %`;
  };
  const step = (by: 1 | -1): void => {
    const now = scale ?? image.clientWidth / Math.max(1, image.naturalWidth);
    const further =
      by > 0 ? STEPS.find((each) => each > now + 0.001) : STEPS.findLast((each) => each < now - 0.001);
    scale = further ?? now;
    apply();
  };
  part.tools.append(
    button('Fit', () => {
      scale = undefined;
      apply();
    }),
    button('Actual size', () => {
      scale = 1;
      apply();
    }),
    button('−', () => step(-1), { 'aria-label': 'Smaller' }),
    button('+', () => step(1), { 'aria-label': 'Larger' }),
    shown,
  );
  apply();
}

function panel(facts: ImageFacts, size: number): HTMLElement {
  const rows: [string, string][] = [
    ['Kind', facts.kind],
    ['Pixels', facts.width === undefined ? 'unknown' : `${facts.width} × ${facts.height}`],
    ['Bytes', size.toLocaleString('en')],
    ...facts.extras.map(({ name, size: bytes, text }): [string, string] => [
      `Beside the picture: ${name}`,
      text ?? `${bytes.toLocaleString('en')} bytes`,
    ]),
    ...(facts.trailing > 0
      ? [['After its end', `${facts.trailing.toLocaleString('en')} bytes`] as [string, string]]
      : []),
  ];
  if (facts.extras.length === 0 && facts.trailing === 0) rows.push(['Beside the picture', 'nothing']);
  const list = el('dl', { class: 'av-facts' });
  for (const [name, value] of rows) {
    const term = el('dt');
    drawText(term, name);
    const said = el('dd');
    drawText(said, value);
    list.append(term, said);
  }
  return list;
}
