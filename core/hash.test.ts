import { describe, expect, it } from 'vitest';
import { hashString, mix32, murmur2, partitionOf } from './hash.js';

describe('murmur2', () => {
  // Apache Kafka, clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java, testMurmur2.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %j as Kafka does', (text, expected) => {
    expect(murmur2(Buffer.from(text))).toBe(expected);
  });

  it('puts a key on the partition toPositive(murmur2) mod n, as the default partitioner does', () => {
    // −973932308 & 0x7fffffff = 1173551340, by hand; 1173551340 mod 7 = 3, mod 16 = 12.
    expect(partitionOf('21', 7)).toBe(1173551340 % 7);
    expect(partitionOf('21', 16)).toBe(12);
    expect(partitionOf('abc', 1)).toBe(0);
  });

  it('hashes keys of every alphabet and length as their UTF-8 bytes', () => {
    const characters = ['a', 'é', '語', '🎬'];
    for (let n = 0; n < 300; n++) {
      const key = Array.from({ length: n % 70 }, (_, i) => characters[(i * n) % (1 + (n % 4))]).join('');
      expect(partitionOf(key, 1_009), key).toBe((murmur2(Buffer.from(key)) & 0x7fffffff) % 1_009);
    }
  });
});

describe('mix32', () => {
  it('is the finaliser of MurmurHash3', () => {
    // fmix32(0) = 0 and fmix32(1) = 0x514e28b7: SMHasher's MurmurHash3.cpp.
    expect(mix32(0)).toBe(0);
    expect(mix32(1)).toBe(0x514e28b7);
  });

  it('seeds strings apart', () => {
    const seeds = Array.from({ length: 1_000 }, (_, seed) => hashString('member', seed));
    expect(new Set(seeds).size).toBe(1_000);
  });
});
