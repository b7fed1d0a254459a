/** What the executors say to a person. */
import { refusal, type Refusal } from '../../src/lib/refusal.ts';

export const imageMissing = (image: string): Refusal =>
  refusal(
    'executor.image-missing',
    `The image ${image} is not on this machine.`,
    'Images are never fetched while a job starts: load it first, then run again.',
  );

export const noProgram = (image: string, known: string[]): Refusal =>
  refusal(
    'executor.image-missing',
    `Without containers there is no program for the image ${image}.`,
    known.length > 0
      ? `Use one of ${known.join(', ')}, or run with Docker.`
      : 'Name a program for it, or run with Docker.',
  );

export const imageVolumes = (image: string, volumes: string[]): Refusal =>
  refusal(
    'executor.image-volumes',
    `The image ${image} declares volumes (${volumes.join(', ')}): places to write that no limit holds for.`,
    'Build it without VOLUME: jobs write to /workspace and /tmp.',
  );

export const badSpec = (why: string): Refusal =>
  refusal(
    'executor.bad-spec',
    `The job cannot be run as it is described: ${why}.`,
    'Correct the job or its limits.',
  );

export const cannotStart = (why: string): Refusal =>
  refusal(
    'executor.cannot-start',
    `The program could not be started: ${why}.`,
    'Check the first word after the image, and that the image holds it.',
  );

export const logDropped = (keptBytes: number): string =>
  `[sallyport] Earlier output was dropped: only the last ${keptBytes} bytes of a log are kept.`;
