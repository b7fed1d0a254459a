/** Colours of a terminal as classes; every other escape is dropped, because it moves a cursor that is not there. */

export interface Styled {
  text: string;
  classes: string;
}

const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
/** CSI and OSC sequences, and single-character escapes. */
const ESCAPE = /\u001b(?:\[([0-9;:]*)([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\^_])/g;

interface Style {
  colour: string;
  bold: boolean;
  dim: boolean;
}

const PLAIN: Style = { colour: '', bold: false, dim: false };

/** One line; what it begins with is plain. */
export function styled(line: string): Styled[] {
  const parts: Styled[] = [];
  let style = PLAIN;
  let from = 0;
  const take = (to: number): void => {
    if (to > from) parts.push({ text: line.slice(from, to), classes: classesOf(style) });
  };
  for (const found of line.matchAll(ESCAPE)) {
    take(found.index);
    from = found.index + found[0].length;
    if (found[2] === 'm') style = after(style, found[1] ?? '');
  }
  take(line.length);
  return parts;
}

function classesOf({ colour, bold, dim }: Style): string {
  return [colour && `av-ansi-${colour}`, bold && 'av-ansi-bold', dim && 'av-ansi-dim']
    .filter(Boolean)
    .join(' ');
}

function after(style: Style, codes: string): Style {
  const numbers = codes.split(/[;:]/).map(Number);
  let next = style;
  for (let at = 0; at < numbers.length; at += 1) {
    const code = numbers[at]!;
    // 256 colours and true colours: their numbers are skipped, they are no other codes.
    if (code === 38 || code === 48) at += numbers[at + 1] === 5 ? 2 : 4;
    else next = one(next, code);
  }
  return next;
}

function one(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, dim: true };
  if (code === 22) return { ...style, bold: false, dim: false };
  if (code === 39) return { ...style, colour: '' };
  if (code >= 30 && code <= 37) return { ...style, colour: COLOURS[code - 30]! };
  if (code >= 90 && code <= 97) return { ...style, colour: COLOURS[code - 90]! };
  return style;
}
