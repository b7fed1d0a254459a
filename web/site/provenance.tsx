/**
 * `/provenance/…` and `/builders/…`: the addresses that published statements name. What a statement says, who
 * signed it, how it is checked. For everybody, also without the rest of the hub's pages: programs get the schema.
 */
import type { ComponentChildren, VNode } from 'preact';
import { backendById, type Backend } from '../../src/governance/governance.ts';
import type { MembersDeps } from '../../src/members/members.ts';
import {
  BUILDER_MODES,
  builderPath,
  PREDICATE_PATHS,
  PROVENANCE_TYPE,
  type BuilderMode,
} from '../../src/protocol/statements.ts';
import { PageHead } from '../ui/shell.tsx';
import { Heads, Scroll } from './parts.tsx';
import { fieldsOf, SCHEMAS, type Field } from './statement-fields.ts';
import type { SitePages, Visit } from './visit.tsx';

const PREDICATES = {
  action: {
    title: 'How a file was made',
    about: 'One action of project.yaml, run once in the secure zone: the build type of our SLSA provenance.',
  },
  review: {
    title: 'How a file was reviewed',
    about: 'Two output checkers at least let these bytes out of the secure zone: our predicate of a review.',
  },
} as const;
type Which = keyof typeof PREDICATES;

const MODES: Record<BuilderMode, string> = {
  docker:
    'Each job ran in a container of its own: the image by its digest, no network (or one relay to the pinned database), a read-only root, no capabilities, limits on processors, memory, processes, disk and time. Its inputs were read-only copies by hash, and the agent took its outputs by pattern.',
  process:
    'Each job ran as an ordinary process, without isolation: only demonstrations on dummy data are run so. Nothing that was made like this comes from real data.',
};

export function provenancePages(add: SitePages, deps: MembersDeps): void {
  add.open('/provenance', (visit) => visit.show({ title: 'Provenance', body: <Overview deps={deps} /> }));
  add.open('/builders', (visit) => visit.go('/provenance'));
  for (const which of ['action', 'review'] as const) {
    add.open(PREDICATE_PATHS[which], (visit) => predicatePage(visit, deps, which));
    add.open(`${PREDICATE_PATHS[which]}/schema.json`, ({ response }) => {
      response.type('application/schema+json').send(JSON.stringify(SCHEMAS[which], null, 2));
    });
  }
  add.open('/builders/:backend/:mode', (visit) => {
    const { backend: id, mode } = visit.request.params;
    const g = deps.governance();
    const backend = g && backendById(g, String(id));
    const known = BUILDER_MODES.find((each) => each === mode);
    if (!backend || !known) return visit.notFound();
    visit.show({ title: `Builder ${backend.id}`, body: <Builder backend={backend} mode={known} /> });
  });
}

function predicatePage(visit: Visit, deps: MembersDeps, which: Which): void {
  const { title, about } = PREDICATES[which];
  visit.show({
    title,
    body: (
      <>
        <PageHead title={title} about={about} />
        <p>
          The statement is written by <a href="/provenance">the zone of a backend</a> when a file is released,
          in in-toto form, and signed with the zone's key.{' '}
          {which === 'action' ? (
            <>
              Its predicate type is <code>{PROVENANCE_TYPE}</code>.
            </>
          ) : (
            'Whoever was against it is not named: a statement says who let the file out.'
          )}{' '}
          It names the file by its released path and hash; nothing that was not published is named plainly.
        </p>
        <h2 class="f4 mb-2 mt-4">What its fields mean</h2>
        <Fields fields={fieldsOf(which)} label="Fields of the statement" />
        <p>
          A field that is not listed here makes a statement invalid. The same as a{' '}
          <a href={`${PREDICATE_PATHS[which]}/schema.json`}>JSON Schema</a>.
        </p>
        <Verify />
        <Keys backends={deps.governance()?.backends ?? []} />
      </>
    ),
  });
}

