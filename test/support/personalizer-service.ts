import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess, type RunningService } from './running-service.js';

/** A key as Personalizer's clients send it. */
export const PERSONALIZER_KEY = 'a-key-of-personalizer-clients';

const SETTINGS = {
  MARQUEE_PERSONALIZER__ENABLED: 'true',
  MARQUEE_AUTH__API_KEYS: `[${PERSONALIZER_KEY}]`,
  MARQUEE_ROLES: '[serve, learn]',
};

/** The service with the Personalizer API, started as a user starts it. */
export class PersonalizerProcess {
  readonly #directory = mkdtempSync(join(tmpdir(), 'marquee-personalizer-'));
  #service: RunningService | undefined;

  get baseUrl(): string {
    return this.#service!.baseUrl;
  }

  async start(): Promise<void> {
    this.#service = await startProcess(this.#directory, SETTINGS);
  }

  /** kill -9, and on the same data again */
  async killAndStart(): Promise<void> {
    await this.#service!.kill();
    await this.start();
  }

  async end(): Promise<void> {
    await this.#service?.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }
}
