/** How a version came about: each decision of its builder, as it was saved with it. */
import type { VNode } from 'preact';
import { History, type Decision } from '../../src/codelists/codelists.ts';
import { TimeOf } from '../ui/shell.tsx';
import { Heads, Scroll } from './parts.tsx';

const MOST = 1000;

/** Undefined: the version was not built on a page. */
export function readDecisions(history: unknown): readonly Decision[] {
  const read = History.safeParse(history);
  return read.success ? read.data.decisions.slice(-MOST) : [];
}

export function ShownHistory(props: {
  decisions: readonly Decision[];
  nameOf(person: number): string;
}): VNode {
  if (props.decisions.length === 0)
    return (
      <p data-testid="no-history">
        This version was not built on a page: why each code is in it is not known here.
      </p>
    );
  return (
    <Scroll label="Decisions, latest first">
      <table class="sp-table" data-testid="history">
        <Heads of={[['When', 'short'], ['Decision'], ['Why', 'name'], ['Who']]} />
        <tbody>
          {[...props.decisions].reverse().map(({ code, what, descendants, why, by, at }) => (
            <tr>
              <td class="sp-short">
                <TimeOf at={Date.parse(at)} />
              </td>
              <td>
                {what === 'include' ? 'included' : 'excluded'} <code>{code}</code>
                {descendants ? ' and all below' : ''}
              </td>
              <td class="sp-name">{why || '–'}</td>
              <td>{props.nameOf(by)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
