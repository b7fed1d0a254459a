/** What stands where in a drawing: marks, bars, lines and texts with their places; only shifts and scalings are followed. */

export interface Element {
  name: string;
  /** Size without place: what makes marks alike. */
  shape: string;
  x: number;
  y: number;
  at: string;
}

export interface Bar {
  left: number;
  top: number;
  width: number;
  height: number;
  at: string;
}

export interface Label {
  text: string;
  x: number;
  y: number;
  at: string;
}

interface Frame {
  name: string;
  dx: number;
  dy: number;
  sx: number;
  sy: number;
  invisible?: string;
  defs: boolean;
}

const MOST_POINTS = 100_000;
const ROOT: Frame = { name: '', dx: 0, dy: 0, sx: 1, sy: 1, defs: false };

export class Drawing {
  root = '';
  readonly marks: Element[] = [];
  readonly bars: Bar[] = [];
  readonly texts: Label[] = [];
  /** Stepped lines: places of their corners. */
  readonly steps: { points: [number, number][]; at: string }[] = [];
  readonly hidden: { why: string; at: string }[] = [];
  private readonly stack: Frame[] = [ROOT];
  private open_: { text: string; x: number; y: number; at: string; invisible?: string } | undefined;
  private label: string | undefined;
  private size = { width: Infinity, height: Infinity };

  open(name: string, attributes: Record<string, string>, at: string): void {
    if (this.root === '') {
      this.root = name;
      this.size = sizeOf(attributes);
    }
    const parent = this.stack.at(-1)!;
    const frame = frameOf(name, attributes, parent);
    this.stack.push(frame);
    if (frame.defs) return;
    const place = (x: number, y: number): [number, number] => [
      frame.dx + frame.sx * x,
      frame.dy + frame.sy * y,
    ];
    if (name === 'g' && this.label !== undefined && attributes['transform'] !== undefined) {
      // matplotlib draws letters as shapes and writes them in a comment before.
      this.texts.push({ text: this.label, x: frame.dx, y: frame.dy, at });
      this.label = undefined;
    }
    if (
      name === 'text' ||
      (name === 'tspan' && (attributes['x'] !== undefined || attributes['y'] !== undefined))
    ) {
      this.endText();
      const [x, y] = place(numberOf(attributes['x']), numberOf(attributes['y']));
      this.open_ = { text: '', x, y, at, invisible: frame.invisible ?? this.outside(x, y) };
    } else this.shape(name, attributes, place, frame, at);
  }

  close(): void {
    const frame = this.stack.pop()!;
    if (frame.name === 'text') this.endText();
  }

  text(content: string): void {
    if (this.open_) this.open_.text = (this.open_.text + content).slice(0, 2000);
  }

  comment(content: string): void {
    this.label = content.trim();
  }

  /** Whether the comment just read names a label: matplotlib's groups of text are called so. */
  isLabel(): boolean {
    return this.stack.at(-1)!.name === 'g';
  }

  private endText(): void {
    const { open_: text } = this;
    this.open_ = undefined;
    if (!text || text.text.trim() === '') return;
    this.texts.push({ text: text.text.trim(), x: text.x, y: text.y, at: text.at });
    if (text.invisible !== undefined)
      this.hidden.push({ why: `text that is ${text.invisible}`, at: text.at });
  }

  private outside(x: number, y: number): string | undefined {
    const { width, height } = this.size;
    const far = x < -0.2 * width || y < -0.2 * height || x > 1.2 * width || y > 1.2 * height;
    return far ? 'outside the picture' : undefined;
  }

  private shape(
    name: string,
    attributes: Record<string, string>,
    place: (x: number, y: number) => [number, number],
    frame: Frame,
    at: string,
  ): void {
    if (this.marks.length > MOST_POINTS) return;
    const get = (key: string): number => numberOf(attributes[key]);
    if (name === 'circle' || name === 'ellipse') {
      const [x, y] = place(get('cx'), get('cy'));
      this.marks.push({ name, shape: `${attributes['r'] ?? ''} ${attributes['rx'] ?? ''}`, x, y, at });
    } else if (name === 'use') {
      const [x, y] = place(get('x'), get('y'));
      this.marks.push({ name, shape: attributes['xlink:href'] ?? attributes['href'] ?? '', x, y, at });
    } else if (name === 'rect') {
      const [left, top] = place(get('x'), get('y'));
      this.bars.push({ left, top, width: get('width') * frame.sx, height: get('height') * frame.sy, at });
    } else if (name === 'path' || name === 'polyline' || name === 'polygon') {
      this.path(name, attributes, place, at);
    }
  }

  private path(
    name: string,
    attributes: Record<string, string>,
    place: (x: number, y: number) => [number, number],
    at: string,
  ): void {
    const d = attributes[name === 'path' ? 'd' : 'points'] ?? '';
    const points = pointsOf(d, name !== 'path')?.map(([x, y]) => place(x, y));
    if (!points || points.length === 0) {
      // Curves: round marks are drawn so; their outline without its place tells which are alike.
      const start = /^\s*M\s*([-\d.e]+)[\s,]+([-\d.e]+)/.exec(d);
      const [x, y] = start ? place(Number(start[1]), Number(start[2])) : place(0, 0);
      if (d !== '' && d.length < 400)
        this.marks.push({ name, shape: d.replace(/[-\d.e]+/g, '').replace(/\s+/g, ' '), x, y, at });
      return;
    }
    const box = boxOf(points);
    if (isBox(points)) this.bars.push({ ...box, at });
    else if (isStepped(points)) this.steps.push({ points, at });
    else if (points.length <= 12 && box.width < 15 && box.height < 15)
      this.marks.push({
        name,
        shape: `${points.length} ${box.width.toFixed(0)} ${box.height.toFixed(0)}`,
        x: box.left,
        y: box.top,
        at,
      });
  }
}

