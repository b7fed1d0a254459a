/**
 * What a person wrote under headings: the body of an answered issue form, or a comment of the same form.
 *
 * GitHub writes `### <label>`, an empty line and the answer. Only headings that are asked for end an answer, so a
 * paragraph may have headings of its own; all headings count in what is sealed.
 */
const HEADING = /^### +(.+?) *$/;
/** GitHub's words for an empty answer. */
const NOTHING = '_No response_';

export interface Section {
  heading: string;
  text: string;
}

/** `among`: the headings that are looked for; absent, all there are. */
export function sectionsOf(body: string, among?: ReadonlySet<string>): Section[] {
  const found: Section[] = [];
  let fence: string | undefined;
  for (const line of lines(body)) {
    const heading = fence === undefined ? HEADING.exec(line)?.[1] : undefined;
    if (heading !== undefined && (among?.has(heading) ?? true)) {
      found.push({ heading, text: '' });
      continue;
    }
    fence = fenceAfter(fence, line);
    const last = found.at(-1);
    if (last) last.text += `${line}\n`;
  }
  return found.map(({ heading, text }) => ({ heading, text: plain(text) }));
}

const lines = (body: string): string[] => body.replace(/\r\n?/g, '\n').split('\n');

function fenceAfter(open: string | undefined, line: string): string | undefined {
  const ticks = /^ {0,3}(`{3,})/.exec(line)?.[1];
  if (ticks === undefined) return open;
  if (open === undefined) return ticks;
  return ticks.length >= open.length && line.trim() === ticks ? undefined : open;
}

/** Without what was written for the reader of the question, and without a fence around the whole of it. */
function plain(text: string): string {
  const said = text.replace(/<!--[\s\S]*?(?:-->|$)/g, '').trim();
  const inside = /^(`{3,})\w*\n([\s\S]*?)\n?\1$/.exec(said)?.[2] ?? said;
  return inside.trim() === NOTHING ? '' : inside.trim();
}
