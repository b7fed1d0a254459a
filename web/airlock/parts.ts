/**
 * What the pages of the viewer are made with, and how they are added.
 *
 * visit: one request of a signed-in browser · page: what is shown · form: what a page posts, always with
 * the session's token · look: one delivery of a file's bytes by the content origin, for one page
 */
import type { Request, Response } from 'express';
import type { ComponentChildren } from 'preact';
import type { AirlockRoom, Where } from '../../agent/airlock/face.ts';
import type { Clock } from '../../src/lib/clock.ts';
import type { Ids } from '../../src/lib/ids.ts';
import type { Logger } from '../../src/lib/logger.ts';
import type { Refusal } from '../../src/lib/refusal.ts';
import type { Role, Session } from '../../src/release/types.ts';

export interface ViewerParts {
  room: AirlockRoom;
  clock: Clock;
  ids: Ids;
  logger: Logger;
  /** What people call this zone. */
  zone: string;
  assets: Assets;
  /** Where the content origin is, `https://content.example:8443`: for a page's own CSP, not for links. */
  contentOrigin: string;
  /** Folder with the documents of the zone. */
  docsDir?: string;
}

export interface Assets {
  /** Address of a built browser script, by the name of its entry in web/airlock/client: `table`. */
  script(name: string): string;
  styles: string;
}

/** What a delivery is for. Only `page` can make a file count as seen. */
export type Purpose = 'page' | 'preview' | 'download';

/** How a page gets at a file's bytes: a short-lived address on the content origin, and a name for the look. */
export interface Look {
  /** Named by `POST /shown` (field `load`) once the page drew what it got. Empty when the purpose is not `page`. */
  load: string;
  url: string;
  /** Empty for what the page was not told the hash of. */
  sha256: string;
  size: number;
  path: string;
}

/** The file as the page was told of it. */
export interface Shown {
  path: string;
  size: number;
  sha256?: string;
}

export interface Visitor {
  id: number;
  login: string;
  name: string;
}

export interface PageParts {
  title: string;
  /** Way back up: label and address; the last is where we are. */
  crumbs?: readonly (readonly [label: string, href: string])[];
  /** Entries of web/airlock/client this page uses; pages work without them where they can. */
  scripts?: readonly string[];
  /** The whole width of the window: tables, side by side. */
  wide?: boolean;
  body: ComponentChildren;
}

export interface Visit {
  request: Request;
  response: Response;
  person: Visitor;
  /** Held anywhere, for what the frame offers; each page asks the room about its own subject. */
  roles: readonly Role[];
  session: Session;
  /** Value of the hidden field `_token` of every form, and of the header `x-csrf-token` of scripts. */
  csrf: string;
  /** Path and query of the page, for forms that come back to it. */
  here: string;
  /** One message left by the form before, shown once. */
  flash: string | undefined;
  /** Text fields of the posted form; a repeated name gives its values in order. */
  form: Form;
  show(page: PageParts, status?: number): void;
  /** A page that says the refusal, with its next step. */
  refuse(no: Refusal, status?: number): void;
  notFound(): void;
  /** After a form: back to `to` (a path of this viewer, else home), with a message shown there once. */
  back(to: string, message?: string): void;
  /** An answer for a script of ours. */
  json(value: unknown, status?: number): void;
  /**
   * Makes the address under which the content origin hands out this file, to this session only and for a
   * few minutes. With a hash (as the page data gave it) it hands out those bytes or none.
   */
  look(where: Where, purpose: Purpose, file: Shown): Look;
}

export interface Form {
  /** Trimmed; empty when absent. */
  text(name: string): string;
  /** As typed, line ends as `\n`. */
  long(name: string): string;
  all(name: string): string[];
  has(name: string): boolean;
}

export type Handler = (visit: Visit) => Promise<void> | void;

/**
 * Adds a page (`get`) or what a form does (`post`). Paths are Express 5's: `/requests/:id`,
 * `/workspaces/:ws/tree{/*path}`. Nobody gets here without a live session; no `post` without the token.
 */
export interface Pages {
  get(path: string, handler: Handler): void;
  post(path: string, handler: Handler): void;
}

/*
 * Who has which address (all POST forms of a page stand beneath its address):
 *   pages/   /  /workspaces/…  /requests  /requests/:id/edit/…  /operations…  /audit  /docs…  /account…
 *   review/  /requests/:id  /requests/:id/{groups,files,activity,code,diff}/…  /reviews
 * An author's draft or returned request is edited, submitted and withdrawn at /requests/:id/edit: the
 * page /requests/:id of such a request links there.
 */

/** `reviewRoutes(pages, parts)` in web/airlock/review/routes.ts, and `ownRoutes` in web/airlock/pages/routes.ts. */
export type Routes = (pages: Pages, parts: ViewerParts) => void;
