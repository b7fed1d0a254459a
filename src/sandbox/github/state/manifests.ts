/**
 * Apps that are registered from a manifest: somebody posts one to the organisation's page, says yes there, and gets a
 * code, which works once and for an hour (docs.github.com, "Registering a GitHub App from a manifest").
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Manifest } from './apps.ts';
import { fail, isFailure, notFound, type Failure } from './failure.ts';
import type { App, Org, User } from './model.ts';
import type { SandboxState } from './state.ts';

/** What else of a manifest matters here than to an App that was made in the settings. */
export interface PostedManifest extends Manifest {
  redirect_url?: string;
  hook_attributes?: { url?: string; active?: boolean };
}

export interface Converted {
  app: App;
  clientSecret: string;
  webhookSecret: string | null;
  pem: string;
}

const CODE_LIFE_MS = 3_600_000;
const LONGEST_NAME = 34;

export class AppManifests {
  readonly #state: SandboxState;
  readonly #waiting = new Map<string, Converted & { until: number }>();

  constructor(state: SandboxState) {
    this.#state = state;
  }

  /** A manifest as it was posted; a failure says what GitHub's page says. */
  read(text: string): PostedManifest | Failure {
    let raw: unknown;
    try {
      raw = JSON.parse(text);
    } catch {
      return fail(422, 'Invalid manifest: it is no JSON');
    }
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return fail(422, 'Invalid manifest');
    const manifest = raw as PostedManifest;
    const faults = [
      ...(isAddress(manifest.url) ? [] : ['"url" wasn’t supplied or is not valid']),
      ...(manifest.hook_attributes && !isAddress(manifest.hook_attributes.url)
        ? ['Hook url cannot be blank']
        : []),
      ...(isAddress(manifest.redirect_url) ? [] : ['"redirect_url" wasn’t supplied or is not valid']),
      ...(manifest.name === undefined ? [] : this.#nameFaults(manifest.name)),
    ];
    return faults.length > 0 ? fail(422, 'Invalid manifest', faults) : manifest;
  }

  /** Makes the App, as an owner of the organisation. Answers where the browser goes. */
  register(
    org: Org,
    by: User,
    posted: PostedManifest,
    given: { name: string; state: string | undefined },
  ): string | Failure {
    if (org.members.get(by.id) !== 'admin') return notFound();
    const wrong = this.#nameFaults(given.name);
    if (wrong.length > 0) return fail(422, 'Invalid name', wrong);
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const hook = posted.hook_attributes;
    const isActive = hook?.url !== undefined && hook.active !== false;
    const webhookSecret = isActive ? randomBytes(20).toString('hex') : null;
    const app = this.#state.apps.add(slugOf(given.name), {
      owner: org.id,
      manifest: { ...posted, name: given.name },
      publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      ...(isActive ? { webhook: { url: hook.url ?? '', secret: webhookSecret ?? '' } } : {}),
    });
    if (isFailure(app)) return app;
    const clientSecret = randomBytes(20).toString('hex');
    this.#state.apps.setClientSecret(app, clientSecret);
    const code = randomBytes(20).toString('hex');
    const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    const until = this.#state.clock.now() + CODE_LIFE_MS;
    this.#waiting.set(code, { app, clientSecret, webhookSecret, pem, until });
    const to = new URL(posted.redirect_url ?? '');
    to.searchParams.set('code', code);
    if (given.state !== undefined) to.searchParams.set('state', given.state);
    return to.href;
  }

  /** Once: the secrets are not to be had again. */
  convert(code: string): Converted | Failure {
    const held = this.#waiting.get(code);
    this.#waiting.delete(code);
    return held && held.until > this.#state.clock.now() ? held : notFound();
  }

  #nameFaults(name: string): string[] {
    if (name.trim() === '') return ['Name cannot be blank'];
    if (name.length > LONGEST_NAME) return [`Name is too long (maximum is ${LONGEST_NAME} characters)`];
    return this.#state.apps.named(slugOf(name)) ? ['Name is already taken'] : [];
  }
}

const isAddress = (text: unknown): boolean =>
  typeof text === 'string' && URL.canParse(text) && /^https?:\/\//.test(text);

const slugOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
