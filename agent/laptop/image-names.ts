/**
 * How a person names an image, and how an engine does: `python`, `python:v2`, `python@sha256:…`, or all of an address.
 *
 * name: `python:v2` as project.yaml writes it · address: where the registry has it, `registry.example/images/python:v2`
 */
import { refusal, type Refusal } from '../../src/lib/refusal.ts';
import { tagOf } from '../../src/pipeline/pipeline.ts';
import { DEFAULT_REGISTRY, DEFAULT_TAG, DEFAULT_TAGS } from '../runner/compat.ts';
import { badImageName } from './words.ts';

export interface NamedImage {
  /** As people are told of it. */
  name: string;
  /** What an engine fetches. */
  address: string;
  /** Where it may be on this machine, best first. */
  candidates: string[];
}

const PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const HOST = '(?:[A-Za-z0-9][A-Za-z0-9.-]*|\\[[0-9a-fA-F:]+\\])(?::\\d{1,5})?';
const NAME = new RegExp(
  `^((?:${HOST}/)?${PART}(?:/${PART})*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`,
);
const LONGEST = 512;

/** Refuses 'images.bad-name'. A name without a folder is one of the deployment's. */
export function namedImage(text: string, registry = DEFAULT_REGISTRY): NamedImage | Refusal {
  const found = text.length <= LONGEST ? NAME.exec(text) : null;
  if (!found) return refusal('images.bad-name', ...badImageName(text));
  const [, path = '', tag, digest] = found;
  const whole = path.includes('/');
  if (digest !== undefined) {
    const name = `${path}@${digest}`;
    const address = whole ? name : `${registry}/${name}`;
    return { name, address, candidates: [address] };
  }
  const written = tag ?? (Object.hasOwn(DEFAULT_TAGS, path) ? DEFAULT_TAGS[path]! : DEFAULT_TAG);
  if (whole)
    return { name: `${path}:${written}`, address: `${path}:${written}`, candidates: [`${path}:${written}`] };
  return {
    name: `${path}:${tagOf(written)}`,
    address: `${registry}/${path}:${tagOf(written)}`,
    candidates: imageCandidates({ name: path, tag: written }, registry),
  };
}

/** Where an image of project.yaml may be on this machine, best first. */
export function imageCandidates(
  { name, tag }: { name: string; tag: string },
  registry = DEFAULT_REGISTRY,
): string[] {
  const tags = [...new Set([tag, tagOf(tag)])];
  return [...tags.map((one) => `${registry}/${name}:${one}`), ...tags.map((one) => `${name}:${one}`)];
}

/** Podman keeps names whole: one without a host has these before it. */
const UNQUALIFIED = ['', 'localhost/', 'docker.io/library/', 'docker.io/'];

/** The first of these names that an engine lists, as it lists it. */
export function listedAs<T>(
  candidates: readonly string[],
  listed: ReadonlyMap<string, T>,
): { tag: string; value: T } | undefined {
  for (const candidate of candidates) {
    for (const before of UNQUALIFIED) {
      const value = listed.get(`${before}${candidate}`);
      if (value !== undefined) return { tag: `${before}${candidate}`, value };
    }
  }
  return undefined;
}

/** The part before the tag or the digest: `registry.example:5000/images/python`. */
export function repositoryOf(address: string): string {
  return address.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
}

/** The registry's host as logins are kept by it. */
export function hostOf(address: string): string {
  const [first = ''] = address.split('/');
  const isHost = address.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  return isHost && first !== 'docker.io' ? first : 'https://index.docker.io/v1/';
}
