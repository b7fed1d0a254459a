/**
 * `/publish/<project>/<backend>/<workspace>`: choosing, over all releases of a workspace, which files are to
 * become public. The request is the same as `/publish` on GitHub makes; a publisher decides there.
 */
import type { VNode } from 'preact';
import { isRefusal, type Refusal } from '../../src/lib/refusal.ts';
import {
  askToPublish,
  choiceFor,
  type Choice,
  type Member,
  type MembersDeps,
  type Place,
} from '../../src/members/members.ts';
import type { ReleasedFileView, ReleaseView } from '../../src/outputs/outputs.ts';
import type { FileRef, PublicationView } from '../../src/publication/publication.ts';
import { PageHead, RefusalBox, sizeText, TimeOf } from '../ui/shell.tsx';
import { Heads, PublicationState, publishAddress, Scroll, STATE_SAYS } from './parts.tsx';
import { Token, type MemberVisit, type SitePages } from './visit.tsx';

const PATH = '/publish/:project/:backend/:workspace';
export function publishPages(add: SitePages, deps: MembersDeps): void {
  add.page(PATH, async (visit) => {
    const choice = await choiceFor(deps, visit.member, placeIn(visit));
    if (!choice) return visit.notFound();
    show(visit, choice, { files: [], reference: '', on: '' });
  });

  add.form(PATH, async (visit) => {
    const choice = await choiceFor(deps, visit.member, placeIn(visit));
    if (!choice) return visit.notFound();
    const files = visit.fields('file').flatMap((each) => fileNamed(each) ?? []);
    const [reference, on] = [visit.field('reference'), visit.field('on')];
    const owner = reference || on ? { reference, ...(on && { on }) } : undefined;
    const made = await askToPublish(deps, visit.member, choice, { files, ...(owner && { owner }) });
    if (isRefusal(made)) return show(visit, choice, { files, reference, on }, made);
    visit.go(`/publications/${made.id}`);
  });
}

function placeIn({ request: { params } }: MemberVisit): Place {
  const [project, backend, workspace] = ['project', 'backend', 'workspace'].map((name) =>
    String(params[name]),
  );
  return { project: project!, backend: backend!, workspace: workspace! };
}

/** `<release>/<number>`, as a box of this page says it. */
function fileNamed(text: string): FileRef | undefined {
  const found = /^([a-z0-9]{16}-[1-9][0-9]{0,7})\/([1-9][0-9]{0,4})$/.exec(text);
  return found ? { release: found[1]!, number: Number(found[2]) } : undefined;
}

interface Filled {
  files: readonly FileRef[];
  reference: string;
  on: string;
}

function show(visit: MemberVisit, choice: Choice, filled: Filled, no?: Refusal): void {
  const { workspace } = choice.place;
  const body = <ChooseFiles choice={choice} member={visit.member} filled={filled} no={no} />;
  visit.show({ title: `Publish files of ${workspace}`, body }, no ? 409 : 200);
}

function ChooseFiles(props: { choice: Choice; member: Member; filled: Filled; no?: Refusal }): VNode {
  const { choice, member, filled, no } = props;
  const open = choice.releases.some(
    ({ release, notAsk }) => !notAsk && release.files.some((file) => !file.recalled),
  );
  const [first] = choice.releases;
  return (
    <>
      <PageHead
        title={`Publish files of ${choice.place.workspace}`}
        about="Choose released files that everybody may have. A publisher who had no part in their release decides; then they become a GitHub Release of the study, which has to be public by then."
      />
      {no ? <RefusalBox no={no} /> : null}
      <form method="post" action={publishAddress(choice.place)} data-testid="publish">
        <Token member={member} />
        {choice.releases.map(({ release, notAsk }) => (
          <OneRelease release={release} notAsk={notAsk} choice={choice} filled={filled} />
        ))}
        {open ? <Owner choice={choice} filled={filled} /> : null}
        {open ? (
          <button class="btn btn-primary mb-4" type="submit">
            Ask for publication
          </button>
        ) : (
          <p class="color-fg-muted">{first?.notAsk?.says ?? 'Nothing is left to publish.'}</p>
        )}
      </form>
      <Earlier publications={choice.publications} />
    </>
  );
}

