/** HTML: never released as it is; what it holds is listed, and its tables meet the checks of tables. */
import type { Token } from 'parse5';
import { Tokenizer, TokenizerMode, type TokenHandler } from 'parse5';
import { Found as Gathered, guarded, type Found } from './found.ts';
import { checkJson, type Embedded } from './json.ts';
import type { Compiled } from './policy.ts';
import { checkTable } from './table-checks.ts';
import { tableOf } from './table.ts';
import type { FileFacts } from './types.ts';
import * as words from './words.ts';

const MOST_CELLS = 200_000;
const MOST_TABLES = 100;

/** Tags only: linear in the page, where building a tree is not. */
class Page implements TokenHandler {
  readonly parts = new Set<string>();
  readonly tables: { header: string[]; rows: string[][] }[] = [];
  readonly data: string[] = [];
  private rows: string[][] | undefined;
  private cells = 0;
  private cell: string[] | undefined;
  private script: string[] | undefined;
  tokenizer: Tokenizer | undefined;

  onComment({ data }: Token.CommentToken): void {
    if (data.trim() !== '') this.parts.add('comments');
  }
  onDoctype(): void {
    // Every page has one.
  }
  onStartTag({ tagName, attrs }: Token.TagToken): void {
    this.attributes(tagName, attrs);
    if (tagName === 'script') {
      const type = attrs.find(({ name }) => name === 'type')?.value ?? '';
      this.parts.add(/json/.test(type) ? 'embedded data' : 'scripts');
      this.script = [];
      this.tokenizer!.state = TokenizerMode.SCRIPT_DATA;
    } else if (tagName === 'style' || tagName === 'iframe' || tagName === 'xmp') {
      if (tagName === 'iframe') this.parts.add('another page');
      this.tokenizer!.state = TokenizerMode.RAWTEXT;
    } else if (tagName === 'textarea' || tagName === 'title') this.tokenizer!.state = TokenizerMode.RCDATA;
    else if (tagName === 'table') {
      this.endTable();
      if (this.tables.length < MOST_TABLES) this.rows = [];
    } else if (tagName === 'tr') {
      this.endCell();
      this.rows?.push([]);
    } else if ((tagName === 'td' || tagName === 'th') && this.rows && this.cells < MOST_CELLS) {
      this.endCell();
      if (this.rows.length === 0) this.rows.push([]);
      this.cell = [];
    }
    if (tagName === 'img' || tagName === 'svg' || tagName === 'canvas') this.parts.add('pictures');
  }
  onEndTag({ tagName }: Token.TagToken): void {
    if (tagName === 'script' && this.script) {
      this.data.push(this.script.join(''));
      this.script = undefined;
    } else if (tagName === 'td' || tagName === 'th' || tagName === 'tr') this.endCell();
    else if (tagName === 'table') this.endTable();
  }
  onEof(): void {
    this.endTable();
  }
  onCharacter({ chars }: Token.CharacterToken): void {
    if (this.script) this.script.push(chars);
    else this.cell?.push(chars);
  }
  onNullCharacter(): void {
    this.parts.add('NUL bytes');
  }
  onWhitespaceCharacter(token: Token.CharacterToken): void {
    this.onCharacter(token);
  }

  private attributes(tagName: string, attrs: readonly Token.Attribute[]): void {
    for (const { name, value } of attrs) {
      if (/^on[a-z]/.test(name)) this.parts.add('event handlers');
      if ((name === 'src' || (name === 'href' && tagName !== 'a')) && /^\s*(?:https?:)?\/\//i.test(value))
        this.parts.add('files loaded from elsewhere');
      if (
        name === 'hidden' ||
        (name === 'type' && value === 'hidden') ||
        (name === 'style' &&
          /display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?![.\d])|font-size\s*:\s*0/i.test(
            value,
          ))
      )
        this.parts.add('hidden elements');
      if (name.startsWith('data-')) this.parts.add('data-* attributes');
    }
  }

  private endCell(): void {
    if (!this.cell || !this.rows) return;
    this.rows.at(-1)!.push(this.cell.join('').replace(/\s+/g, ' ').trim());
    this.cells += 1;
    this.cell = undefined;
  }

  private endTable(): void {
    this.endCell();
    const rows = this.rows?.filter((row) => row.length > 0) ?? [];
    this.rows = undefined;
    const [header, ...rest] = rows;
    if (!header || rest.length === 0) return;
    const width = Math.max(...rest.map((row) => row.length));
    // pandas leaves the corner over the index empty, R leaves it out.
    const full =
      header.length < width ? [...new Array<string>(width - header.length).fill('index'), ...header] : header;
    this.tables.push({ header: full.map((name) => (name === '' ? 'index' : name)), rows: rest });
  }
}

export function checkHtml(found: Found, text: string, facts: FileFacts, rules: Compiled): Embedded[] {
  found.add('HTML-1', {}, words.html());
  const page = new Page();
  page.tokenizer = new Tokenizer({ sourceCodeLocationInfo: false }, page);
  page.tokenizer.write(text, true);
  for (const part of page.parts) found.add('HTML-1', { element: part }, words.htmlPart(part));
  const checked: Embedded[] = [];
  for (const [index, { header, rows }] of page.tables.entries()) {
    const inner = new Gathered(rules.policy.limits.places);
    const table = tableOf(header, rows);
    checked.push({ ...checkTable(inner, table, facts, rules), table });
    found.take(inner.done(), (place) => ({ ...place, element: `table ${index + 1}` }));
  }
  guarded(found, 'embedded data', () => {
    for (const [index, data] of page.data.entries()) {
      if (!/^\s*[[{]/.test(data)) continue;
      const inner = new Gathered(rules.policy.limits.places);
      const tables = checkJson(inner, data, facts, rules);
      // Code that begins like JSON is code.
      if (inner.has('F1')) continue;
      checked.push(...tables);
      found.take(inner.done(), (place) => ({
        ...place,
        element: `script ${index + 1} ${place.element ?? ''}`.trim(),
      }));
    }
  });
  return checked;
}
