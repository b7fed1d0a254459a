/**
 * One request of a browser at the hub's pages, and how pages are added.
 *
 * open: for everybody · page: for members, others sign in first · form: what a page of a member posts, with
 * the session's token · door: a form of somebody who is not signed in yet
 */
import type { Request, Response, Router } from 'express';
import type { ComponentChildren, VNode } from 'preact';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { sameSecret } from '../../src/lib/hash.ts';
import type { Refusal } from '../../src/lib/refusal.ts';
import {
  endSession,
  logDeed,
  memberOf,
  memberWords,
  type Member,
  type MembersDeps,
} from '../../src/members/members.ts';
import { alertsFor, type About } from '../../src/record/record.ts';
import { renderPage } from '../ui/document.tsx';
import { PageHead, RefusalBox, Shell } from '../ui/shell.tsx';
import { styleSheet } from '../ui/styles.ts';
import { AlertBanner } from './alerts.tsx';
import { cookie, type Cookie } from './cookies.ts';
import { isForeignLoad, isOwnForm } from './origin.ts';

export interface Visit {
  request: Request;
  response: Response;
  member: Member | undefined;
  /** Path and query. */
  here: string;
  /** A field of the form, or of the address; empty when absent or given twice. */
  field(name: string): string;
  /** Every value of a field that may be there often, as ticked boxes are. */
  fields(name: string): string[];
  show(page: ShownPage, status?: number): void;
  refuse(no: Refusal, status: number): void;
  /** For what is not there and for what the person may not see: the same page. */
  notFound(): void;
  go(path: string): void;
  /** For good: what stood here stands there from now on. */
  moved(path: string): void;
  cookies: Cookies;
}

export interface ShownPage {
  title: string;
  body: ComponentChildren;
  /** Address of a script of ours; only then may the browser run one. */
  script?: string | undefined;
  head?: ComponentChildren;
  /** Origins that pictures on the page are from. */
  images?: readonly string[];
  /** Whose alerts are for this page, besides those for everybody. */
  about?: About;
  /** It shows them itself. */
  withoutAlerts?: boolean;
}

export interface MemberVisit extends Visit {
  member: Member;
}

export interface Cookies {
  session: Cookie;
  attempt: Cookie;
}

export interface SitePages {
  open(path: string, handler: (visit: Visit) => Promise<void> | void): void;
  page(path: string, handler: (visit: MemberVisit) => Promise<void> | void): void;
  form(path: string, handler: (visit: MemberVisit) => Promise<void> | void): void;
  door(path: string, handler: (visit: Visit) => Promise<void> | void): void;
  /** A page for browsers that are lost; programs get the answer of whoever comes after. Call it last. */
  lost(): void;
}

const LINKS = [
  ['Requests', '/requests'],
  ['Projects', '/projects'],
  ['Releases', '/releases'],
  ['Published', '/published'],
  ['Codelists', '/codelists'],
  ['Repositories', '/repositories'],
  ['Ledger', '/ledger'],
  ['Status', '/status'],
  ['Enter a viewer', '/airlock-login'],
] as const;
/** A minute's requests of one person; of one address looking, or beginning to sign in. Many may share an address. */
const MOST_PER_MINUTE = { person: 600, address: 600, door: 120 };

export function sitePages(router: Router, deps: MembersDeps): SitePages {
  const cookies: Cookies = {
    session: cookie(deps.origin, 'sallyport-hub'),
    attempt: cookie(deps.origin, 'sallyport-hub-sign-in'),
  };
  const people = new RateLimiterMemory({ points: MOST_PER_MINUTE.person, duration: 60 });
  const addresses = new RateLimiterMemory({ points: MOST_PER_MINUTE.address, duration: 60 });
  const doors = new RateLimiterMemory({ points: MOST_PER_MINUTE.door, duration: 60 });
  const begin = async (request: Request, response: Response): Promise<Visit | undefined> => {
    const member = await memberOf(deps, cookies.session.read(request));
    const visit = visitOf(deps, { request, response, member, cookies });
    if (!isForeignLoad(request) || request.method === 'POST') return visit;
    visit.refuse(memberWords.nothingHere(), 403);
    return undefined;
  };
  return {
    open(path, handler) {
      router.get(path, async (request, response) => {
        const visit = await begin(request, response);
        if (!visit) return;
        const { member } = visit;
        const may = member
          ? await within(people, String(member.person), visit)
          : await within(addresses, request.ip ?? '', visit);
        if (may) await handler(visit);
      });
    },
    page(path, handler) {
      router.get(path, async (request, response) => {
        const visit = await begin(request, response);
        if (!visit) return;
        if (!visit.member) return visit.go(`/login?next=${encodeURIComponent(visit.here)}`);
        if (await within(people, String(visit.member.person), visit)) await handler(visit as MemberVisit);
      });
    },
    form(path, handler) {
      router.post(path, async (request, response) => {
        const visit = await begin(request, response);
        if (!visit) return;
        const { member } = visit;
        const ours =
          member && isOwnForm(request, deps.origin) && sameSecret(visit.field('_token'), member.csrf);
        if (!ours) return refuseForm(deps, visit);
        if (await within(people, String(member.person), visit)) await handler(visit as MemberVisit);
      });
    },
    door(path, handler) {
      router.post(path, async (request, response) => {
        const visit = await begin(request, response);
        if (!visit || !(await within(doors, request.ip ?? '', visit))) return;
        if (!isOwnForm(request, deps.origin)) return refuseForm(deps, visit);
        await handler(visit);
      });
    },
    lost() {
      router.use(async (request, response, next) => {
        const isPage = request.method === 'GET' && request.accepts(['json', 'html']) === 'html';
        const visit = isPage && (await begin(request, response));
        if (!visit) return response.headersSent ? undefined : next();
        visit.notFound();
      });
    },
  };
}