function OneRelease(props: {
  release: ReleaseView;
  notAsk: Refusal | undefined;
  choice: Choice;
  filled: Filled;
}): VNode {
  const { release, notAsk, choice, filled } = props;
  return (
    <section>
      <h2 class="f4 mb-2">
        <a href={`/releases/${release.id}`}>{release.id}</a>{' '}
        <span class="color-fg-muted text-normal f5">
          released <TimeOf at={release.releasedAt ?? 0} />
        </span>
      </h2>
      {notAsk ? <p class="color-fg-muted">{notAsk.says}</p> : null}
      <Scroll label={`Files of ${release.id}`}>
        <table class="sp-table">
          <Heads
            of={[
              ['Choose', 'short', 'unseen'],
              ['File', 'name'],
              ['Size', 'num'],
              ['State', 'short'],
            ]}
          />
          <tbody>
            {release.files.map((file) => (
              <FileRow
                file={file}
                release={release.id}
                closed={Boolean(notAsk)}
                chosen={filled.files.some(
                  (each) => each.release === release.id && each.number === file.number,
                )}
                holds={choice.publications.filter((each) => lists(each, release.id, file.number))}
                versions={versionsOf(choice, file)}
              />
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

const OPEN = ['draft', 'approved', 'published'] as const;

const lists = ({ files, state }: PublicationView, release: string, number: number): boolean =>
  (OPEN as readonly string[]).includes(state) &&
  files.some((file) => file.release === release && file.number === number);

/** How many releases have a file of this path that is still out. */
function versionsOf({ releases }: Choice, { path }: ReleasedFileView): number {
  return releases.filter(({ release }) => release.files.some((each) => each.path === path && !each.recalled))
    .length;
}

function FileRow(props: {
  file: ReleasedFileView;
  release: string;
  closed: boolean;
  chosen: boolean;
  holds: readonly PublicationView[];
  versions: number;
}): VNode {
  const { file, release, closed, chosen, holds, versions } = props;
  const name = `${release}/${file.number}`;
  if (file.recalled)
    return (
      <tr class="color-fg-muted">
        <td />
        <td colSpan={3}>File {file.number} was recalled.</td>
      </tr>
    );
  const isPublic = holds.some(({ files }) =>
    files.some((each) => each.release === release && each.number === file.number && each.public),
  );
  return (
    <tr>
      <td>
        <input
          type="checkbox"
          id={name}
          name="file"
          value={name}
          checked={chosen}
          disabled={closed || isPublic}
        />
      </td>
      <td>
        <label for={name} class="text-normal">
          {file.path}
        </label>
        {versions > 1 ? <span class="Label ml-2">one of {versions} versions</span> : null}
      </td>
      <td class="sp-num">{sizeText(file.size)}</td>
      <td class="sp-short">
        {holds.length === 0
          ? 'not public'
          : holds.map(({ id, state }) => (
              <div>
                <a href={`/publications/${id}`}>{isPublic ? 'public' : STATE_SAYS[state]}</a>
              </div>
            ))}
      </td>
    </tr>
  );
}

function Owner({ choice, filled }: { choice: Choice; filled: Filled }): VNode {
  return (
    <fieldset class="sp-narrow mb-3">
      <legend class="text-bold mb-1">Approval by the owner of the data</legend>
      <p class="note mt-0 mb-2" id="owner-help">
        Where it is written down, and its day: a reference, not the text. It becomes public.{' '}
        {choice.ownerAsked
          ? 'It is needed; you may leave it to the publisher.'
          : 'This deployment does not ask for it here.'}
      </p>
      <div class="sp-row">
        <div>
          <label for="reference" class="d-block mb-1">
            Reference
          </label>
          <input
            class="form-control"
            id="reference"
            name="reference"
            maxLength={100}
            placeholder="REF-12"
            value={filled.reference}
            aria-describedby="owner-help"
          />
        </div>
        <div>
          <label for="on" class="d-block mb-1">
            Day, if it was not today
          </label>
          <input class="form-control" type="date" id="on" name="on" value={filled.on} />
        </div>
      </div>
    </fieldset>
  );
}

function Earlier({ publications }: { publications: readonly PublicationView[] }): VNode | null {
  if (publications.length === 0) return null;
  return (
    <section>
      <h2 class="f4 mb-2">Publications of this workspace</h2>
      <ul class="ml-4 mb-4">
        {[...publications].reverse().map(({ id, state, requestedAt, files }) => (
          <li class="mb-1">
            <a href={`/publications/${id}`}>{id}</a> <PublicationState state={state} />{' '}
            <span class="color-fg-muted">
              asked for <TimeOf at={requestedAt} />, {files.length} {files.length === 1 ? 'file' : 'files'}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
