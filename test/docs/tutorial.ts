/** A page whose commands are executed: its blocks in order, and how what was printed is compared with what is shown. */

export type Step =
  | { kind: 'run'; line: number; command: string; exit: number; shown?: string }
  | { kind: 'save'; line: number; file: string; text: string }
  | { kind: 'change'; line: number; diff: string }
  | { kind: 'picture'; line: number; file: string; picture: string };

/**
 * `sh` blocks are commands (`exit=1` behind it: what they end with), a `text` block right below shows what they print; `diff`
 * blocks are changes of files, and any other is a file when the sentence above ends in "as `name`:". A drawing is of the
 * file `….svg` that was named last.
 */
export function stepsOf(page: string): Step[] {
  const lines = page.split('\n');
  const steps: Step[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [, kind, more] = /^```(\w+)(?: (.*))?$/.exec(lines[at]!) ?? [];
    const picture = /^!\[.*\]\(images\/([\w-]+\.svg)\)$/.exec(lines[at]!)?.[1];
    if (picture !== undefined) {
      const [file = ''] =
        lines
          .slice(0, at)
          .join('\n')
          .match(/[\w/-]+\.svg(?!\))/g)
          ?.slice(-1) ?? [];
      steps.push({ kind: 'picture', line: at + 1, file, picture });
    }
    if (kind === undefined) continue;
    const end = lines.indexOf('```', at + 1);
    if (end === -1) throw new Error(`line ${at + 1}: this block has no end`);
    const text = lines.slice(at + 1, end).join('\n');
    const line = at + 1;
    const before =
      lines
        .slice(0, at)
        .filter((each) => each !== '')
        .at(-1) ?? '';
    const last = steps.at(-1);
    if (kind === 'sh') {
      steps.push({
        kind: 'run',
        line,
        command: text,
        exit: Number(/^exit=(\d+)$/.exec(more ?? '')?.[1] ?? 0),
      });
    } else if (kind === 'text') {
      if (last?.kind !== 'run' || last.shown !== undefined || before !== '```')
        throw new Error(`line ${line}: this text is below no command`);
      last.shown = text;
    } else if (kind === 'diff') steps.push({ kind: 'change', line, diff: `${text}\n` });
    else {
      const file = / as `([\w./-]+)`:$/.exec(before)?.[1];
      if (file === undefined) throw new Error(`line ${line}: nobody knows what this block is`);
      steps.push({ kind: 'save', line, file, text: `${text}\n` });
    }
    at = end;
  }
  return steps;
}

/** What differs from one run and machine to the next: times, what an action took, the place of the images. */
export function plain(text: string, places: readonly (readonly [here: string, shown: string])[]): string {
  const told = places.reduce((all, [here, shown]) => all.replaceAll(here, shown), text);
  return (
    told
      .split('\n')
      // Said only where the engine answers at once.
      .filter((line) => !line.startsWith('  images on this machine: '))
      .map((line) =>
        line
          .replace(/\d+(?:\.\d+)? s\b/g, 'N s')
          .replace(/ {2,}N s .*$/, '  N s')
          .replace(/ {2,}time {2,}cpu mean .*$/, '  time')
          .trimEnd(),
      )
      .join('\n')
      .trimEnd()
  );
}