async function refuseForm(deps: MembersDeps, visit: Visit): Promise<void> {
  const no = memberWords.notOurForm();
  const { member } = visit;
  await logDeed(deps.db, {
    at: deps.clock.now(),
    what: 'ACCESS_DENIED',
    code: no.code,
    ...(member && { person: member.person, session: member.session }),
  });
  visit.refuse(no, 403);
}

async function within(limiter: RateLimiterMemory, key: string, visit: Visit): Promise<boolean> {
  try {
    await limiter.consume(key);
    return true;
  } catch (no) {
    // It rejects with a count, not with an error; anything else is one.
    if (no instanceof Error) throw no;
    visit.response.setHeader('retry-after', '60');
    visit.refuse(memberWords.tooOften(), 429);
    return false;
  }
}

function visitOf(
  deps: MembersDeps,
  given: Pick<Visit, 'request' | 'response' | 'member' | 'cookies'>,
): Visit {
  const { request, response } = given;
  const visit: Visit = {
    ...given,
    here: request.originalUrl,
    field(name) {
      const from = (request.method === 'POST' ? request.body : request.query) as
        | Record<string, unknown>
        | undefined;
      const value = from && Object.hasOwn(from, name) ? from[name] : undefined;
      return typeof value === 'string' ? value.trim() : '';
    },
    fields(name) {
      const from = request.body as Record<string, unknown> | undefined;
      const value = from && Object.hasOwn(from, name) ? from[name] : [];
      const all: unknown[] = Array.isArray(value) ? value : [value];
      return all.filter((each) => typeof each === 'string');
    },
    show(page, status = 200) {
      if (page.script) allowScript(response);
      if (page.images) allowImages(response, page.images);
      response
        .status(status)
        .type('html')
        .send(renderPage(frame(deps, visit, page)));
    },
    refuse(no, status) {
      visit.show({ title: 'Not possible', body: <Refused no={no} /> }, status);
    },
    notFound() {
      visit.show(
        { title: 'Not found', body: <Refused no={memberWords.nothingHere()} title="Not found" /> },
        404,
      );
    },
    go: (path) => response.redirect(303, path),
    moved: (path) => response.redirect(301, path),
  };
  return visit;
}

/** Our own script, and what it asks of this hub; nothing else. */
function allowScript(response: Response): void {
  const policy = String(response.getHeader('content-security-policy') ?? '');
  response.setHeader('content-security-policy', `${policy};script-src 'self';connect-src 'self'`);
}

/** Of https alone; whoever is shown the page is not told about there. */
function allowImages(response: Response, origins: readonly string[]): void {
  const policy = String(response.getHeader('content-security-policy') ?? '');
  const from = origins.filter((origin) => /^https:\/\/[a-z0-9.-]+(:\d+)?$/.test(origin));
  response.setHeader('content-security-policy', policy.replace('img-src ', `img-src ${from.join(' ')} `));
}

function frame(deps: MembersDeps, visit: Visit, page: ShownPage): VNode {
  const { title, body, script, head, about = {}, withoutAlerts = false } = page;
  const governance = deps.governance();
  return (
    <Shell
      title={title}
      deployment={governance?.deployment.id ?? 'Sallyport'}
      styles={styleSheet().href}
      links={LINKS}
      here={visit.request.path}
      person={<Person visit={visit} />}
      policy={governance?.commit}
      script={script}
      head={head}
    >
      <AlertBanner alerts={withoutAlerts ? [] : alertsFor(governance, about, deps.clock.now())} />
      {body}
    </Shell>
  );
}

function Person({ visit }: { visit: Visit }): VNode {
  const { member, request, here } = visit;
  if (!member) {
    const next = request.method === 'GET' ? here : '/';
    return <a href={`/login?next=${encodeURIComponent(next)}`}>Sign in</a>;
  }
  return (
    <form method="post" action="/logout" class="d-flex flex-items-center" data-testid="signed-in">
      <Token member={member} />
      <a class="mr-2 text-small" href="/account" title="Where you are signed in">
        {member.name} <span class="color-fg-muted">({member.login})</span>
      </a>
      <button class="btn btn-sm" type="submit">
        Sign out
      </button>
    </form>
  );
}

/** Proves that a form is of a page that this session was shown. */
export function Token({ member }: { member: Member }): VNode {
  return <input type="hidden" name="_token" value={member.csrf} />;
}

function Refused({ no, title = 'Not possible' }: { no: Refusal; title?: string }): VNode {
  return (
    <>
      <PageHead title={title} />
      <RefusalBox no={no} />
    </>
  );
}

/** Ends the session of this browser, on both sides. */
export async function signOut(deps: MembersDeps, visit: Visit): Promise<void> {
  await endSession(deps.db, visit.cookies.session.read(visit.request));
  visit.cookies.session.clear(visit.response);
}
