import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, shown } from '../../core/errors.js';
import { artifactName, decodeArtifact, encodeArtifact, type Artifact } from './artifact.js';
import { comparison, type Comparison, type Measure } from './comparison.js';

/** An artifact with its name. */
export interface NamedArtifact {
  readonly name: string;
  readonly artifact: Artifact;
}

export interface PublishOptions {
  /** what must not fall, and by how much it may */
  readonly measures: readonly Measure[];
  /** publish even what is worse; default false */
  readonly force?: boolean;
}

/**
 * Artifacts of one kind in a directory: a file per artifact under its hash, never rewritten, and beside them the name of the published one. Files appear whole or not at all.
 */
export class ArtifactDirectory {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @returns its name */
  async write(artifact: Artifact): Promise<string> {
    const bytes = encodeArtifact(artifact);
    const name = artifactName(bytes);
    await this.#replace(`${name}.artifact`, bytes);
    return name;
  }

  /** @throws AppError `artifact/unknown` | `artifact/corrupt` | `artifact/unsupported` */
  async read(name: string): Promise<NamedArtifact> {
    if (!/^[0-9a-f]{16}$/.test(name))
      throw new AppError('artifact/unknown', `artifact ${shown(name)}; expected 16 hexadecimal digits`);
    const bytes = await this.#bytes(`${name}.artifact`);
    if (bytes === undefined)
      throw new AppError('artifact/unknown', `there is no artifact ${name} in ${this.#directory}`);
    const artifact = decodeArtifact(bytes);
    if (artifactName(bytes) !== name)
      throw new AppError('artifact/corrupt', `the file of artifact ${name} holds ${artifactName(bytes)}`);
    return { name, artifact };
  }

  /** The published artifact; undefined before the first. @throws AppError as {@link read} */
  async published(): Promise<NamedArtifact | undefined> {
    const name = await this.#bytes('published');
    return name === undefined ? undefined : this.read(name.toString('utf8').trim());
  }

  /**
   * Makes `name` the published one, unless it is worse than what is published now. What each was measured on is its own matter:
   * where the facts have changed since, the metrics are of different facts.
   *
   * @throws AppError `artifact/worse` | `artifact/mismatch`: what was published stays; `artifact/unknown` | `artifact/corrupt`
   */
  async publish(name: string, { measures, force = false }: PublishOptions): Promise<readonly Comparison[]> {
    const { artifact } = await this.read(name);
    const before = await this.published().catch((error: unknown) => {
      // A published artifact that cannot be read is no reason to keep it, if one says so.
      if (force && error instanceof AppError) return undefined;
      throw error;
    });
    const compared = before === undefined ? [] : comparison(before.artifact, artifact, measures);
    const worse = compared.filter((one) => one.worse);
    if (!force && before !== undefined && before.artifact.kindVersion !== artifact.kindVersion)
      throw new AppError(
        'artifact/mismatch',
        `${name} is of ${artifact.kind} version ${artifact.kindVersion}, the published ${before.name} of ${before.artifact.kindVersion}`,
      );
    if (!force && before !== undefined && worse.length > 0)
      throw new AppError(
        'artifact/worse',
        `${name} is worse than the published ${before.name}: ${worse.map(sentence).join('; ')}`,
      );
    await this.#replace('published', Buffer.from(`${name}\n`));
    return compared;
  }

  /** Removes every artifact but the published one; without a published one, nothing. */
  async removeOthers(): Promise<void> {
    const kept = await this.#bytes('published');
    if (kept === undefined) return;
    for (const file of await readdir(this.#directory))
      if (file.endsWith('.artifact') && file !== `${kept.toString('utf8').trim()}.artifact`)
        await rm(join(this.#directory, file), { force: true });
  }

  async #bytes(file: string): Promise<Buffer | undefined> {
    try {
      return await readFile(join(this.#directory, file));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Written beside, forced to disk, then renamed over. */
  async #replace(file: string, bytes: Uint8Array): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    const unfinished = join(this.#directory, `${file}.${randomUUID()}.unfinished`);
    try {
      const handle = await open(unfinished, 'wx');
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(unfinished, join(this.#directory, file));
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  }
}

function sentence({ metric, before, after, tolerance }: Comparison): string {
  return `${metric} ${after.toFixed(4)} after ${before.toFixed(4)}; expected ≥ ${(before - tolerance).toFixed(4)}`;
}
