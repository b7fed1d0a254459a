/** How a text of unknown origin is shown: short, on one line, without characters that act on a screen. */
export interface Says {
  message: string;
  /** What to write instead. */
  hint?: string;
}

export const says = (message: string, hint?: string): Says => (hint ? { message, hint } : { message });

const LONGEST = 80;
// Controls, line separators, and what reverses or hides text.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function quote(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return `"${printable(short)}"`;
}
