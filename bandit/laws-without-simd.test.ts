import { expect, it } from 'vitest';
import { explorationKernels } from './exploration-kernels.js';
import { createKernels, sharedKernels, useKernels } from './linalg/kernels.js';

// Before the suites load: they then know of no other kernels.
useKernels(createKernels({ simd: false }));
for (const suite of [
  './laws.test.js',
  './policies/linear-laws.test.js',
  './policies/linear-thompson.test.js',
])
  await import(suite);

it('the suites above ran without WebAssembly', () => {
  expect([sharedKernels().backend, explorationKernels().backend]).toEqual(['typescript', 'typescript']);
});
