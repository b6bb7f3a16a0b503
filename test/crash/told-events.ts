import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/**
 * What the load has told the service, and what was acknowledged, by event id; kept in a file so that a campaign that was interrupted still
 * knows. Every id is written down before it is sent: an acknowledgement that got lost with the service leaves it `unsure`.
 */
export class ToldEvents {
  readonly sent = new Set<string>();
  readonly acknowledged = new Set<string>();

  constructor(readonly path: string) {
    if (!existsSync(path)) return;
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      const [sign, ...ids] = line.split(' ');
      if (sign === '?' || sign === '+') this.#take(sign, ids);
    }
  }

  sending(ids: readonly string[]): void {
    this.#keep('?', ids);
  }

  acknowledge(ids: readonly string[]): void {
    this.#keep('+', ids);
  }

  #keep(sign: '?' | '+', ids: readonly string[]): void {
    appendFileSync(this.path, `${sign} ${ids.join(' ')}\n`);
    this.#take(sign, ids);
  }

  #take(sign: '?' | '+', ids: readonly string[]): void {
    const into = sign === '?' ? this.sent : this.acknowledged;
    for (const id of ids) into.add(id);
  }
}
