import type { Locator, Page } from 'playwright-core';

/** More than any page has, and any menu. */
const MOST_STOPS = 150;
const MOST_ENTRIES = 20;

export type Keyboard = ReturnType<typeof keyboardOf>;

/** What somebody does who has a keyboard and nothing else. */
export function keyboardOf(page: Page) {
  let stops = 0;
  const unmarked = new Set<string>();

  const press = (keys: string) => page.keyboard.press(keys);

  /** The Tab key until it is there. */
  async function tabTo(target: Locator): Promise<void> {
    const wanted = target.first();
    await wanted.waitFor({ state: 'attached', timeout: 20_000 });
    for (let stop = 0; stop < MOST_STOPS; stop++) {
      await press('Tab');
      stops++;
      const mark = await unmarkedFocus(page);
      if (mark !== undefined) unmarked.add(mark);
      if (await hasFocus(wanted)) return;
    }
    throw new Error(`the Tab key does not lead to ${String(target)}`);
  }

  /** An arrow key until it is there. */
  async function moveTo(key: string, target: Locator): Promise<void> {
    const wanted = target.first();
    for (let step = 0; step < MOST_ENTRIES; step++) {
      if (await hasFocus(wanted)) return;
      await press(key);
    }
    throw new Error(
      `${key} does not lead to ${String(target)}, but to ${await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 160) ?? 'nothing')}`,
    );
  }

  return {
    page,
    press,
    tabTo,
    moveTo,
    /** Tabs to it and presses Enter. */
    use: async (target: Locator): Promise<void> => {
      await tabTo(target);
      await press('Enter');
    },
    type: (text: string) => page.keyboard.type(text),
    /** An entry of the menu that is open. */
    choose: async (entry: string): Promise<void> => {
      const item = page.getByRole('menuitem', { name: entry, exact: true });
      await item.waitFor();
      await page.waitForFunction(() => document.activeElement?.matches('[role=menuitem]'));
      await moveTo('ArrowDown', item);
      await press('Enter');
    },
    /** How often the Tab key was pressed, and where it led to without a mark that eyes can see. */
    trace: () => ({ stops, unmarked: [...unmarked] }),
  };
}

function hasFocus(target: Locator): Promise<boolean> {
  return target.evaluate((element) => element === document.activeElement);
}

/** What has the focus, where no outline shows it: its own, or one of the elements that stand for it. */
function unmarkedFocus(page: Page): Promise<string | undefined> {
  return page.evaluate(() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body) return undefined;
    let shown: Element | null = focused;
    for (let level = 0; shown && level < 4; level++) {
      const { outlineStyle, outlineWidth } = getComputedStyle(shown);
      if (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) return undefined;
      shown = shown.parentElement;
    }
    return focused.outerHTML.slice(0, 160);
  });
}
