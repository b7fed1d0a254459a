/** What becomes of a request. Each button says why it cannot be pressed; what cannot be undone is opened first. */
import type { VNode } from 'preact';
import { words } from '../../../src/release/release.ts';
import { againstOf, Careful, Choice, DeedForm, Reason, type Asking } from './offers.tsx';

export function RequestActions({ asking }: { asking: Asking }): VNode | null {
  const forms = [Sign, Arbitrate, Release, Halt, Part, ConfirmPart, Return, Close, Stuck]
    .map((Form) => Form({ asking }))
    .filter((form) => form !== null);
  if (forms.length === 0) return null;
  return (
    <section class="Box ar-box ar-actions" data-live="actions" data-testid="actions">
      <h2>What can be done</h2>
      {forms}
    </section>
  );
}

interface Props {
  asking: Asking;
}

/** Offered here while it is not yet possible too: it says what is missing. */
function Sign({ asking }: Props): VNode | null {
  const against = againstOf(asking.page, 'sign');
  if (!against || asking.page.signatureMissing) return null;
  if (against.some(({ code }) => code === 'release.already-signed'))
    return <p class="color-fg-muted">Your signature under this turn is recorded.</p>;
  return <DeedForm asking={asking} deed="sign" label="Submit review" kind="primary" against={against} />;
}

function Arbitrate({ asking }: Props): VNode | null {
  const against = againstOf(asking.page, 'arbitrate');
  if (!against) return null;
  return (
    <Careful label="Settle the disagreement…">
      <DeedForm asking={asking} deed="arbitrate" label="Record" against={against}>
        <Reason label="Why it may leave against a dissent" required />
      </DeedForm>
    </Careful>
  );
}

function Release({ asking }: Props): VNode | null {
  const against = againstOf(asking.page, 'queue-release');
  if (!against) return null;
  return (
    <Careful label="Release…">
      <p class="text-small">
        Every approved output leaves the zone. It can be halted until the first upload.
      </p>
      <DeedForm asking={asking} deed="queue-release" label="Release" kind="primary" against={against} />
    </Careful>
  );
}

function Halt({ asking }: Props): VNode | null {
  const against = againstOf(asking.page, 'halt');
  const batch = asking.page.batches.find(({ state }) => state === 'queued' || state === 'uploading');
  if (!against || !batch) return null;
  return (
    <DeedForm
      asking={asking}
      deed="halt"
      label="Halt the release"
      kind="danger"
      fields={{ batch: batch.number }}
      against={against}
    />
  );
}

function Part({ asking }: Props): VNode | null {
  const { page } = asking;
  const against = againstOf(page, 'propose-part');
  const approved = page.files.filter(
    ({ decision, withdrawn, locked }) => decision === 'approve' && !withdrawn && !locked,
  );
  if (!against || approved.length === 0) return null;
  return (
    <Careful label="Release a part…">
      <DeedForm asking={asking} deed="propose-part" label="Propose this part" against={against}>
        <p class="text-small">
          You say that these files are safe without the rest, which goes back to its author.
        </p>
        {approved.map(({ path }) => (
          <label class="ar-check">
            <input type="checkbox" name="path" value={path} /> {path}
          </label>
        ))}
      </DeedForm>
    </Careful>
  );
}

function ConfirmPart({ asking }: Props): VNode | null {
  const { page } = asking;
  const against = againstOf(page, 'confirm-part');
  if (!against || !page.proposedPart) return null;
  return (
    <Careful label="Confirm the proposed part…">
      <p class="text-small">
        You say too that these files are safe without the rest: {page.proposedPart.paths.join(', ')}.
      </p>
      <DeedForm
        asking={asking}
        deed="confirm-part"
        label="Confirm and release the part"
        kind="primary"
        against={against}
      />
    </Careful>
  );
}

function Return({ asking }: Props): VNode | null {
  const { page } = asking;
  const against = againstOf(page, 'return');
  if (!against) return null;
  const early = page.request.state !== 'consolidating';
  return (
    <Careful label={early ? 'Return it early…' : 'Return it to its author…'} testid="return-box">
      {early ? (
        <p class="text-small">This breaks the review off: grades and comments of this turn are put away.</p>
      ) : null}
      <DeedForm asking={asking} deed="return" label="Return" against={against}>
        <Choice
          name="category"
          label="Why"
          options={words.RETURN_WORDS}
          empty={early ? undefined : 'as the comments say'}
        />
      </DeedForm>
    </Careful>
  );
}

function Close({ asking }: Props): VNode | null {
  const against = againstOf(asking.page, 'close-request');
  if (!against) return null;
  return (
    <Careful label="Reject the request…" testid="close-box">
      <DeedForm asking={asking} deed="close-request" label="Reject" kind="danger" against={against}>
        <Choice name="category" label="Why" options={words.REJECT_WORDS} />
        <Reason label="What the author has to know" />
      </DeedForm>
    </Careful>
  );
}

function Stuck({ asking }: Props): VNode | null {
  const against = againstOf(asking.page, 'close-by-operators');
  if (!against) return null;
  return (
    <Careful label="Close a stuck request…">
      <p class="text-small">Two operators have to ask for the same.</p>
      <DeedForm asking={asking} deed="close-by-operators" label="Close" kind="danger" against={against}>
        <Choice name="to" label="It ends as" options={{ withdrawn: 'withdrawn', rejected: 'rejected' }} />
        <Reason label="Why" required />
      </DeedForm>
    </Careful>
  );
}
