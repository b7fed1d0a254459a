/** Whether a file can stand in for what a query returns: its columns, and that their values are of their types. */
export interface Difference {
  line: number;
  /** Of the character, from one. */
  column: number;
  message: string;
}

interface Cell {
  text: string;
  /** An empty field that is not quoted is null. */
  quoted: boolean;
  line: number;
  column: number;
}

export function compareWith(text: string, wanted: readonly { name: string; type: number }[]): Difference[] {
  const lines = cellsOf(text.replace(/^\uFEFF/, ''));
  if (lines.at(-1)?.length === 1 && lines.at(-1)?.[0]?.text === '') lines.pop();
  const [head, ...rows] = lines;
  if (!head)
    return [{ line: 1, column: 1, message: 'The file is empty: its first line must name the columns.' }];
  const names = head.map((cell) => cell.text);
  const found: Difference[] = [];
  const tell = ({ line, column }: Pick<Cell, 'line' | 'column'>, message: string): void =>
    void found.push({ line, column, message });
  for (const [at, cell] of head.entries()) {
    if (names.indexOf(cell.text) !== at) tell(cell, `The column "${cell.text}" stands twice.`);
    else if (!wanted.some(({ name }) => name === cell.text))
      tell(cell, `The query returns no column "${cell.text}".`);
  }
  for (const { name } of wanted)
    if (!names.includes(name))
      tell({ line: 1, column: 1 }, `The column "${name}" is missing: the query returns it.`);
  const types = names.map((name) => TYPES[wanted.find((each) => each.name === name)?.type ?? 0]);
  for (const row of rows) {
    if (row.length !== head.length) {
      tell(row[0]!, `This line has ${row.length} fields, and the first line ${head.length}.`);
      continue;
    }
    for (const [at, cell] of row.entries()) {
      const type = types[at];
      if (!type || (cell.text === '' && !cell.quoted) || type.is(cell.text)) continue;
      tell(cell, `"${cell.text.slice(0, 40)}" is no ${type.name}, as "${names[at]}" must be.`);
    }
  }
  return found;
}

const whole = { name: 'whole number', is: (text: string): boolean => /^-?\d+$/.test(text) };
const number = {
  name: 'number',
  is: (text: string): boolean =>
    /^-?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) || /^(NaN|-?Infinity)$/.test(text),
};
const isDay = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
const safely =
  (is: (text: string) => boolean) =>
  (text: string): boolean => {
    try {
      return is(text);
    } catch {
      // A day that there is not has no text.
      return false;
    }
  };
const time = {
  name: 'time like 2026-01-31 09:30:00',
  is: safely(
    (text) =>
      /^[ T]\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d(:?\d\d)?|Z)?$/.test(text.slice(10)) &&
      isDay(text.slice(0, 10)),
  ),
};
/** By PostgreSQL's numbers of types; of any other type every text may be a value. */
const TYPES: Record<number, { name: string; is(text: string): boolean } | undefined> = {
  16: { name: 'true or false', is: (text) => /^(t|f|true|false)$/i.test(text) },
  20: whole,
  21: whole,
  23: whole,
  700: number,
  701: number,
  1082: { name: 'day like 2026-01-31', is: safely(isDay) },
  1114: time,
  1184: time,
  1700: number,
};

/** Fields by RFC 4180, each with its place; what is malformed is taken as it stands. */
function cellsOf(text: string): Cell[][] {
  const lines: Cell[][] = [[]];
  let at = 0;
  let line = 1;
  let start = 0;
  while (at <= text.length) {
    const cell: Cell = { text: '', quoted: text[at] === '"', line, column: at - start + 1 };
    if (cell.quoted) {
      at += 1;
      while (at < text.length && !(text[at] === '"' && text[at + 1] !== '"')) {
        if (text[at] === '\n') {
          line += 1;
          start = at + 1;
        }
        if (text[at] === '"') at += 1;
        cell.text += text[at]!;
        at += 1;
      }
      at += 1;
    }
    const rest = /[^,\r\n]*/y;
    rest.lastIndex = at;
    const plain = rest.exec(text)?.[0] ?? '';
    cell.text += plain;
    at += plain.length;
    lines.at(-1)!.push(cell);
    if (text[at] === '\r' && text[at + 1] === '\n') at += 1;
    if (text[at] === '\n' || text[at] === '\r') {
      lines.push([]);
      line += 1;
      start = at + 1;
    }
    at += 1;
  }
  return lines;
}
