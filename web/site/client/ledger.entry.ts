/** The button that checks the log in this browser: signature, one entry, and that it grew from what was seen before. */
import { openCheckpoint, type Checkpoint } from './checkpoint.ts';
import { leafHash, sameBytes, Tree } from './tree.ts';

const SEEN = 'sallyport-log-seen';
const box = document.querySelector<HTMLElement>('[data-verify]');
const button = box?.querySelector<HTMLButtonElement>('button');
const list = box?.querySelector<HTMLElement>('[data-testid=verified]');

if (box && button && list) {
  box.hidden = false;
  button.addEventListener('click', () => {
    void verify(box, button, list);
  });
}

async function verify(within: HTMLElement, pressed: HTMLButtonElement, into: HTMLElement): Promise<void> {
  const value = (id: string): string => within.querySelector<HTMLInputElement>(`#${id}`)?.value ?? '';
  pressed.disabled = true;
  into.replaceChildren();
  delete into.dataset['state'];
  const say = (text: string): void => {
    const line = document.createElement('li');
    line.textContent = text;
    into.append(line);
  };
  try {
    const key = value('key');
    const checkpoint = await openCheckpoint(new TextDecoder().decode(await read('checkpoint')), key);
    say(`The checkpoint of ${checkpoint.size} entries is signed with this key.`);
    const tree = new Tree(checkpoint.size, read);
    await provesEntry(tree, checkpoint, Number(value('entry')), say);
    await provesGrowth(tree, checkpoint, key, say);
    into.dataset['state'] = 'good';
  } catch (error) {
    say(`Not proved: ${error instanceof Error ? error.message : String(error)}.`);
    into.dataset['state'] = 'bad';
  } finally {
    pressed.disabled = false;
  }
}

type Say = (text: string) => void;

async function provesEntry(tree: Tree, { size, root }: Checkpoint, index: number, say: Say): Promise<void> {
  if (!Number.isInteger(index) || index < 0 || index >= size) throw new Error(`there is no entry ${index}`);
  const entry = await tree.entry(index);
  if (!sameBytes(await tree.rootWith(index, await leafHash(entry)), root))
    throw new Error(`entry ${index} is not the one that was signed`);
  say(`Entry ${index} is in it, as it stands there now.`);
}

/** What this browser saw last, kept here and nowhere else. */
async function provesGrowth(
  tree: Tree,
  { origin, size, root }: Checkpoint,
  key: string,
  say: Say,
): Promise<void> {
  const name = `${SEEN}:${origin}:${key}`;
  const seen = JSON.parse(localStorage.getItem(name) ?? 'null') as { size: number; root: number[] } | null;
  if (seen) {
    if (seen.size > size) throw new Error(`it had ${seen.size} entries when this browser saw it last`);
    const roots = await tree.rootsFrom(seen.size);
    if (!sameBytes(roots.old, Uint8Array.from(seen.root)) || !sameBytes(roots.now, root))
      throw new Error(
        `it is not the log that this browser saw before: its first ${seen.size} entries were changed`,
      );
    say(`Its first ${seen.size} entries are those that this browser saw before.`);
  }
  localStorage.setItem(name, JSON.stringify({ size, root: [...root] }));
}

async function read(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await fetch(`/log/${path}`, path === 'checkpoint' ? { cache: 'no-store' } : {});
  if (!answer.ok) throw new Error(`the log has nothing at ${path}`);
  return new Uint8Array(await answer.arrayBuffer());
}
