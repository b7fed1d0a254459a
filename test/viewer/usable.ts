/** Whether a page can be used in a window: nothing hangs over, what is pressed is seen, keys lead to it. */
import type { Page } from 'playwright-core';

/** Of a small desktop, and of a browser that shares a laptop's screen. */
export const WINDOWS = [
  [1280, 720],
  [1024, 720],
] as const;

/** Of a telephone held upright. */
const PHONE = { width: 390, height: 800 };
/** What is read or written in, and would be no use with the width of a letter. */
const WIDE_ENOUGH =
  'h1:not(.sr-only), td.va-path, td.ar-file-name, textarea, input:not([type=hidden], [type=checkbox], [type=radio])';

/** On a telephone, as the page stands: how far it hangs over, and what has less room than some ten letters need. */
export async function onPhone(page: Page): Promise<{ over: number; squeezed: string[] }> {
  await page.setViewportSize(PHONE);
  return page.evaluate((wanted) => {
    const root = document.documentElement;
    const shown = [...document.querySelectorAll(wanted)].filter((each) => each.checkVisibility());
    const squeezed = shown.filter((each) => each.getBoundingClientRect().width < 80);
    return {
      over: root.scrollWidth - root.clientWidth,
      squeezed: squeezed.map((each) => each.outerHTML.slice(0, 90)),
    };
  }, WIDE_ENOUGH);
}

/** What a finger is to press and is smaller than the tip of one: 24 pixels, WCAG 2.2, 2.5.8. Links in text are let be. */
export function tooSmall(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const pressed = document.querySelectorAll(
      'main :is(button, summary, select, a.btn, input:not([type=hidden]))',
    );
    const small = [...pressed].filter((each) => {
      const { width, height } = each.getBoundingClientRect();
      return each.checkVisibility() && (width < 24 || height < 24);
    });
    return small.map((each) => each.outerHTML.slice(0, 90));
  });
}

/** `over`: pixels by which the page is wider than the window. `not`: what is not where it has to be. */
export async function reached(
  page: Page,
  atOnce: readonly string[],
  below: readonly string[],
): Promise<{ over: number; not: string[] }> {
  const over = await page.evaluate(() =>
    Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth),
  );
  const not: string[] = [];
  for (const place of atOnce) if (!(await isSeen(page, place))) not.push(`${place} at once`);
  for (const place of below) {
    const found = page.locator(place).first();
    if ((await found.count()) > 0) await found.scrollIntoViewIfNeeded();
    if (!(await isSeen(page, place))) not.push(`${place} below`);
  }
  return { over, not };
}

/** All of it in the window, and nothing else in front of it. */
async function isSeen(page: Page, place: string): Promise<boolean> {
  const found = page.locator(place).first();
  if ((await found.count()) === 0) return false;
  return found.evaluate((element) => {
    const { left, top, right, bottom, width, height } = element.getBoundingClientRect();
    if (width === 0 || height === 0 || left < 0 || right > innerWidth) return false;
    // A box to write in may be higher than the window: its beginning is enough.
    const end = Math.min(bottom, top + 48);
    if (top < 0 || end > innerHeight) return false;
    const front = document.elementFromPoint((left + right) / 2, (top + end) / 2);
    return front !== null && (element.contains(front) || front.contains(element));
  });
}

const MOST = 250;

/** Walks with the tab key. `missed`: what can be pressed and is not come to; `unseen`: where nothing shows that one is there. */
export async function steps(
  page: Page,
  places: readonly string[],
): Promise<{ missed: string[]; unseen: string[] }> {
  const goals: string[] = [];
  for (const place of places) {
    const isPressed = await page
      .locator(place)
      .first()
      .evaluate((element) => element.matches('a, summary, :is(button, input, select, textarea):enabled'));
    if (isPressed) goals.push(place);
  }
  const marks = goals.map((place, at) => ({ place, mark: String(at) }));
  for (const { place, mark } of marks)
    await page
      .locator(place)
      .first()
      .evaluate((element, text) => element.setAttribute('data-goal', text), mark);
  const came = new Set<string>();
  const unseen = new Set<string>();
  for (let step = 0; step < MOST && came.size < goals.length; step += 1) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return undefined;
      const styles = [element, element.parentElement ?? element].map((each) => getComputedStyle(each));
      const shows = styles.some(
        ({ outlineStyle, outlineWidth, boxShadow }) =>
          (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none',
      );
      return { goal: element.getAttribute('data-goal'), shows, html: element.outerHTML.slice(0, 90) };
    });
    if (at?.goal) came.add(at.goal);
    if (at && !at.shows) unseen.add(at.html);
  }
  return {
    missed: marks.filter(({ mark }) => !came.has(mark)).map(({ place }) => place),
    unseen: [...unseen],
  };
}
