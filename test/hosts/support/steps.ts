/** A screen that says nothing, keeps everything, and lets a test in between the steps of a story. */
import type { Screen } from '../../../src/sandbox/demo/screen.ts';

/** Does a step, and whatever else is to happen around it. */
export type Around = <T>(doing: string, work: () => Promise<T>) => Promise<T>;

export interface Told {
  screen: Screen;
  lines: string[];
  /** Before the first step whose words match, `work` is done. */
  before(step: RegExp, work: () => Promise<void>): void;
  around(deed: Around): void;
  say(text: string): void;
}

export function quietScreen(): Told {
  const lines: string[] = [];
  const waiting: { step: RegExp; work: () => Promise<void> }[] = [];
  let around: Around = (_doing, work) => work();
  const began = Date.now();
  const say = (text: string): void =>
    void lines.push(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  return {
    lines,
    say,
    before: (step, work) => void waiting.push({ step, work }),
    around: (deed) => void (around = deed),
    screen: {
      chapter: say,
      step: async (doing, work) => {
        say(doing);
        const at = waiting.findIndex(({ step }) => step.test(doing));
        if (at >= 0) await waiting.splice(at, 1)[0]?.work();
        return around(doing, work);
      },
      seen: say,
      quote: say,
      look: (label, where) => say(`${label} ${where}`),
      warn: say,
      say,
    },
  };
}
