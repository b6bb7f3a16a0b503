import { describe, expect, it } from 'vitest';
import { gaussLegendre } from './gauss-legendre.js';

describe('Gauss–Legendre', () => {
  it('has the nodes and weights of Abramowitz & Stegun, table 25.4 (n = 8, to 15 digits), moved to [0, 1]', () => {
    const { nodes, weights } = gaussLegendre(8);
    const tabulated = [
      [0.183434642495649, 0.362683783378361],
      [0.525532409916328, 0.313706645877887],
      [0.796666477413626, 0.222381034453374],
      [0.960289856497536, 0.101228536290376],
    ] as const;
    tabulated.forEach(([x, w], i) => {
      expect(nodes[4 + i]).toBeCloseTo((1 + x) / 2, 14);
      expect(nodes[3 - i]).toBeCloseTo((1 - x) / 2, 14);
      expect(weights[4 + i]).toBeCloseTo(w / 2, 14);
      expect(weights[3 - i]).toBeCloseTo(w / 2, 14);
    });
  });

  it.each([1, 2, 5, 8, 20])('is exact for polynomials up to degree 2n − 1 (n = %i)', (size) => {
    const { nodes, weights } = gaussLegendre(size);
    for (let degree = 0; degree < 2 * size; degree++) {
      const sum = nodes.reduce((total, x, i) => total + weights[i]! * x ** degree, 0);
      expect(sum).toBeCloseTo(1 / (degree + 1), 12);
    }
  });

  it.each([1, 2, 5, 8])('integrates from each node to 1, exactly for degrees under n (n = %i)', (size) => {
    const { nodes, tails } = gaussLegendre(size);
    for (let degree = 0; degree < size; degree++) {
      for (let j = 0; j < size; j++) {
        const tail = nodes.reduce((total, x, k) => total + tails[j * size + k]! * x ** degree, 0);
        expect(tail).toBeCloseTo((1 - nodes[j]! ** (degree + 1)) / (degree + 1), 12);
      }
    }
  });
});
