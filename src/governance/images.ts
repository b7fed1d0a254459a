/** Which image a name in `project.yaml` means, and whether it may run on this backend now. */
import { isoDay } from '../lib/clock.ts';
import { isRefusal, type Refusal } from '../lib/refusal.ts';
import { no } from './refusals.ts';
import type { Backend, Governance, Image, Policies } from './types.ts';
import { words } from './words.ts';

/** Before versions were required, `latest` was the only name of what is called `v1` today. */
const LATEST = 'v1';
const DAY_MS = 86_400_000;

/** Whether exit codes of this image, running a database action, may leave the zone. Hub and agent both ask here. */
export function trustsExitCode(g: Governance, { name, tag }: { name: string; tag: string }): boolean {
  const version = tag === 'latest' ? LATEST : tag;
  const image = g.images.find((candidate) => candidate.name === name && candidate.version === version);
  return image !== undefined && image.database && image.exitCodes === 'trusted';
}

/** Exact match by name and version. `database: true` asks for a database image. */
export function imageFor(
  g: Pick<EndRules, 'images'>,
  { name, tag }: { name: string; tag: string },
  on: { backend: Pick<Backend, 'id' | 'data'>; at: number; database?: boolean },
): Image | Refusal {
  const version = tag === 'latest' ? LATEST : tag;
  const day = isoDay(on.at);
  const retired = (image: Image): boolean => image.retireOn !== null && image.retireOn <= day;
  const written = `${name}:${tag}`;
  const usable = g.images.filter((image) => !retired(image));
  const namesakes = usable.filter((image) => image.name === name);
  const known = (namesakes.length > 0 ? namesakes : usable).map((image) => `${image.name}:${image.version}`);
  const image = g.images.find((candidate) => candidate.name === name && candidate.version === version);
  if (!image) return no.imageUnknown(written, known);
  if (image.retireOn !== null && retired(image)) {
    const next = g.images.find((each) => `${each.name}:${each.version}` === image.replacedBy);
    return no.imageRetired(
      written,
      image.retireOn,
      known,
      next && !retired(next) ? image.replacedBy : undefined,
    );
  }
  if (image.digest === undefined && on.backend.data === 'real')
    return no.imageOnlyDummy(written, on.backend.id);
  if (on.database && !image.database) return no.imageNotDatabase(written);
  return image;
}

/** What of governance says when images end. */
export interface EndRules {
  images: readonly Image[];
  policies: Pick<Policies, 'images'>;
}

/** A last day that is near enough to be told of. */
export interface Retiring {
  /** The first day on which it no longer runs. */
  on: string;
  /** From today; at least 1. */
  days: number;
  replacedBy?: string;
}

/** Undefined while its end is far, unknown, or past: of what is past, `imageFor` speaks. */
export function retiringSoon(g: EndRules, image: Image, at: number): Retiring | undefined {
  if (image.retireOn === null) return undefined;
  const days = Math.round((Date.parse(image.retireOn) - Date.parse(isoDay(at))) / DAY_MS);
  if (days < 1 || days > g.policies.images.warn_days) return undefined;
  return {
    on: image.retireOn,
    days,
    ...(image.replacedBy !== undefined && { replacedBy: image.replacedBy }),
  };
}

export interface ImageEnd {
  code: string;
  message: string;
  hint: string;
}

/** That it ends soon, in the words of the check; undefined as above. */
export function endingSoon(
  g: EndRules,
  { name, tag }: { name: string; tag: string },
  image: Image,
  at: number,
): ImageEnd | undefined {
  const soon = retiringSoon(g, image, at);
  return (
    soon && {
      code: 'image.retires-soon',
      message: words.retiresSoon(`${name}:${tag}`, soon.on, soon.days),
      hint: words.retiresSoonHint(soon.replacedBy),
    }
  );
}

/** That it has ended or ends soon, whatever runs in it where; of an image that is not listed nothing is said. */
export function imageEnd(
  g: EndRules,
  named: { name: string; tag: string },
  at: number,
): ImageEnd | undefined {
  const image = imageFor(g, named, { backend: { id: '', data: 'dummy' }, at });
  if (!isRefusal(image)) return endingSoon(g, named, image, at);
  return image.code === 'image.retired'
    ? { code: image.code, message: image.says, hint: image.next }
    : undefined;
}
