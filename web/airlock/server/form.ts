/** What a page posted, as text. Anything else than text is not there. */
import type { Request } from 'express';
import type { Form } from '../parts.ts';

export function formOf(request: Request): Form {
  const body = (request.body ?? {}) as Record<string, unknown>;
  const all = (name: string): string[] => {
    const value = Object.hasOwn(body, name) ? body[name] : undefined;
    return (Array.isArray(value) ? value : [value]).filter(
      (each): each is string => typeof each === 'string',
    );
  };
  return {
    all,
    has: (name) => all(name).length > 0,
    text: (name) => (all(name)[0] ?? '').trim(),
    long: (name) => (all(name)[0] ?? '').replace(/\r\n?/g, '\n').trim(),
  };
}
