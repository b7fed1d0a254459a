/** A group: what its files share, and what is said of it. */
import type { VNode } from 'preact';
import type { RequestPage } from '../../../agent/airlock/face.ts';
import { Heading } from '../shell/frame.tsx';
import { Comments } from './comments.tsx';
import { Explanation } from './explanation.tsx';
import { FileTable } from './file-list.tsx';
import { HintList } from './hints.tsx';
import { againstOf, Careful, DeedForm, type Asking } from './offers.tsx';
import { activityUrl, requestUrl } from './links.ts';
import { count } from './words.ts';

export function GroupPage({
  asking,
  group,
}: {
  asking: Asking;
  group: RequestPage['groups'][number];
}): VNode {
  const { page } = asking;
  const files = page.files.filter((file) => file.group === group.name);
  return (
    <div class="ar-group" data-review>
      <Heading
        title={<bdi>{group.name}</bdi>}
        note={`${count(files.length, 'file')} of request ${page.request.id}`}
      >
        <a
          class="btn btn-sm"
          href={`${activityUrl(page.request.id)}?${new URLSearchParams({ group: group.name }).toString()}`}
        >
          Activity
        </a>
        {againstOf(page, 'explain') ? (
          <a class="btn btn-sm" href={`${requestUrl(page.request.id)}/edit`}>
            Edit
          </a>
        ) : null}
      </Heading>
      <FileTable page={page} files={files} />
      <div class="ar-two">
        <div>
          <section class="Box ar-box">
            <h2>What its author says</h2>
            <Explanation context={group.context} controls={group.controls} />
          </section>
          <section class="Box ar-box" data-live="hints">
            <h2>Hints about the group</h2>
            <HintList asking={asking} hints={group.hints} />
          </section>
          <div data-live="bulk">
            <Bulk asking={asking} group={group.name} />
          </div>
        </div>
        <section class="Box ar-box" data-live="comments">
          <h2>Comments</h2>
          <Comments asking={asking} group={group.name} comments={group.comments} />
        </section>
      </div>
    </div>
  );
}

/** In bulk there is only caution: changes for all, or one's own grades taken back. */
function Bulk({ asking, group }: { asking: Asking; group: string }): VNode | null {
  const { page } = asking;
  if (!againstOf(page, 'grade-group')) return null;
  const own = page.files.filter((file) => file.group === group && file.mine !== null);
  const ungraded = page.files.filter((file) => file.group === group && page.ungraded.includes(file.number));
  return (
    <section class="Box ar-box" data-testid="bulk">
      <h2>Your grades in this group</h2>
      {own.some(({ mine }) => mine?.carried) ? (
        <DeedForm
          asking={asking}
          deed="confirm-grade"
          label="Confirm the grades of this group"
          kind="primary"
          fields={{ group }}
          testid="confirm-group"
        />
      ) : null}
      {ungraded.length > 0 ? (
        <DeedForm
          asking={asking}
          deed="grade-group"
          label={`Request changes on ${count(ungraded.length, 'ungraded file')}`}
          fields={{ group }}
        />
      ) : (
        <p class="color-fg-muted">Every output of this group has your grade.</p>
      )}
      {page.files.some(({ mine }) => mine !== null) ? (
        <Careful label="Clear all my grades…">
          <DeedForm
            asking={asking}
            deed="reset-grades"
            label="Clear my grades on the whole request"
            kind="danger"
          />
        </Careful>
      ) : null}
    </section>
  );
}
