/** A screen that says nothing, keeps everything, and lets a test in between the steps of a story. */
import type { Screen } from '../../../src/sandbox/demo/screen.ts';

export interface Told {
  screen: Screen;
  lines: string[];
  /** Before the first step whose words match, `work` is done. */
  before(step: RegExp, work: () => Promise<void>): void;
}

export function quietScreen(): Told {
  const lines: string[] = [];
  const waiting: { step: RegExp; work: () => Promise<void> }[] = [];
  const began = Date.now();
  const say = (text: string): void =>
    void lines.push(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);
  return {
    lines,
    before: (step, work) => void waiting.push({ step, work }),
    screen: {
      chapter: say,
      step: async (doing, work) => {
        say(doing);
        const at = waiting.findIndex(({ step }) => step.test(doing));
        if (at >= 0) await waiting.splice(at, 1)[0]?.work();
        return work();
      },
      seen: say,
      quote: say,
      look: (label, where) => say(`${label} ${where}`),
      warn: say,
      say,
    },
  };
}
