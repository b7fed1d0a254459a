/**
 * Fetches the image of a job through the proxy, by digest, where zone.yml says `images.pull: proxy`.
 *
 * Jobs that want the same image wait for one pull; everybody else goes on. A pull is tried a few times, later and later,
 * within a time of its own, and dropped when nobody waits for it any more. Why it failed stands in this zone's log
 * alone: what the engine says names hosts and addresses.
 */
import type { Image } from '../../src/governance/governance.ts';
import { minutes, seconds } from '../../src/lib/clock.ts';
import type { Logger } from '../../src/lib/logger.ts';
import { askUnless, type Engine } from '../executor/engine.ts';
import { pullImage, type PullLogin } from '../executor/pulling.ts';

export interface PullingOptions {
  engine: Engine;
  /** The proxy as engines name a registry: its name, with :port where it is not 443. */
  registry: string;
  /** Made anew for each try: a signature is good for a minute. */
  login(): Promise<PullLogin>;
  /** For all tries together. */
  minutes: number;
  logger: Pick<Logger, 'info' | 'warn'>;
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

const TRIES = 3;
const PAUSES_MS = [seconds(2), seconds(10)];
const GONE = 404;

interface UnderWay {
  done: Promise<boolean>;
  waiting: number;
  stop: AbortController;
}

export class ImagePuller {
  readonly #options: PullingOptions;
  readonly #underWay = new Map<string, UnderWay>();

  constructor(options: PullingOptions) {
    this.#options = options;
  }

  /** What the engine calls an image that came through the proxy. Undefined: governance gives no digest. */
  nameOf({ image, digest }: Pick<Image, 'image' | 'digest'>): string | undefined {
    if (digest === undefined) return undefined;
    const [first = '', ...rest] = image.split('/');
    const path = rest.length > 0 && /[.:]|^localhost$/.test(first) ? rest.join('/') : image;
    return `${this.#options.registry}/${path}@${digest}`;
  }

  /** Whether the engine has it now, under exactly this digest. Throws EngineLost, and when the signal fires. */
  async fetch(name: string, signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    const pull = this.#underWay.get(name) ?? this.#begin(name);
    pull.waiting += 1;
    let leave = (): void => undefined;
    const left = new Promise<never>((_resolve, reject) => {
      leave = () => reject(signal.reason as Error);
      signal.addEventListener('abort', leave, { once: true });
    });
    try {
      return await Promise.race([pull.done, left]);
    } finally {
      signal.removeEventListener('abort', leave);
      pull.waiting -= 1;
      // Whoever comes now begins a new one.
      if (pull.waiting === 0 && this.#underWay.get(name) === pull) this.#underWay.delete(name);
      if (pull.waiting === 0) pull.stop.abort();
    }
  }

  #begin(name: string): UnderWay {
    const stop = new AbortController();
    const limit = AbortSignal.timeout(minutes(this.#options.minutes));
    const done = this.#pull(name, AbortSignal.any([stop.signal, limit]), limit).finally(() => {
      if (this.#underWay.get(name) === pull) this.#underWay.delete(name);
    });
    // Everybody who waited may have left.
    done.catch(() => undefined);
    const pull: UnderWay = { done, waiting: 0, stop };
    this.#underWay.set(name, pull);
    return pull;
  }

  async #pull(name: string, signal: AbortSignal, limit: AbortSignal): Promise<boolean> {
    const { engine, login, logger, pause } = this.#options;
    try {
      for (let tried = 1; ; tried += 1) {
        const fault = await pullImage(engine, name, await login(), () => undefined, signal);
        if (fault === undefined && (await this.#isHere(name))) {
          logger.info({ image: name, tried }, 'An image was fetched through the proxy');
          return true;
        }
        const why = fault ?? 'the engine has something else under this name';
        logger.warn({ image: name, tried, why }, 'An image could not be fetched through the proxy');
        if (tried === TRIES) return false;
        await pause(PAUSES_MS[tried - 1]!, signal);
      }
    } catch (error) {
      if (!limit.aborted) throw error;
      logger.warn({ image: name, minutes: this.#options.minutes }, 'Fetching an image took too long');
      return false;
    }
  }

  async #isHere(name: string): Promise<boolean> {
    const found = await askUnless(
      [GONE],
      'looking for an image',
      this.#options.engine.getImage(name).inspect(),
    );
    return ((found?.RepoDigests ?? []) as string[]).includes(name);
  }
}
