/** A pipeline as lines: what can run first, then what can run when that is done, with what each needs. */
import { printable, type Action, type Pipeline } from '../pipeline/pipeline.ts';
import { layOut } from './dag-layers.ts';

const NEEDS_SHOWN = 8;

export function dagText({ actions }: Pipeline): string {
  if (actions.length === 0) return 'There are no actions.\n';
  const { columns } = layOut(actions);
  const place = new Map(actions.map(({ name }, at) => [name, at]));
  const numbers = String(columns.length).length;
  const width = (of: (action: Action) => string): number =>
    actions.reduce((most, action) => Math.max(most, of(action).length), 0);
  const names = width(({ name }) => name);
  const images = width(imageOf);
  const lines = columns.flatMap((column, at) =>
    column
      .flatMap(({ action }) => action ?? [])
      .sort((a, b) => place.get(a.name)! - place.get(b.name)!)
      .map((action, index) =>
        [
          (index === 0 ? String(at + 1) : '').padStart(numbers),
          action.name.padEnd(names),
          imageOf(action).padEnd(images),
          action.isDatabase ? 'database' : action.needs.length > 0 ? `← ${needsOf(action)}` : '',
        ]
          .join('  ')
          .trimEnd(),
      ),
  );
  return lines.map((line) => `${printable(line)}\n`).join('');
}

const imageOf = ({ image }: Action): string => `${image.name}:${image.tag}`;

function needsOf({ needs }: Action): string {
  const more = needs.length - NEEDS_SHOWN;
  return more > 0
    ? `${needs.slice(0, NEEDS_SHOWN).join(', ')} and ${more.toLocaleString('en-GB')} more`
    : needs.join(', ');
}
