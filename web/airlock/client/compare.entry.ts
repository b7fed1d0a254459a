/** The page that compares a file with its released version. */
import { bytesOf, isAnnounced } from './bytes.ts';
import { compareTables, compareTexts, decoded, sideBySide } from './compare-view.ts';
import { el, need } from './dom.ts';
import type { FilePart } from './file-part.ts';
import { imageFacts } from './image-facts.ts';
import type { Mark } from './table-model.ts';

/** The released version's length is not announced: the hash says enough. */
const ANY_SIZE = -1;

async function mount(root: HTMLElement): Promise<void> {
  const data = root.dataset;
  const notes = need(root, '[data-part=notes]');
  const part: FilePart = {
    root,
    path: data['path'] ?? '',
    size: 0,
    stage: need(root, '[data-part=stage]'),
    tools: need(root, '[data-part=tools]'),
    note: (text) => notes.append(el('p', { class: 'flash flash-warn av-note' }, text)),
  };
  const fetched = async (url = '', sha256 = ''): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = await bytesOf({ url, sha256, size: ANY_SIZE });
    if (!(await isAnnounced(bytes, sha256))) throw new Error('other bytes than announced');
    return bytes;
  };
  try {
    const [before, after] = await Promise.all([
      fetched(data['before'], data['beforeSha256']),
      fetched(data['after'], data['afterSha256']),
    ]);
    const marks = JSON.parse(data['marks'] ?? '[]') as (Omit<Mark, 'row' | 'column'> & {
      place: Pick<Mark, 'row' | 'column'>;
    })[];
    if (data['compare'] === 'table')
      compareTables(
        part,
        before,
        after,
        marks.map(({ place, ...mark }) => ({ ...mark, ...place })),
      );
    else if (data['compare'] === 'image') sideBySide(part, picture(before, 'before'), picture(after, 'now'));
    else if (data['compare'] === 'svg')
      sideBySide(part, frame(data['beforeFrame']), frame(data['afterFrame']));
    else compareTexts(part, decoded(before), decoded(after));
    data['state'] = 'drawn';
  } catch (error) {
    console.error(error);
    data['state'] = 'failed';
    part.stage.replaceChildren(
      el(
        'div',
        { class: 'flash flash-error', role: 'alert' },
        'The versions could not be loaded. Reload the page.',
      ),
    );
  }
}

function picture(bytes: Uint8Array<ArrayBuffer>, which: string): HTMLElement {
  const type = imageFacts(bytes).kind === 'JPEG' ? 'image/jpeg' : 'image/png';
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const image = el('img', { class: 'av-picture av-fit', alt: `Picture, ${which}` });
  image.addEventListener('load', () => URL.revokeObjectURL(address), { once: true });
  image.src = address;
  return image;
}

function frame(url = ''): HTMLElement {
  const made = el('iframe', {
    class: 'av-frame',
    sandbox: '',
    title: 'Drawing',
    referrerpolicy: 'no-referrer',
  });
  made.src = url;
  return made;
}

for (const root of document.querySelectorAll<HTMLElement>('[data-compare]')) void mount(root);
