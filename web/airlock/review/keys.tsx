/** What the keys do. Nothing that submits, returns, rejects or releases has one. */
import type { VNode } from 'preact';

const KEYS: readonly [string, string][] = [
  ['j / k', 'next file, file before'],
  ['n', 'next file without a grade of yours'],
  ['a', 'approve this file'],
  ['c', 'request changes to this file'],
  ['u', 'clear your grade'],
  ['m', 'comment'],
  ['h', 'next hint'],
  ['d', 'compare with the released version'],
  ['/', 'search in the file'],
  ['?', 'this list'],
];

export function KeyHelp(): VNode {
  return (
    <dialog class="ar-keys" data-keys aria-label="Keys">
      <h2>Keys</h2>
      <dl>
        {KEYS.map(([key, says]) => (
          <>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{says}</dd>
          </>
        ))}
      </dl>
      <form method="dialog">
        <button class="btn btn-sm" type="submit">
          Close
        </button>
      </form>
    </dialog>
  );
}
