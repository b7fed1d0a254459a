/** One group of a request: its explanation, its files, and what was said about it. */
import type { VNode } from 'preact';
import type { RequestPage, ShownFile } from '../../../agent/airlock/face.ts';
import { contextFields } from '../../../agent/airlock/context.ts';
import { words } from '../../../src/release/release.ts';
import type { Visit } from '../parts.ts';
import { slug, Token } from '../shell/forms.tsx';
import { HintBadge, sizeText, StatusLabel, Time } from '../shell/marks.tsx';
import { METHOD_WORDS } from '../words.ts';
import { editAt, requestAt } from './addresses.ts';

type Group = RequestPage['groups'][number];

interface GroupProps {
  visit: Visit;
  page: RequestPage;
  group: Group;
}

const METHODS = [['', 'choose …'], ...Object.entries(METHOD_WORDS)] as const;

export function EditGroup(props: GroupProps): VNode {
  const { group, page } = props;
  const files = page.files.filter((file) => file.group === group.name);
  const at = slug(group.name);
  return (
    <section class="Box mb-4" id={`group-${at}`} aria-labelledby={`title-${at}`} data-testid="group">
      <h2 class="Box-header h4" id={`title-${at}`}>
        {group.name}{' '}
        <span class="color-fg-muted text-normal">
          {files.length === 1 ? '1 file' : `${files.length} files`}
        </span>
      </h2>
      <Files {...props} files={files} />
      <Explanation {...props} />
      <Comments {...props} />
    </section>
  );
}

/** What the checks and the checkers ask of every group. */
const FIGURES = [
  ['population', 'population', 'Population the files are about', 'All pupils of the county in 2025'],
  ['population-size', 'populationSize', 'Its size', '52000'],
  ['n', 'n', 'n of models', ''],
  ['df', 'df', 'Degrees of freedom', ''],
] as const;

