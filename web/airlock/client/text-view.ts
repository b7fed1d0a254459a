/** Plain text, logs, Markdown and HTML: all of them read as what is written, never run. */
import { styled } from './ansi.ts';
import { button, el } from './dom.ts';
import { drawFound } from './draw-text.ts';
import type { Drawn, FilePart } from './file-part.ts';
import { LinesView, plainPiece, type DrawPiece } from './lines-view.ts';
import { splitLog } from './log-parts.ts';
import { drawMarkdown } from './markdown-view.ts';
import { tabs } from './tabs.ts';
import { wordsInHtml } from './words-in.ts';

export function drawText(part: FilePart, text: string, line?: number, draw: DrawPiece = plainPiece): Drawn {
  const view = new LinesView(text, `Text of ${part.path}`, draw);
  part.tools.append(view.tools);
  part.stage.replaceChildren(view.element);
  view.begin(line);
  return ofLines(view);
}

function ofLines(view: LinesView): Drawn {
  return {
    search: () => view.search(),
    goTo: ({ line, row }) => view.goToLine(line ?? row ?? 1),
  };
}

const colouredPiece: DrawPiece = (into, text, query) => {
  for (const { text: piece, classes } of styled(text)) {
    if (classes === '') drawFound(into, piece, query, '\t');
    else {
      const span = el('span', { class: classes });
      drawFound(span, piece, query, '\t');
      into.append(span);
    }
  }
};

/** What Sallyport says of the job first, then how the program ended; the rest when it is asked for. */
export function drawLog(part: FilePart, text: string): Drawn {
  const { summary, tail, cut } = splitLog(text);
  if (cut === 0) return drawText(part, text, undefined, colouredPiece);
  const before = text.slice(0, cut).split('\n').length - 1;
  const view = new LinesView(tail, `End of ${part.path}`, colouredPiece, before);
  const whole = button('Show the whole log', () => {
    part.tools.replaceChildren();
    drawText(part, text, undefined, colouredPiece);
  });
  part.tools.append(view.tools, whole);
  const head = el('pre', { class: 'av-summary', tabindex: '0', 'aria-label': 'Summary of the job' });
  drawFound(head, summary, '', '\n\t');
  part.stage.replaceChildren(
    ...(summary === '' ? [] : [head]),
    el(
      'p',
      { class: 'av-cut' },
      `The last ${tail.length.toLocaleString('en')} characters; ${cut.toLocaleString('en')} before them are left out.`,
    ),
    view.element,
  );
  view.begin();
  view.toEnd();
  return ofLines(view);
}

export function drawMarkdownFile(part: FilePart, text: string): Drawn {
  const view = new LinesView(text, `Text of ${part.path}`);
  const both = tabs('How to show it', [
    {
      label: 'Text',
      show: (panel) => {
        panel.append(view.element);
        view.begin();
      },
    },
    { label: 'Formatted', show: (panel) => panel.append(drawMarkdown(text)) },
  ]);
  part.tools.append(both.list, view.tools);
  part.stage.replaceChildren(both.panels);
  both.open(0);
  return ofLines(view);
}

/** Source, and the words in it; nothing of it becomes a page. */
export function drawHtml(part: FilePart, text: string): Drawn {
  const view = new LinesView(text, `Source of ${part.path}`);
  const words = new LinesView(wordsInHtml(text), `Words in ${part.path}`);
  const both = tabs('How to show it', [
    {
      label: 'Source',
      show: (panel) => {
        panel.append(view.element);
        view.begin();
      },
    },
    {
      label: 'Words in it',
      show: (panel) => {
        panel.append(words.element);
        words.begin();
      },
    },
  ]);
  part.tools.append(both.list, view.tools);
  part.note('Shown as its source: no script, style or picture of it is loaded.');
  part.stage.replaceChildren(both.panels);
  both.open(0);
  return ofLines(view);
}
