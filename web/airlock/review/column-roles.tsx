/** What a file's author says of its columns against the checks: shown to everybody, changed by its authors. */
import type { VNode } from 'preact';
import type { ShownFile, ShownHint } from '../../../agent/airlock/face.ts';
import { words } from '../../../src/release/release.ts';
import { againstOf, DeedForm, Reason, type Asking } from './offers.tsx';

/** Null where nothing is said and nobody here may say anything. */
export function ColumnRoles({ asking, file }: { asking: Asking; file: ShownFile }): VNode | null {
  const { roles, path, withdrawn, locked } = file;
  const may = againstOf(asking.page, 'set-role') !== undefined && !withdrawn && !locked;
  if (roles.length === 0 && (!may || file.summary.length === 0)) return null;
  return (
    <section class="Box ar-box" data-live="roles" data-testid="roles">
      <h2>Columns</h2>
      {roles.length > 0 ? (
        <ul class="ar-plain">
          {roles.map(({ column, as, login, reason }) => (
            <li class="ar-role">
              <RoleLine {...{ column, as, login, reason }} />
              {may ? (
                <DeedForm
                  asking={asking}
                  deed="clear-role"
                  label="Take back"
                  small
                  fields={{ path, column }}
                />
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
      {may ? <Say asking={asking} file={file} /> : null}
    </section>
  );
}

type Role = Omit<ShownFile['roles'][number], 'by'>;

function RoleLine({ column, as, login, reason }: Role): VNode {
  return (
    <p class="text-small mb-1">
      <bdi>
        <b>{column}</b>
      </bdi>{' '}
      is {words.ROLE_WORDS[as]}, by <b>{login}</b>, because: <bdi>{reason}</bdi>
    </p>
  );
}

function Say({ asking, file }: { asking: Asking; file: ShownFile }): VNode {
  return (
    <details class="ar-answer-form" open={false}>
      <summary>Say what a column is</summary>
      <p class="text-small color-fg-muted mb-2">
        Where the checks take a column for a count that is none, or miss one. They run again with it; your
        checkers read your reason and answer it.
      </p>
      <DeedForm asking={asking} deed="set-role" label="Say so" small fields={{ path: file.path }}>
        <label class="ar-field">
          <span>Column</span>
          <select class="form-select select-sm" name="column" required>
            {headings(file).map((name) => (
              <option value={name}>{name}</option>
            ))}
          </select>
        </label>
        <label class="ar-field">
          <span>is</span>
          <select class="form-select select-sm" name="as" required>
            <option value="other">not a count of people</option>
            <option value="count">a count of people</option>
          </select>
        </label>
        <Reason label="Because" required />
      </DeedForm>
    </details>
  );
}

function headings({ summary }: ShownFile): string[] {
  return [...new Set(summary.map(({ column }) => column))];
}

/** What was said of the column a hint is about; undefined for other hints. */
export function saidOf(hint: ShownHint, roles: ShownFile['roles']): Role | undefined {
  return hint.byAuthor ? roles.find(({ column }) => column === hint.place.column) : undefined;
}
