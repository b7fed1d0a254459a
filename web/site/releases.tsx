/**
 * `/releases/<id>`: that something was released is public, what it was is its members'.
 *
 * So a release that exists answers everybody with its fact, and members with its files beneath; a file or an
 * archive (files.tsx) does not exist for whoever may not have it.
 */
import type { VNode } from 'preact';
import type { Governance } from '../../src/governance/governance.ts';
import {
  factOf,
  noteListing,
  pauseOf,
  publicationsOfRelease,
  releaseFor,
  wordOf,
  type MembersDeps,
  type Place,
  type ReleaseFact,
} from '../../src/members/members.ts';
import type { ReleasedFileView, ReleaseView } from '../../src/outputs/outputs.ts';
import type { PublicationView } from '../../src/publication/publication.ts';
import { PageHead, sizeText, TimeOf } from '../ui/shell.tsx';
import { Heads, backendName, nameOf, PublicationState, publishAddress, Scroll, titleOf } from './parts.tsx';
import { WorkspaceLink } from './lists.tsx';
import { PausedBanner } from './paused.tsx';
import { pageHead, siteName } from './record-parts.tsx';
import type { SitePages, Visit } from './visit.tsx';

export function releasePages(add: SitePages, deps: MembersDeps): void {
  add.open('/releases/:id', async (visit) => {
    const id = String(visit.request.params['id']);
    const fact = await factOf(deps, id);
    if (!fact) return visit.notFound();
    const release = visit.member && (await releaseFor(deps, visit.member, id));
    if (visit.member && release && visit.request.method !== 'HEAD') await noteListing(deps, visit.member, id);
    visit.show({
      title: `Release ${id}`,
      head: pageHead({
        ...{ origin: deps.origin, path: `/releases/${id}`, title: `Release of ${fact.workspace}` },
        ...{ about: ABOUT, site: siteName(deps.governance()) },
      }),
      body: (
        <OneRelease
          visit={visit}
          fact={fact}
          paused={await pauseOf(deps, id)}
          release={release}
          publications={release ? await publicationsOfRelease(deps, release) : []}
          governance={deps.governance()}
        />
      ),
    });
  });
}

const ABOUT = 'Files that two independent output checkers let out of a secure zone.';

/** Each workspace once; its releases stand newest first. */
function placesIn(releases: readonly ReleaseView[]): Place[] {
  const places = releases.map(({ project, backend, workspace }) => ({ project, backend, workspace }));
  return places.filter(
    (place, at) => places.findIndex((each) => publishAddress(each) === publishAddress(place)) === at,
  );
}

interface Seen {
  governance: Governance | undefined;
}

/** Of the projects of a member, with how many files are theirs. */
export function OwnReleases({ releases, governance }: Seen & { releases: readonly ReleaseView[] }): VNode {
  const projects = [...new Set(releases.map(({ project }) => project))];
  return (
    <>
      <h2 class="f3 mb-2">Of your projects</h2>
      {projects.length === 0 ? (
        <div class="blankslate" data-testid="no-releases">
          <h3 class="blankslate-heading">Nothing of yours was released yet</h3>
          <p>A release begins in the viewer, or with a comment /release on an issue of the study.</p>
        </div>
      ) : null}
      {projects.map((project) => (
        <section>
          <h3 class="f4 mb-2">
            {titleOf(governance, project)} <span class="color-fg-muted text-normal">{project}</span>
          </h3>
          <Scroll label={`Releases of ${project}`}>
            <table class="sp-table">
              <Heads
                of={[['Released', 'short'], ['Workspace'], ['Zone'], ['State', 'short'], ['Files', 'num']]}
              />
              <tbody>
                {releases
                  .filter((one) => one.project === project)
                  .map((one) => (
                    <tr>
                      <td class="sp-short">
                        <a href={`/releases/${one.id}`}>
                          <TimeOf at={one.releasedAt ?? 0} />
                        </a>
                      </td>
                      <td>{one.workspace}</td>
                      <td>{backendName(governance, one.backend)}</td>
                      <td class="sp-short">
                        <State word={wordOf(one)} />
                      </td>
                      <td class="sp-num">{one.files.filter(({ recalled }) => !recalled).length}</td>
                    </tr>
                  ))}
              </tbody>
            </table>
          </Scroll>
          <p class="mb-4">
            {placesIn(releases.filter((one) => one.project === project)).map((place) => (
              <a class="mr-3" href={publishAddress(place)}>
                Publish files of {place.workspace}
              </a>
            ))}
          </p>
        </section>
      ))}
    </>
  );
}

