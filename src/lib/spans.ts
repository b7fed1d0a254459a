/** What a span may be called and say: fixed lists, so that nothing else can. */

/** webhook → request → job → task → run → prepare, execute, finalize; status: shown on GitHub. */
export const SPANS = [
  'webhook',
  'request',
  'job',
  'task',
  'run',
  'prepare',
  'execute',
  'finalize',
  'status',
] as const;
export type SpanName = (typeof SPANS)[number];
export const SPAN_ATTRIBUTES = [
  'event',
  'outcome',
  'end',
  'backend',
  'delivery',
  'request',
  'job',
  'task',
] as const;
export type SpanAttributes = { readonly [A in (typeof SPAN_ATTRIBUTES)[number]]?: string };

export interface SpanTold {
  name: SpanName;
  /** 32 and 16 hexadecimal digits. */
  trace: string;
  span: string;
  parent?: string;
  /** Milliseconds since 1970. */
  start: number;
  end: number;
  failed?: boolean;
  attributes?: SpanAttributes;
}

export interface Traces {
  /** Takes no time and never fails. */
  tell(span: SpanTold): void;
  /** Sends what is left, for as long as two seconds. */
  close(): Promise<void>;
}
