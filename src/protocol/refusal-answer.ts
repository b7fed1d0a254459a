/** A "no" of the hub as it comes over the wire: read alike by whoever asks it. */
import { z } from 'zod';
import { refusal, type Refusal } from '../lib/refusal.ts';

const refusalAnswer = z.object({
  code: z.string().max(100),
  says: z.string().max(1000),
  next: z.string().max(1000),
});

/** Undefined when the text is something else. */
export function refusalIn(text: string): Refusal | undefined {
  const no = refusalAnswer.safeParse(parsed(text));
  return no.success ? refusal(no.data.code, no.data.says, no.data.next) : undefined;
}

/** Undefined, which no message is, when it is not JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