function OneRelease(
  props: Seen & {
    visit: Visit;
    fact: ReleaseFact;
    paused: Awaited<ReturnType<typeof pauseOf>>;
    release: ReleaseView | undefined;
    publications: readonly PublicationView[];
  },
): VNode {
  const { visit, fact, paused, release, governance, publications } = props;
  return (
    <>
      <PageHead title={`Release ${fact.id}`} about={ABOUT} />
      <PausedBanner paused={paused ? [paused] : []} />
      <dl class="sp-facts" data-testid="fact">
        <dt>Workspace</dt>
        <dd>
          <WorkspaceLink name={fact.workspace} />
        </dd>
        <dt>Zone</dt>
        <dd>{backendName(governance, fact.backend)}</dd>
        <dt>Released</dt>
        <dd>
          <TimeOf at={fact.releasedAt} />
        </dd>
        <dt>State</dt>
        <dd>
          <State word={fact.word} />
        </dd>
        {fact.recalls.length > 0 ? (
          <>
            <dt>Recalled</dt>
            <dd>
              {fact.recalls.map((at) => (
                <div>
                  <TimeOf at={at} />
                </div>
              ))}
            </dd>
          </>
        ) : null}
        {release ? <Makers release={release} governance={governance} /> : null}
      </dl>
      {release ? <Files release={release} publications={publications} /> : <ForMembers visit={visit} />}
    </>
  );
}

/** People's part in it, for members. */
function Makers({ release, governance }: Seen & { release: ReleaseView }): VNode {
  const checkers = [
    ...new Set(release.files.flatMap(({ approvals }) => approvals.map(({ checker }) => checker))),
  ];
  return (
    <>
      <dt>Asked for by</dt>
      <dd>{nameOf(governance, release.author)}</dd>
      <dt>Approved by</dt>
      <dd>{checkers.map((id) => nameOf(governance, id)).join(', ')}</dd>
    </>
  );
}

function Files(props: { release: ReleaseView; publications: readonly PublicationView[] }): VNode {
  const { release, publications } = props;
  const there = release.files.filter(({ recalled }) => !recalled);
  return (
    <section>
      <div class="d-flex flex-items-center mb-2">
        <h2 class="f4">Files</h2>
        <span class="sp-grow" />
        {there.length > 0 ? (
          <a class="btn btn-sm" href={`/releases/${release.id}/all.zip`} data-testid="all">
            Download all as zip
          </a>
        ) : null}
      </div>
      <Scroll label="Files">
        <table class="sp-table" data-testid="files">
          <Heads
            of={[
              ['No', 'num'],
              ['File', 'name'],
              ['Size', 'num'],
              ['SHA-256', 'short'],
              ['Download', undefined, 'unseen'],
            ]}
          />
          <tbody>
            {release.files.map((file) =>
              file.recalled ? <Tombstone file={file} /> : <FileRow release={release.id} file={file} />,
            )}
          </tbody>
        </table>
      </Scroll>
      <p class="note">
        Released is not published: share these files within the project only, until they are published. Each
        look and each download is written down.
      </p>
      <p>
        <a href={publishAddress(release)} data-testid="publish">
          Publish files of {release.workspace}
        </a>
        {publications.map(({ id, state }) => (
          <>
            {' · '}
            <a href={`/publications/${id}`}>publication {id}</a> <PublicationState state={state} />
          </>
        ))}
      </p>
    </section>
  );
}

function FileRow({ release, file }: { release: string; file: ReleasedFileView }): VNode {
  const at = `/releases/${release}/files/${file.number}`;
  return (
    <tr>
      <td class="sp-num">{file.number}</td>
      <td>
        <a href={at}>{file.path}</a>
      </td>
      <td class="sp-num">{sizeText(file.size)}</td>
      <td class="sp-short">
        <code class="f6">{file.sha256.slice(0, 16)}…</code>
      </td>
      <td>
        <a href={`${at}/download`} aria-label={`Download ${file.path}`}>
          Download
        </a>
      </td>
    </tr>
  );
}

/** Nothing of a recalled file stands here but that it was there: its name may have been what was wrong. */
function Tombstone({ file }: { file: ReleasedFileView }): VNode {
  return (
    <tr class="color-fg-muted" data-testid="tombstone">
      <td class="sp-num">{file.number}</td>
      <td colSpan={4}>
        Recalled <TimeOf at={file.recalled?.at ?? 0} />
        {file.recalled?.category ? ` (${file.recalled.category})` : ''}. Delete every copy of it that you
        have.
      </td>
    </tr>
  );
}

function ForMembers({ visit }: { visit: Visit }): VNode {
  return visit.member ? (
    <p class="color-fg-muted" data-testid="for-members">
      The files are for members of the project, its output checkers and support. You are signed in as{' '}
      {visit.member.login}.
    </p>
  ) : (
    <p class="color-fg-muted" data-testid="for-members">
      The files are for members of the project.{' '}
      <a href={`/login?next=${encodeURIComponent(visit.here)}`}>Sign in to see them</a>
    </p>
  );
}

function State({ word }: { word: ReleaseFact['word'] }): VNode {
  return <span class={`Label ${word === 'released' ? 'Label--success' : 'Label--danger'}`}>{word}</span>;
}
