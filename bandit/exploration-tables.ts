import type { Arena } from './linalg/arena.js';
import { NORMAL_TABLE } from './normal-table.js';
import { GRIDS } from './thompson-grid.js';

const GRID_ADDRESSES = 16;

/**
 * What assembly/thompson.ts reads, in float32: grid addresses, the normal table with rises beside values, then the grids, nodes and weights by fours.
 *
 * @returns the address, undefined when the memory is full
 */
export function writeThompsonTables(arena: Arena): number | undefined {
  const entries = NORMAL_TABLE.length / 2 - 1;
  const gridFloats = GRIDS.reduce((sum, { nodes }) => sum + 2 * nodes.length, 0);
  const floats = arena.allocate(Float32Array, GRID_ADDRESSES + 4 * entries + gridFloats);
  if (floats === undefined) return undefined;
  let at = GRID_ADDRESSES;
  for (let i = 0; i < entries; i++)
    for (const column of [0, 1]) {
      const value = NORMAL_TABLE[2 * i + column]!;
      floats[at++] = value;
      floats[at++] = NORMAL_TABLE[2 * i + 2 + column]! - value;
    }
  const addresses = new Int32Array(floats.buffer, floats.byteOffset, GRID_ADDRESSES);
  GRIDS.forEach(({ nodes, weights }, index) => {
    addresses[index] = floats.byteOffset + 4 * at;
    for (let j = 0; j < nodes.length; j += 4) {
      for (let lane = 0; lane < 4; lane++) floats[at++] = nodes[j + lane]!;
      for (let lane = 0; lane < 4; lane++) floats[at++] = weights[j + lane]!;
    }
  });
  return floats.byteOffset;
}
