/** Addresses that hosts know each other by: more than one role is asked for them. */
import { origin, type Question } from './question.ts';

export const hubOrigin: Question = {
  id: 'hub_origin',
  asks: 'Under which address do browsers, GitHub and zones reach the hub?',
  why: 'https and a name: your web server answers there and hands on to the hub. It stands in the App, in every zone.yml and in the public log.',
  standard: ({ cards }) => cards.hub?.origin,
  byCard: ({ hub }) => hub?.origin,
  fault: origin,
};

export const proxyOrigin: Question = {
  id: 'proxy_origin',
  asks: 'Under which address does the zone reach the proxy?',
  why: 'Agents make their tokens for exactly this text. The zone has no DNS: the name goes into /etc/hosts there.',
  standard: ({ cards }) => cards.proxy?.origin,
  byCard: ({ proxy }) => proxy?.origin,
  fault: origin,
};
