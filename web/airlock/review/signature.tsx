/** Grades count once they are signed. Until the zone has the signature, it says so in plain sight. */
import type { VNode } from 'preact';
import type { RequestPage } from '../../../agent/airlock/face.ts';
import { againstOf, DeedForm, type Asking } from './offers.tsx';

/** As text: GitHub and the hub cannot be reached from inside the zone. */
export function ReviewAddress({ page }: { page: RequestPage }): VNode | null {
  if (page.reviewAddress === null) return null;
  return (
    <>
      {' '}
      Outside the zone its address is{' '}
      <code class="ar-address" data-testid="review-address">
        {page.reviewAddress}
      </code>
      .
    </>
  );
}

export function SignaturePanel({ asking, code }: { asking: Asking; code: string | undefined }): VNode | null {
  const { page } = asking;
  if (!page.signatureMissing) return null;
  const against = againstOf(page, 'sign');
  const demanded = page.signingCode === 'required';
  return (
    <div class="flash flash-warn ar-signature" role="status" data-testid="signature-missing">
      <b>Your signature is missing.</b>
      <p class="mb-2">
        Every output has your grade. On GitHub, open the review issue of request{' '}
        <code>{page.request.id}</code> and{' '}
        {demanded ? (
          <b>comment exactly as below: without this code no signature is taken there, and no label.</b>
        ) : (
          <>
            add the label <code>verdict: submit</code>, or comment as below.
          </>
        )}
        <ReviewAddress page={page} />
      </p>
      <pre class={demanded ? 'ar-code ar-code-demanded f3' : 'ar-code'} data-testid="shown-code">
        /submit-review{code === undefined ? '' : ` ${code}`}
      </pre>
      {code === undefined ? null : (
        <p class="text-small mb-2">
          The code says which bytes you were shown in this turn; it holds for you alone.
        </p>
      )}
      {against ? (
        <DeedForm
          asking={asking}
          deed="sign"
          label="Submit my review here"
          small
          testid="sign"
          against={against}
        />
      ) : null}
    </div>
  );
}
