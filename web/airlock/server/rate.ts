/** How many requests one address may make. In memory: a restart forgives, the sign-in's own counters do not. */
import type { RequestHandler } from 'express';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { addressOf } from './address.ts';

/** `points` in `seconds`; `refuse` answers whoever has used them up. */
export function atMost(points: number, seconds: number, refuse: RequestHandler): RequestHandler {
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  return async (request, response, next) => {
    try {
      await limiter.consume(addressOf(request));
    } catch {
      response.set('retry-after', String(seconds));
      return refuse(request, response, next);
    }
    next();
  };
}
