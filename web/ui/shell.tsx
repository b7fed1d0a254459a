/** The frame of the hub's pages: whose deployment this is, who looks, where things are, which policy is in force. */
import type { ComponentChildren, VNode } from 'preact';
import { Document } from './document.tsx';

export interface ShellProps {
  title: string;
  /** Of the deployment, as governance names it. */
  deployment: string;
  /** Address of the style sheet. */
  styles: string;
  links: readonly (readonly [label: string, href: string])[];
  /** Path of the page, without its query: its link is marked. */
  here: string;
  /** Right end of the header: who is signed in, and how to leave. */
  person: ComponentChildren;
  /** Governance commit in force. */
  policy?: string;
  /** Address of the page's script, when it has one. */
  script?: string;
  head?: ComponentChildren;
  children: ComponentChildren;
}

export function Shell(props: ShellProps): VNode {
  const { title, deployment, styles, links, here, person, policy, script, head, children } = props;
  return (
    <Document title={`${title} · ${deployment}`} styles={styles} script={script} head={head}>
      <a class="sp-skip" href="#main">
        Skip to the content
      </a>
      <header class="sp-top">
        <div class="sp-wrap">
          <a class="text-bold color-fg-default" href="/">
            {deployment}
          </a>
          <nav class="sp-nav" aria-label="Pages">
            {links.map(([label, href]) => (
              <a href={href} aria-current={isAt(here, href) ? 'page' : undefined}>
                {label}
              </a>
            ))}
          </nav>
          <span class="sp-grow" />
          {person}
        </div>
      </header>
      <main class="sp-wrap pt-4" id="main">
        {children}
      </main>
      <footer class="sp-wrap sp-foot">
        Sallyport
        {policy ? (
          <>
            {' · policy '}
            <code title="Commit of the governance repository that is in force">{policy.slice(0, 12)}</code>
          </>
        ) : null}
      </footer>
    </Document>
  );
}

const isAt = (here: string, href: string): boolean => here === href || here.startsWith(`${href}/`);

/** A heading with what it is about beneath. */
export function PageHead(props: { title: string; about?: ComponentChildren; testid?: string }): VNode {
  return (
    <div class="sp-head">
      <h1 class="f2 text-normal" data-testid={props.testid}>
        {props.title}
      </h1>
      {props.about ? <p class="color-fg-muted mb-0">{props.about}</p> : null}
    </div>
  );
}

/** What was refused and what to do now, in the words of the refusal. */
export function RefusalBox({ no }: { no: { code: string; says: string; next: string } }): VNode {
  return (
    <div class="flash flash-warn mb-3" role="alert" data-testid="refusal">
      <strong>{no.says}</strong> {no.next} <span class="color-fg-muted">({no.code})</span>
    </div>
  );
}

/** `2026-11-20 14:31 UTC` */
export function TimeOf({ at }: { at: number }): VNode {
  const iso = new Date(at).toISOString();
  return <time dateTime={iso}>{`${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`}</time>;
}

/** `12.3 kB` */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'kB'] : [bytes / 1_000_000, 'MB'];
  return `${value.toFixed(1)} ${unit}`;
}
