/** `/images`: which container images may run, by digest, and until when. As governance decides it; nothing is asked of a registry. */
import type { VNode } from 'preact';
import type { Governance, Image } from '../../src/governance/governance.ts';
import { isoDay } from '../../src/lib/clock.ts';
import { PageHead } from '../ui/shell.tsx';
import { Table } from './parts.tsx';
import { pageHead, siteName } from './record-parts.tsx';
import type { RecordSite } from './record-site.ts';
import type { SitePages } from './visit.tsx';

const ABOUT = 'Container images that actions may run in: each by the digest of its bytes, and until when.';

export function imagePages(add: SitePages, { deps }: RecordSite): void {
  add.open('/images', (visit) => {
    const g = deps.governance();
    const at = { origin: deps.origin, path: '/images', title: 'Images', about: ABOUT };
    visit.show({
      title: 'Images',
      head: pageHead({ ...at, site: siteName(g) }),
      body: <Images of={g} today={isoDay(deps.clock.now())} />,
    });
  });
}

/** Those that run first, each kind from its newest version on; what has gone stays readable, because old runs name it. */
function Images({ of, today }: { of: Governance | undefined; today: string }): VNode {
  const images = [...(of?.images ?? [])].sort(
    (a, b) =>
      Number(isRetired(a, today)) - Number(isRetired(b, today)) ||
      a.name.localeCompare(b.name, 'en') ||
      b.version.localeCompare(a.version, 'en', { numeric: true }),
  );
  return (
    <>
      <PageHead title="Images" about={ABOUT} />
      {images.length === 0 ? (
        <p data-testid="no-images">Governance has let none in yet.</p>
      ) : (
        <Table
          label="Images"
          name="images"
          heads={[['Image', 'short'], ['Runs until', 'short'], ['Where it comes from, and its digest']]}
        >
          {images.map((image) => (
            <tr data-image={`${image.name}:${image.version}`}>
              <td class="sp-short">
                <code>{`${image.name}:${image.version}`}</code>
                {image.database ? <div class="color-fg-muted">reads the database</div> : null}
              </td>
              <td class="sp-short">
                <Standing of={image} today={today} />
              </td>
              <td>
                {image.image}
                <div class="color-fg-muted">
                  {image.digest === undefined ? 'no digest: on dummy data only' : <code>{image.digest}</code>}
                </div>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <p class="color-fg-muted mt-3">
        An image that Sallyport made carries a list of its packages (SPDX), in its registry under the tag
        "sha256-" and the rest of its digest, with ".sbom" behind it.
      </p>
    </>
  );
}

const isRetired = ({ retireOn }: Image, today: string): boolean => retireOn !== null && retireOn <= today;

function Standing({ of, today }: { of: Image; today: string }): VNode {
  const { retireOn, replacedBy } = of;
  if (retireOn === null) return <>no end is set</>;
  const instead = replacedBy === undefined ? null : <div>then: {replacedBy}</div>;
  return (
    <>
      {isRetired(of, today) ? <span class="Label">retired</span> : null} {retireOn}
      {instead}
    </>
  );
}
