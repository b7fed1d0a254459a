/** Lists as feeds: Atom (RFC 4287) and JSON Feed 1.1. Pure. */
import { isoTime } from '../lib/clock.ts';

export interface Feed {
  title: string;
  /** Of the page that shows the same, of the feed itself, and of what is older. */
  page: string;
  self: string;
  next?: string;
  /** When anything in it changed last; 0 when there is nothing. */
  updated: number;
  items: FeedItem[];
}

export interface FeedItem {
  /** Its permanent address. */
  url: string;
  title: string;
  summary: string;
  author: string;
  published: number;
  updated: number;
}

export function atomOf(feed: Feed): string {
  const next = feed.next ? [`<link rel="next" href="${xml(feed.next)}"/>`] : [];
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<feed xmlns="http://www.w3.org/2005/Atom">',
    `<id>${xml(feed.self)}</id>`,
    `<title>${xml(feed.title)}</title>`,
    `<updated>${isoTime(feed.updated)}</updated>`,
    `<link rel="self" type="application/atom+xml" href="${xml(feed.self)}"/>`,
    `<link rel="alternate" type="text/html" href="${xml(feed.page)}"/>`,
    ...next,
    ...feed.items.map((item) =>
      [
        '<entry>',
        `<id>${xml(item.url)}</id>`,
        `<title>${xml(item.title)}</title>`,
        `<link rel="alternate" type="text/html" href="${xml(item.url)}"/>`,
        `<author><name>${xml(item.author)}</name></author>`,
        `<published>${isoTime(item.published)}</published>`,
        `<updated>${isoTime(item.updated)}</updated>`,
        `<summary>${xml(item.summary)}</summary>`,
        '</entry>',
      ].join(''),
    ),
    '</feed>',
    '',
  ].join('\n');
}

export function jsonFeedOf(feed: Feed): object {
  return {
    version: 'https://jsonfeed.org/version/1.1',
    title: feed.title,
    home_page_url: feed.page,
    feed_url: feed.self,
    ...(feed.next && { next_url: feed.next }),
    items: feed.items.map((item) => ({
      id: item.url,
      url: item.url,
      title: item.title,
      content_text: item.summary,
      date_published: isoTime(item.published),
      date_modified: isoTime(item.updated),
      authors: [{ name: item.author }],
    })),
  };
}

/** XML 1.0 has no place for most control characters, nor for half a pair. */
export function xml(text: string): string {
  return text
    .replace(/\p{Cs}/gu, '')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
