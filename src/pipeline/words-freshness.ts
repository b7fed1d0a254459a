/** What is said of a result: fresh, out of date because of …, never run. */
import type { Cause, Freshness } from './freshness.ts';
import { printable } from './quote.ts';

const NAMES_SHOWN = 3;

/** `fresh`, `never run`, or `out of date because analysis/model.py changed`. */
export function freshnessText(found: Freshness): string {
  if (found.state === 'fresh') return 'fresh';
  if (found.state === 'never-run') return 'never run';
  return `out of date because ${found.because.map(causeText).join('; ')}`;
}

export function causeText(cause: Cause): string {
  switch (cause.kind) {
    case 'failed':
      return 'its last run failed';
    case 'unknown':
      return 'it is not known what it was made from';
    case 'command':
      return 'its command changed';
    case 'config':
      return 'its config changed';
    case 'outputs':
      return 'its declared outputs changed';
    case 'image':
      return `its image changed from ${short(cause.was)} to ${short(cause.now)}`;
    case 'code':
      return `${some(cause.files)} changed`;
    case 'inputs':
      return `what it reads changed: ${some(cause.files)}`;
    case 'missing':
      return `${some(cause.files)} ${cause.files.length === 1 ? 'is' : 'are'} gone`;
    case 'edited':
      return `${some(cause.files)} ${cause.files.length === 1 ? 'was' : 'were'} changed by something else`;
    case 'needs':
      return `of ${some(cause.actions)}`;
  }
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).map(printable);
  const more = names.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** Names as they are, of ids and digests the beginning that tells them apart. */
function short(image: string): string {
  return image.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/, '$1');
}
