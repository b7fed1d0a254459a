/** Every check: its id, how serious it is, and its name. docs/disclosure.md tells the rest. */
import type { Severity } from './types.ts';

export const CHECKS = {
  F1: ['B', 'type of file'],
  F2: ['B', 'size of file'],
  F3: ['B', 'check could not be finished'],
  F4: ['W', 'column said to be something else'],
  C1: ['B', 'shape of the table'],
  C2: ['B', 'rows about single people'],
  C3: ['B', 'identifying value'],
  C4: ['B', 'identifying area or provider'],
  C5: ['B', 'small count'],
  C6: ['B', 'unrounded count'],
  C7: ['W', 'declared controls'],
  C8: ['W', 'rate from unrounded counts'],
  C9: ['W', 'rate that gives a count away'],
  C10: ['B', 'suppressed cell that can be worked out'],
  C11: ['W', 'total that is not the sum'],
  C12: ['W', 'nobody or everybody'],
  C13: ['W', 'extreme value'],
  C14: ['W', 'statistic without a count'],
  C15: ['W', 'model without n or degrees of freedom'],
  C16: ['B', 'survival table'],
  C17: ['W', 'daily dates'],
  C18: ['W', 'dominance'],
  C19: ['I', 'redaction marks'],
  C20: ['I', 'column summary'],
  'JSON-1': ['B', 'table in JSON'],
  'JSON-2': ['B', 'records in JSON'],
  'JSON-3': ['W', 'packed bytes in JSON'],
  'TXT-1': ['B', 'table in text'],
  'TXT-2': ['B', 'rows or counts in text'],
  'TXT-3': ['W', 'log or traceback'],
  'SVG-1': ['B', 'active or foreign content'],
  'SVG-2': ['B', 'one mark per record'],
  'SVG-3': ['B', 'numbers in a drawing'],
  'SVG-4': ['W', 'hidden content'],
  'PNG-1': ['W', 'data beside the picture'],
  'PNG-2': ['I', 'numbers in a picture'],
  'HTML-1': ['B', 'HTML'],
  R1: ['B', 'figure without its table'],
  R2: ['B', 'context'],
  R3: ['W', 'origin'],
  R4: ['W', 'seen before'],
  R5: ['I', 'files alike'],
  R6: ['I', 'total size'],
  R7: ['B', 'malware scan'],
  D1: ['W', 'changed since the last release'],
  D2: ['B', 'difference of two tables'],
  D3: ['B', 'difference to another request'],
  D4: ['W', 'small changes after new code'],
} as const satisfies Record<string, readonly [Severity, string]>;

export type CheckId = keyof typeof CHECKS;

/**
 * Part of what a report is cached under: raised whenever any check changes what it finds.
 * 2: numbers that begin with their point. 3: in a table of very many words a word that comes again is the same word,
 * so that rows of one group stay together. (The scan in WebAssembly finds what the one in JavaScript found.)
 */
export const CHECKER_VERSION = 3;
