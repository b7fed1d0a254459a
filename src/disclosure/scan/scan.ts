/** AssemblyScript: what ../scan.ts and ../stats.ts call. */
import { divide } from './layout';
import { prepareFields } from './field';
import { forgetWords } from './words';

export { counters, counts, data, ends, fields } from './layout';
export { begin, consumed, read } from './records';
export { forgotten } from './words';
export { beginCount, count, firstRagged, ragged, rows, value } from './count';

/** For records of at most `columns` fields that are kept, and pieces of at most `capacity` bytes. */
export function setUp(delimiter: i32, columns: i32, capacity: i32): void {
  const size = divide(delimiter, columns, capacity);
  const pages = <i32>((size + 0xffff) >>> 16) - memory.size();
  if (pages > 0) memory.grow(pages);
  prepareFields();
  forgetWords();
}
