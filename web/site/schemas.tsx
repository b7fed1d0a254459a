/** `/schemas`: what everybody may know of the tables of datasets, with invented rows; for programs as JSON. */
import type { ComponentChildren, VNode } from 'preact';
import type { Governance } from '../../src/governance/governance.ts';
import { isRefusal } from '../../src/lib/refusal.ts';
import { generate, publish, publishOne, type Column, type DatasetTables } from '../../src/tables/tables.ts';
import { PageHead } from '../ui/shell.tsx';
import { Heads, Scroll, Table as Rows } from './parts.tsx';
import { pageHead, siteName } from './record-parts.tsx';
import type { RecordSite } from './record-site.ts';
import type { SitePages } from './visit.tsx';

const ABOUT =
  'The tables of datasets: columns, types, categories and ranges, as governance invented them. Nothing here is counted from data.';
/** Rows that are shown of each table. */
const SAMPLE = 5;
/** Categories of a column that are shown at once. */
const SHOWN = 12;
const SEED = '1';
const FORM = '/schemas/tables.json';

export const schemaPath = (dataset: string): string => `/schemas/${encodeURIComponent(dataset)}`;

/** Whether there is a page of it. */
export const hasSchema = (g: Governance | undefined, dataset: string): boolean =>
  g?.schemas.some((each) => each.dataset === dataset) ?? false;

export function schemaPages(add: SitePages, { deps }: RecordSite): void {
  const { origin } = deps;
  const all = (): DatasetTables[] => deps.governance()?.schemas ?? [];
  const page = (path: string, title: string, about: string): ComponentChildren =>
    pageHead({ origin, path, title, about, site: siteName(deps.governance()) });
  add.open('/schemas', (visit) => {
    const head = page('/schemas', 'Tables', ABOUT);
    visit.show({ title: 'Tables', head, body: <Datasets schemas={all()} origin={origin} /> });
  });
  // Whoever makes dummy data in a browser asks from another origin.
  add.open('/schemas.json', (visit) => {
    visit.response.set('access-control-allow-origin', '*');
    visit.response.json({ $schema: `${origin}${FORM}`, ...publish(all()) });
  });
  add.open('/schemas/:dataset.json', (visit) => {
    const found = publishOne(all(), String(visit.request.params['dataset']));
    if (!found) return visit.notFound();
    visit.response.set('access-control-allow-origin', '*');
    visit.response.json({ $schema: `${origin}${FORM}`, ...found });
  });
  add.open('/schemas/:dataset', (visit) => {
    const schemas = all();
    const found = schemas.find(({ dataset }) => dataset === visit.request.params['dataset']);
    if (!found) return visit.notFound();
    const head = page(schemaPath(found.dataset), found.title, found.description ?? ABOUT);
    visit.show({ title: found.title, head, body: <Dataset of={found} schemas={schemas} /> });
  });
}

const count = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

function Datasets({ schemas, origin }: { schemas: readonly DatasetTables[]; origin: string }): VNode {
  return (
    <>
      <PageHead title="Tables" about={ABOUT} />
      {schemas.length === 0 ? <p data-testid="no-schemas">Governance has published none yet.</p> : null}
      <ul class="ml-4 mb-3" data-testid="schemas">
        {publish(schemas).datasets.map(({ dataset, title, description, tables }) => (
          <li class="mb-2">
            <a href={schemaPath(dataset)}>{title}</a>{' '}
            <span class="color-fg-muted">
              {dataset}, {count(Object.keys(tables).length, 'table')}
            </span>
            {description ? <div>{description}</div> : null}
          </li>
        ))}
      </ul>
      <h2 class="f4 mb-2">Dummy data</h2>
      <p>Invented rows of these tables, the same on every machine:</p>
      <Scroll label="Command">
        <pre class="mb-3">
          <code>{`sallyport dummy-data --from ${origin} --rows 1000`}</code>
        </pre>
      </Scroll>
      <p class="color-fg-muted">
        For programs: <a href="/schemas.json">JSON</a>, and its <a href={FORM}>JSON Schema</a>.
      </p>
    </>
  );
}