function Fields({ fields, label }: { fields: readonly Field[]; label: string }): VNode {
  return (
    <Scroll label={label}>
      <table class="sp-table" data-testid="fields">
        <Heads
          of={[
            ['Field', 'name'],
            ['Meaning', 'name'],
          ]}
        />
        <tbody>
          {fields.map((field) => (
            <>
              <Row path={field.path} says={field.says} optional={field.optional} />
              {field.forms.map(({ says, fields: inner }, at) => (
                <>
                  <Row path={`${field.path} ${at + 1}`} says={says} optional={false} />
                  {inner.map((each) => (
                    <Row path={`… ${each.path}`} says={each.says} optional={each.optional} />
                  ))}
                </>
              ))}
            </>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Row({ path, says, optional }: { path: string; says: string; optional: boolean }): VNode {
  return (
    <tr>
      <td>
        <code>{path}</code>
      </td>
      <td>
        {says}
        {optional ? ' May be missing.' : ''}
      </td>
    </tr>
  );
}

function Verify(): VNode {
  return (
    <>
      <h2 class="f4 mb-2 mt-4">How it is checked</h2>
      <p>
        Download every file of the GitHub Release into one folder, write the keys below into a file, one a
        line, and run <code>sallyport verify-release &lt;folder&gt; --keys &lt;file&gt;</code>. It needs no
        network and no account: it compares each file with its signed hash, and says who let it out.
      </p>
      <p>
        By other means: each line of <code>provenance.intoto.jsonl</code> is a DSSE envelope with one Ed25519
        signature over <code>DSSEv1</code>, the lengths, the type <code>application/vnd.in-toto+json</code>{' '}
        and the payload. Its key id is the public key itself.
      </p>
      <p>
        Take the keys from the governance repository where you can (<code>keys.viewer</code> in{' '}
        <code>backends.yml</code>): this page is only as trustworthy as this hub.
      </p>
    </>
  );
}

function Keys({ backends }: { backends: readonly Backend[] }): VNode {
  const rows = backends.flatMap(({ id, name, keys }) => keys.viewer.map((key) => ({ id, name, key })));
  if (rows.length === 0) return <p class="color-fg-muted">No zone has a key at the moment.</p>;
  return (
    <>
      <h2 class="f4 mb-2 mt-4">Keys of the zones</h2>
      <Scroll label="Keys of the zones">
        <table class="sp-table" data-testid="keys">
          <Heads of={[['Backend'], ['Public key'], ['Valid']]} />
          <tbody>
            {rows.map(({ id, name, key }) => (
              <tr>
                <td>{name === id ? id : `${name} (${id})`}</td>
                <td>
                  <code>{key.key}</code>
                </td>
                <td>{validity(key)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

function validity({ from, until }: { from?: string; until?: string }): string {
  if (!from && !until) return 'as long as it is listed';
  return [from ? `from ${from}` : '', until ? `until ${until}` : ''].filter(Boolean).join(' ');
}

function Overview({ deps }: { deps: MembersDeps }): VNode {
  const backends = deps.governance()?.backends ?? [];
  return (
    <>
      <PageHead
        title="Provenance"
        about="What the statements say that stand beside every published file, and how to check them."
      />
      <p>Two statements about each file, signed inside the secure zone when it was released:</p>
      <ul class="ml-4 mb-3">
        {(['action', 'review'] as const).map((which) => (
          <li>
            <a href={PREDICATE_PATHS[which]}>{PREDICATES[which].title}</a>
            <span class="color-fg-muted">: {PREDICATES[which].about}</span>
          </li>
        ))}
      </ul>
      <p>Where jobs run, as statements name it:</p>
      <ul class="ml-4 mb-3">
        {backends.map(({ id, name }) => (
          <li>
            <a href={builderPath(id, 'docker')}>{name}</a>
          </li>
        ))}
      </ul>
      <Verify />
      <Keys backends={backends} />
    </>
  );
}

function Builder({ backend, mode }: { backend: Backend; mode: BuilderMode }): VNode {
  return (
    <>
      <PageHead
        title={`Builder ${backend.id}`}
        about={`${backend.name}: the agent of this backend, running jobs ${mode === 'docker' ? 'in containers' : 'as processes'}.`}
      />
      <dl class="sp-facts" data-testid="builder">
        <Fact name="Data">{backend.data === 'real' ? 'real data, in a secure zone' : 'dummy data only'}</Fact>
        <Fact name="In use">{backend.active ? 'yes' : 'no: nothing runs there now'}</Fact>
        <Fact name="How jobs run">{MODES[mode]}</Fact>
        <Fact name="What runs">
          Only actions of <code>project.yaml</code> at a commit of a study that governance lists; the agent
          derives each job itself and takes nobody's word for command, image or data.
        </Fact>
        <Fact name="What it signs">
          <a href={PREDICATE_PATHS.action}>how a file was made</a>, by what the agent's signed manifest says;
          the zone's airlock signs it with its own key when the file is released.
        </Fact>
      </dl>
      <Verify />
      <Keys backends={[backend]} />
    </>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): VNode {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