function Explanation({ visit, page, group }: GroupProps): VNode {
  const at = slug(group.name);
  const { controls } = group;
  const said = contextFields(group.context);
  return (
    <form method="post" action={`${editAt(page.request.id)}/explain`} class="Box-row" data-testid="explain">
      <Token csrf={visit.csrf} />
      <input type="hidden" name="group" value={group.name} />
      <label for={`context-${at}`} class="d-block text-bold mb-1">
        Context
      </label>
      <p class="va-note" id={`context-note-${at}`}>
        Why you need this, what the variables mean, how it relates to other outputs.
      </p>
      <textarea
        class="form-control width-full"
        id={`context-${at}`}
        name="context"
        rows={5}
        maxLength={20_000}
        aria-describedby={`context-note-${at}`}
      >
        {said.text}
      </textarea>
      <div class="va-form-row mt-2">
        {FIGURES.map(([name, field, label, placeholder]) => (
          <label class={field === 'population' ? 'va-grow' : undefined}>
            <span class="d-block text-small">{label}</span>
            <input
              class={`form-control input-sm ${field === 'population' ? 'width-full' : 'va-short'}`}
              name={name}
              value={said[field]}
              maxLength={field === 'population' ? 300 : 20}
              inputMode={field === 'population' ? undefined : 'numeric'}
              placeholder={placeholder}
            />
          </label>
        ))}
      </div>
      <fieldset class="va-form-row mt-3">
        <legend class="text-bold mb-1">Disclosure controls you applied</legend>
        <CountField label="Suppressed at or below" name="threshold" value={controls?.threshold} />
        <CountField label="Rounded to multiples of" name="base" value={controls?.base} />
        <label>
          <span class="d-block text-small">Method</span>
          <select class="form-select select-sm" name="method">
            {METHODS.map(([value, label]) => (
              <option value={value} selected={value === (controls?.method ?? '')}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </fieldset>
      <label for={`controls-${at}`} class="d-block text-bold mt-3 mb-1">
        How, in your words
      </label>
      <textarea
        class="form-control width-full"
        id={`controls-${at}`}
        name="controls"
        rows={3}
        maxLength={10_000}
      >
        {controls?.text ?? ''}
      </textarea>
      <div class="mt-2">
        <button class="btn" type="submit" data-testid="save">
          Save the explanation
        </button>
      </div>
    </form>
  );
}

function CountField(props: { label: string; name: string; value: number | null | undefined }): VNode {
  return (
    <label>
      <span class="d-block text-small">{props.label}</span>
      <input
        class="form-control input-sm va-short"
        type="number"
        min="0"
        max="999999"
        name={props.name}
        value={props.value ?? ''}
      />
    </label>
  );
}

function Files({ visit, page, group, files }: GroupProps & { files: readonly ShownFile[] }): VNode {
  const at = slug(group.name);
  const others = page.groups.map(({ name }) => name).filter((name) => name !== group.name);
  return (
    <form method="post" action={`${editAt(page.request.id)}/files`} class="Box-row" data-tree>
      <Token csrf={visit.csrf} />
      <div class="va-scroll">
        <table class="va-table">
          <thead>
            <tr>
              <th class="va-tick">
                <span class="sr-only">Ticked</span>
              </th>
              <th scope="col">File</th>
              <th scope="col">As</th>
              <th scope="col" class="va-figure">
                Size
              </th>
              <th scope="col">State</th>
              <th scope="col">Checks</th>
            </tr>
          </thead>
          <tbody>
            {files.map((file) => (
              <FileRow id={page.request.id} file={file} />
            ))}
          </tbody>
        </table>
      </div>
      <div class="va-form-row mt-2">
        <label>
          <span class="d-block text-small">With the ticked files</span>
          <select class="form-select select-sm" name="deed" id={`deed-${at}`}>
            <option value="output">make them outputs</option>
            <option value="supporting">make them supporting files</option>
            <option value="move">move them to another group</option>
            <option value="update">take their newest version</option>
            <option value="withdraw">take them off the request</option>
          </select>
        </label>
        <label>
          <span class="d-block text-small">Group to move to</span>
          <input
            class="form-control input-sm"
            name="new-group"
            list={`groups-${at}`}
            maxLength={64}
            pattern="[\w .\-]{1,64}"
          />
          <datalist id={`groups-${at}`}>
            {others.map((name) => (
              <option value={name} />
            ))}
          </datalist>
        </label>
        <button class="btn btn-sm" type="submit" data-testid="files-deed">
          Do it
        </button>
      </div>
    </form>
  );
}

function FileRow({ id, file }: { id: string; file: ShownFile }): VNode {
  const { number, path, type, size, status, withdrawn, locked, decision, hints } = file;
  const counts = hints && {
    block: hints.filter(({ severity }) => severity === 'block').length,
    warn: hints.filter(({ severity }) => severity === 'warn').length,
  };
  return (
    <tr class={withdrawn ? 'va-withdrawn' : undefined}>
      <td class="va-tick">
        <input type="checkbox" name="path" value={path} disabled={locked} aria-label={`Tick ${path}`} />
      </td>
      <td class="va-path">
        <span class="color-fg-muted">{number}</span> <a href={`${requestAt(id)}/files/${number}`}>{path}</a>
      </td>
      <td>{type}</td>
      <td class="va-figure">{sizeText(size)}</td>
      <td>
        {decision !== undefined && decision !== 'incomplete' ? (
          <span class={`Label Label--${decision === 'approve' ? 'success' : 'danger'}`}>
            {words.DECISION_WORDS[decision]}
          </span>
        ) : (
          <StatusLabel status={withdrawn ? 'withdrawn' : status} />
        )}
      </td>
      <td>{type === 'supporting' ? null : <HintBadge hints={counts} />}</td>
    </tr>
  );
}

function Comments({ visit, page, group }: GroupProps): VNode | null {
  const against = page.offers.find(({ type }) => type === 'comment')?.against ?? [];
  const mayComment = against.length === 0;
  if (group.comments.length === 0 && !mayComment) return null;
  const at = slug(group.name);
  return (
    <div class="Box-row">
      {group.comments.map(({ login, at: when, text }) => (
        <div class="va-comment" data-testid="comment">
          <p class="text-small color-fg-muted mb-1">
            <strong>{login}</strong> <Time at={when} />
          </p>
          <p class="va-text mb-0">{text}</p>
        </div>
      ))}
      {mayComment ? (
        <form method="post" action={`${editAt(page.request.id)}/comment`}>
          <Token csrf={visit.csrf} />
          <input type="hidden" name="group" value={group.name} />
          <label for={`comment-${at}`} class="d-block text-bold mb-1">
            Comment to the checkers
          </label>
          <textarea
            class="form-control width-full"
            id={`comment-${at}`}
            name="text"
            rows={2}
            maxLength={10_000}
            required
          />
          <button class="btn btn-sm mt-2" type="submit">
            Comment
          </button>
        </form>
      ) : null}
    </div>
  );
}
