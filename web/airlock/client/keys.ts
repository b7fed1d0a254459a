/** Which key does what. None submits a review, returns, rejects or releases. */

export type KeyAction =
  | 'next'
  | 'previous'
  | 'ungraded'
  | 'approve'
  | 'changes'
  | 'undo'
  | 'comment'
  | 'hint'
  | 'compare'
  | 'search'
  | 'help';

const KEYS: Readonly<Record<string, KeyAction>> = {
  j: 'next',
  k: 'previous',
  n: 'ungraded',
  a: 'approve',
  c: 'changes',
  u: 'undo',
  m: 'comment',
  h: 'hint',
  d: 'compare',
  '/': 'search',
  '?': 'help',
};

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'repeat'>;

/** Nothing while somebody types, with another key held, or for a key that is kept down. */
export function keyAction(event: Pressed, isTyping: boolean): KeyAction | undefined {
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return undefined;
  return Object.hasOwn(KEYS, event.key) ? KEYS[event.key] : undefined;
}