const SMALLEST = 0.05;

function frameOf(name: string, attributes: Record<string, string>, parent: Frame): Frame {
  const style = attributes['style'] ?? '';
  const said = (key: string): string | undefined =>
    attributes[key] ??
    new RegExp(`(?:^|;)\\s*${key}\\s*:\\s*([^;]+)`).exec(style.slice(0, 2000))?.[1]?.trim();
  const frame: Frame = {
    ...parent,
    name,
    defs: parent.defs || ['defs', 'clipPath', 'symbol', 'marker', 'pattern', 'mask'].includes(name),
  };
  const transform = attributes['transform'];
  if (transform) moved(frame, transform.slice(0, 500));
  const clear = (key: string): boolean => said(key) !== undefined && Number(said(key)) < SMALLEST;
  if (clear('opacity') || clear('fill-opacity')) frame.invisible = 'transparent';
  else if (said('display') === 'none' || said('visibility') === 'hidden') frame.invisible = 'not shown';
  else if (said('font-size') !== undefined && parseFloat(said('font-size')!) < 1)
    frame.invisible = 'without size';
  else if (name === 'text' && /^(#fff(?:fff)?|white|none|transparent)$/i.test(said('fill') ?? ''))
    frame.invisible = 'of the colour of the paper';
  return frame;
}

function moved(frame: Frame, transform: string): void {
  for (const [, what, inside] of transform.matchAll(/(translate|scale|matrix)\(([^)]*)\)/g)) {
    const [a = 0, b, c, d, e = 0, f = 0] = inside!
      .split(/[\s,]+/)
      .filter((one) => one !== '')
      .map(Number);
    if (what === 'translate') {
      frame.dx += frame.sx * a;
      frame.dy += frame.sy * (b ?? 0);
    } else if (what === 'scale') {
      frame.sx *= a;
      frame.sy *= b ?? a;
    } else if (b === 0 && c === 0) {
      frame.dx += frame.sx * e;
      frame.dy += frame.sy * f;
      frame.sx *= a;
      frame.sy *= d ?? 1;
    }
  }
}

function sizeOf(attributes: Record<string, string>): { width: number; height: number } {
  const box = attributes['viewBox']
    ?.trim()
    .split(/[\s,]+/)
    .map(Number);
  const width = box?.[2] ?? parseFloat(attributes['width'] ?? '');
  const height = box?.[3] ?? parseFloat(attributes['height'] ?? '');
  return width > 0 && height > 0 ? { width, height } : { width: Infinity, height: Infinity };
}

function numberOf(text: string | undefined): number {
  const value = parseFloat(text ?? '0');
  return Number.isFinite(value) ? value : 0;
}

const LONGEST_PATH = 200_000;

/** Corners of a path of straight lines; undefined for curves. */
export function pointsOf(d: string, isList: boolean): [number, number][] | undefined {
  if (d.length > LONGEST_PATH) return undefined;
  const points: [number, number][] = [];
  let [x, y] = [0, 0];
  let command = isList ? 'L' : '';
  const tokens = d.match(/[a-zA-Z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/g) ?? [];
  for (let at = 0; at < tokens.length; ) {
    const token = tokens[at]!;
    if (/^[a-zA-Z]$/.test(token)) {
      command = token;
      at += 1;
      if (command === 'z' || command === 'Z') continue;
      if (!'MmLlHhVv'.includes(command)) return undefined;
      continue;
    }
    const value = Number(token);
    if (command === 'H' || command === 'h') {
      x = command === 'H' ? value : x + value;
      at += 1;
    } else if (command === 'V' || command === 'v') {
      y = command === 'V' ? value : y + value;
      at += 1;
    } else if ('MmLl'.includes(command) && command !== '') {
      const next = Number(tokens[at + 1]);
      if (Number.isNaN(next)) return undefined;
      const relative = command === 'm' || command === 'l';
      x = relative ? x + value : value;
      y = relative ? y + next : next;
      at += 2;
    } else return undefined;
    points.push([x, y]);
  }
  return points;
}

function boxOf(points: readonly [number, number][]): {
  left: number;
  top: number;
  width: number;
  height: number;
} {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { left, top, width: right - left, height: bottom - top };
}

const same = (a: number, b: number): boolean => Math.abs(a - b) < 0.01;

/** Four corners with upright sides. */
function isBox(points: readonly [number, number][]): boolean {
  const closed =
    points.length === 5 && same(points[0]![0], points[4]![0]) && same(points[0]![1], points[4]![1]);
  if (points.length !== 4 && !closed) return false;
  return turnsSquare(points.slice(0, 4));
}

function turnsSquare(points: readonly [number, number][]): boolean {
  return points.every(([x, y], index) => {
    if (index === 0) return true;
    const [beforeX, beforeY] = points[index - 1]!;
    return same(x, beforeX) !== same(y, beforeY);
  });
}

function isStepped(points: readonly [number, number][]): boolean {
  if (points.length < 5) return false;
  return points.every(
    ([x, y], index) => index === 0 || same(x, points[index - 1]![0]) || same(y, points[index - 1]![1]),
  );
}