function Dataset({ of, schemas }: { of: DatasetTables; schemas: readonly DatasetTables[] }): VNode {
  const { dataset, title, description, tables } = of;
  const home = new Map(
    schemas.flatMap((each) => Object.keys(each.tables).map((name) => [name, each.dataset] as const)),
  );
  return (
    <>
      <PageHead title={title} about={description ?? `Tables of the dataset ${dataset}.`} />
      {Object.entries(tables).map(([name, table]) => (
        <section data-testid={`table-${name}`} class="mb-4">
          <h2 class="f4 mb-1" id={name}>
            {name}
          </h2>
          {table.description ? <p class="mb-2">{table.description}</p> : null}
          <Rows
            label={`Columns of ${name}`}
            heads={[['Column', 'name'], ['Type', 'short'], ['Values'], ['Meaning']]}
          >
            {Object.entries(table.columns).map(([column, what]) => (
              <tr>
                <td class="sp-name">
                  <code>{column}</code>
                </td>
                <td class="sp-short">{what.type ?? 'key of another'}</td>
                <td>
                  <Values column={what} home={home} />
                </td>
                <td>
                  {what.description}
                  {what.unit ? ` (${what.unit})` : null}
                </td>
              </tr>
            ))}
          </Rows>
          {table.unique.length > 0 ? (
            <p class="mb-2">
              Never twice together: {table.unique.map((set) => set.join(' and ')).join('; ')}.
            </p>
          ) : null}
          {table.rows_per_thousand === 1000 ? null : (
            <p class="mb-2">
              For each thousand rows that are asked for, {count(table.rows_per_thousand, 'row')} of it.
            </p>
          )}
          <Sample name={name} schemas={schemas} />
        </section>
      ))}
      <p class="color-fg-muted">
        <a href="/schemas">All tables</a>. For programs: <a href={`${schemaPath(dataset)}.json`}>JSON</a>, and
        its <a href={FORM}>JSON Schema</a>.
      </p>
    </>
  );
}

function Values({ column, home }: { column: Column; home: ReadonlyMap<string, string> }): VNode {
  const { references, categories, pattern, min, max, from, until, digits, true_share } = column;
  const said: (VNode | string)[] = [];
  if (references !== undefined) {
    const table = references.slice(0, references.lastIndexOf('.'));
    const place = home.get(table);
    said.push(place ? <a href={`${schemaPath(place)}#${table}`}>{references}</a> : references);
  }
  if (categories) {
    const names = Object.keys(categories).sort();
    const more = names.length - SHOWN;
    said.push(names.slice(0, SHOWN).join(', ') + (more > 0 ? `, and ${more} more` : ''));
  }
  if (pattern !== undefined) said.push(<code>{pattern}</code>);
  if (!categories && min !== undefined && max !== undefined)
    said.push(`${min} to ${max}${digits ? `, ${count(digits, 'digit')} behind the point` : ''}`);
  if (from !== undefined) said.push(`${from} to ${until ?? ''}`);
  if (true_share !== undefined) said.push(`true in ${percent(true_share)}`);
  if (column.unique) said.push('never twice');
  if (column.null_share > 0) said.push(`empty in ${percent(column.null_share)}`);
  return (
    <>
      {said.map((each, at) => (
        <>
          {at > 0 ? '; ' : ''}
          {each}
        </>
      ))}
    </>
  );
}

const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`;

function Sample({ name, schemas }: { name: string; schemas: readonly DatasetTables[] }): VNode | null {
  const made = generate(schemas, { rows: SAMPLE, seed: SEED, tables: [name] });
  const [table] = isRefusal(made) ? [] : made;
  if (!table) return null;
  return (
    <details>
      <summary>{SAMPLE} invented rows</summary>
      <Scroll label={`Invented rows of ${name}`}>
        <table class="sp-table" data-testid={`sample-${name}`}>
          <caption class="text-left color-fg-muted">
            Invented by a program: nobody’s. The same as <code>dummy-data {name}</code> begins with.
          </caption>
          <Heads of={table.columns.map((column) => [column] as const)} />
          <tbody>
            {Array.from({ length: SAMPLE }, (_, at) => (
              <tr>
                {table.row(at).map((cell) => (
                  <td>{cell ?? <span class="color-fg-muted">empty</span>}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
}
