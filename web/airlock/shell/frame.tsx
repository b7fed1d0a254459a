/** The frame around every page: where we are, who looks, what there is. */
import type { ComponentChildren, VNode } from 'preact';
import type { Role } from '../../../src/release/types.ts';
import type { Assets, PageParts, Visit } from '../parts.ts';
import { Token } from './forms.tsx';

export interface FrameProps {
  zone: string;
  assets: Assets;
  page: PageParts;
  /** Absent before sign-in. */
  visit?: Pick<Visit, 'person' | 'roles' | 'csrf' | 'flash' | 'request'>;
}

export function Frame({ zone, assets, page, visit }: FrameProps): VNode {
  return (
    <html lang="en" data-color-mode="auto" data-light-theme="light" data-dark-theme="dark">
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{`${page.title} · ${zone}`}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={assets.styles} />
        {(page.scripts ?? []).map((name) => (
          <script src={assets.script(name)} defer />
        ))}
      </head>
      <body class="va-body">
        <a class="va-skip" href="#main">
          Skip to the content
        </a>
        <Head zone={zone} visit={visit} />
        {page.crumbs ? <Crumbs crumbs={page.crumbs} wide={page.wide === true} /> : null}
        <main id="main" class={page.wide ? 'va-wide' : 'va-narrow'} tabIndex={-1}>
          {visit?.flash ? (
            <div class="flash flash-success mb-3" role="status" data-testid="flash">
              {visit.flash}
            </div>
          ) : null}
          {page.body}
        </main>
        <footer class="va-foot">
          Everything you open here is recorded. Nothing leaves this zone without two checkers.
        </footer>
      </body>
    </html>
  );
}

const LINKS: readonly [label: string, href: string, roles?: readonly Role[]][] = [
  ['Workspaces', '/workspaces'],
  ['Requests', '/requests'],
  ['Reviews', '/reviews', ['checker']],
  ['Operations', '/operations', ['operator']],
  ['Audit', '/audit', ['operator', 'auditor']],
  ['Docs', '/docs'],
];

function Head({ zone, visit }: Pick<FrameProps, 'zone' | 'visit'>): VNode {
  return (
    <header class="va-head">
      <div class="va-bar">
        <a class="va-brand" href="/" aria-label={`Sallyport airlock of ${zone}: start page`}>
          <Door />
          <span>Airlock</span>
          <span class="Label Label--secondary">{zone}</span>
        </a>
        {visit ? (
          <>
            <nav class="va-nav" aria-label="Viewer">
              {LINKS.filter(([, , roles]) => !roles || roles.some((role) => visit.roles.includes(role))).map(
                ([label, href]) => (
                  <a href={href} aria-current={isHere(visit, href) ? 'page' : undefined}>
                    {label}
                  </a>
                ),
              )}
            </nav>
            <span class="va-grow" />
            <a class="va-person" href="/account" data-testid="person">
              {visit.person.name || visit.person.login}
            </a>
            <form method="post" action="/sign-out">
              <Token csrf={visit.csrf} />
              <button class="btn btn-sm" type="submit">
                Sign out
              </button>
            </form>
          </>
        ) : null}
      </div>
    </header>
  );
}

function isHere({ request }: Pick<Visit, 'request'>, href: string): boolean {
  return request.path === href || request.path.startsWith(`${href}/`);
}

function Crumbs(props: { crumbs: NonNullable<PageParts['crumbs']>; wide: boolean }): VNode {
  const { crumbs, wide } = props;
  return (
    <nav class={`va-crumbs ${wide ? '' : 'va-crumbs-narrow'}`} aria-label="Breadcrumb">
      <ol>
        {crumbs.map(([label, href], at) => (
          <li>
            {at < crumbs.length - 1 ? <a href={href}>{label}</a> : <span aria-current="page">{label}</span>}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** Two doors, one of them open. */
function Door(): VNode {
  return (
    <svg width="20" height="20" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">
      <path d="M2 1h12a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H2a1 1 0 0 1-1-1V2a1 1 0 0 1 1-1Zm.5 1.5v11h3v-11Zm4.500 0v11h2v-11Zm3.500 0v11h3v-11Z" />
    </svg>
  );
}

/** Title of a page, with what can be done with its subject on the right. */
export function Heading(props: {
  title: ComponentChildren;
  note?: ComponentChildren;
  children?: ComponentChildren;
}): VNode {
  return (
    <div class="va-heading">
      <div class="va-grow">
        <h1>{props.title}</h1>
        {props.note ? <p class="color-fg-muted mb-0">{props.note}</p> : null}
      </div>
      {props.children ? <div class="va-actions">{props.children}</div> : null}
    </div>
  );
}

/** Nothing here: why, and what to do. */
export function Blank({ title, children }: { title: string; children: ComponentChildren }): VNode {
  return (
    <div class="blankslate blankslate-spacious Box" data-testid="blank">
      <h2 class="blankslate-heading">{title}</h2>
      <p>{children}</p>
    </div>
  );
}
