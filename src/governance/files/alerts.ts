/** `alerts.yml`: what everybody is told for a while, on every page and in a feed. */
import { z } from 'zod';
import { day, slug, text } from '../values.ts';

export interface Alert {
  id: string;
  level: 'info' | 'warning' | 'danger';
  title: string;
  /** Markdown, written by governance; pages sanitise it. */
  text: string;
  /** Absent: everybody. */
  scope?: { backends: string[]; projects: string[] };
  /** Milliseconds: shown from the first on, no more from the second on. */
  from: number;
  until: number;
}

const WRITTEN = 'a day like 2027-02-28, or a time like 2027-02-28T18:00Z';
const time = z.union([day, z.iso.datetime({ precision: -1 }), z.iso.datetime()], WRITTEN);
const DAY = 24 * 60 * 60 * 1000;

/** A day begins at midnight in UTC, and as an end is meant with all of its hours. */
const start = time.transform((written) => Date.parse(written));
const end = time.transform((written) => Date.parse(written) + (written.length === 10 ? DAY : 0));

const list = z.array(slug).default([]);

export const alertEntry: z.ZodType<Alert> = z
  .strictObject({
    id: slug,
    level: z.enum(['info', 'warning', 'danger']),
    title: z.string().min(1, 'not empty').max(200, 'at most 200 characters'),
    text,
    scope: z.strictObject({ backends: list, projects: list }).optional(),
    from: start,
    until: end,
  })
  .refine(({ from, until }) => from < until, {
    error: 'later than "from"',
    path: ['until'],
  });
