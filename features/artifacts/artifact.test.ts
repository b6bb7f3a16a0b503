import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppError } from '../../core/errors.js';
import { artifactName, decodeArtifact, encodeArtifact, type Artifact } from './artifact.js';
import { ArtifactDirectory } from './artifact-directory.js';

const artifact: Artifact = {
  kind: 'graph',
  kindVersion: 1,
  settings: { model: 'transe', dimension: 8 },
  vocabulary: { entities: ['a', 'ü "quoted"\n', ''], relations: [] },
  metrics: { 'test.mrr': 0.25 },
  dataHash: 'ab'.repeat(32),
  parent: null,
  arrays: {
    entities: Float32Array.of(1.5, -2, 1e-30),
    counts: Int32Array.of(-1, 7),
    small: Int8Array.of(-128, 127, 3),
    none: new Float32Array(0),
  },
};
const coded = (code: string): AppError => expect.objectContaining({ code }) as AppError;

describe('the bytes of an artifact', () => {
  const bytes = encodeArtifact(artifact);

  it('hold all that it is, and are the same every time', () => {
    expect(decodeArtifact(bytes)).toEqual(artifact);
    expect(encodeArtifact(artifact)).toEqual(bytes);
  });

  it('are read wherever they lie', () => {
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    expect(decodeArtifact(moved.subarray(3))).toEqual(artifact);
  });

  it('of version 1 stay readable', async () => {
    const path = fileURLToPath(new URL('./fixtures/version-1.artifact', import.meta.url));
    expect(decodeArtifact(await readFile(path))).toEqual(artifact);
  });

  it('cut off anywhere, or with any bit turned, are refused', () => {
    for (let length = 0; length < bytes.length; length += 7)
      expect(() => decodeArtifact(bytes.subarray(0, length))).toThrow(coded('artifact/corrupt'));
    for (let at = 12; at < bytes.length; at += 5) {
      const changed = Uint8Array.from(bytes);
      changed[at]! ^= 1;
      expect(() => decodeArtifact(changed)).toThrow(coded('artifact/corrupt'));
    }
  });

  it('of another version are refused as such', () => {
    const later = Uint8Array.from(bytes);
    later[8] = 2;
    expect(() => decodeArtifact(later)).toThrow(coded('artifact/unsupported'));
  });

  it('are not made of numbers that are none', () => {
    const bad = { ...artifact, arrays: { entities: Float32Array.of(0, NaN) } };
    expect(() => encodeArtifact(bad)).toThrow(/entities\[1\] is NaN/);
    expect(() => encodeArtifact({ ...artifact, metrics: { mrr: Infinity } })).toThrow(
      coded('vectors/not-finite'),
    );
  });
});

describe('a directory of artifacts', () => {
  let path: string;
  let directory: ArtifactDirectory;
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'marquee-artifacts-'));
    directory = new ArtifactDirectory(path);
  });
  afterEach(() => rm(path, { recursive: true, force: true }));

  const withMrr = (mrr: number, more: Partial<Artifact> = {}): Artifact => ({
    ...artifact,
    metrics: { 'test.mrr': mrr },
    ...more,
  });
  const options = { measures: [{ metric: 'test.mrr', tolerance: 0.01 }] };

  it('has nothing published at first, then what was', async () => {
    expect(await directory.published()).toBeUndefined();
    const name = await directory.write(artifact);
    expect(name).toBe(artifactName(encodeArtifact(artifact)));
    expect(await directory.publish(name, options)).toEqual([]);
    expect(await directory.published()).toEqual({ name, artifact });
    expect((await readdir(path)).sort()).toEqual([`${name}.artifact`, 'published'].sort());
  });

  it('publishes what is better or within the tolerance, and refuses what is worse unless forced', async () => {
    const [first, near, worse, unmeasured] = await Promise.all(
      [withMrr(0.3), withMrr(0.2901), withMrr(0.28), { ...artifact, metrics: {} }].map((one) =>
        directory.write(one),
      ),
    );
    await directory.publish(first!, options);
    await directory.publish(near!, options);
    await expect(directory.publish(worse!, options)).rejects.toThrow(/test.mrr 0.2800 after 0.2901/);
    await expect(directory.publish(unmeasured!, options)).rejects.toThrow(coded('artifact/worse'));
    expect((await directory.published())?.name).toBe(near);
    const compared = await directory.publish(worse!, { ...options, force: true });
    expect(compared).toMatchObject([{ before: 0.2901, after: 0.28, worse: true }]);
    expect((await directory.published())?.name).toBe(worse);
  });

  it('refuses what is damaged, unknown, misnamed or of another version, and keeps what was published', async () => {
    const good = await directory.write(artifact);
    await directory.publish(good, options);
    const damaged = await directory.write(withMrr(0.9));
    const bytes = await readFile(join(path, `${damaged}.artifact`));
    await writeFile(join(path, `${damaged}.artifact`), bytes.subarray(0, -1));
    await writeFile(join(path, '0123456789abcdef.artifact'), encodeArtifact(withMrr(0.8)));
    const other = await directory.write(withMrr(0.9, { kindVersion: 2 }));
    for (const [name, code] of [
      [damaged, 'artifact/corrupt'],
      ['0123456789abcdef', 'artifact/corrupt'],
      ['00000000000000ff', 'artifact/unknown'],
      ['../published', 'artifact/unknown'],
      [other, 'artifact/mismatch'],
    ] as const)
      await expect(directory.publish(name, options)).rejects.toThrow(coded(code));
    expect((await directory.published())?.name).toBe(good);
  });

  it('can be rid of all but the published one', async () => {
    const names = await Promise.all([withMrr(0.1), withMrr(0.2)].map((one) => directory.write(one)));
    await directory.removeOthers();
    expect((await readdir(path)).length).toBe(2);
    await directory.publish(names[1]!, options);
    await directory.removeOthers();
    expect((await readdir(path)).sort()).toEqual([`${names[1]!}.artifact`, 'published'].sort());
  });
});
