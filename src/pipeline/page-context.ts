import type { SharedContext } from '../../bandit/index.js';
import { contextHeadLength, writeContextHead, type ContextSchema } from '../../features/context-vector.js';
import type { DecisionInput } from './decision-input.js';

/** What every x of a page begins and ends with: the request, and the member. */
export class PageContext implements SharedContext {
  readonly head: Float32Array;
  member: Float32Array;

  constructor(readonly schema: ContextSchema) {
    this.head = new Float32Array(contextHeadLength(schema));
    this.member = new Float32Array(schema.embeddingSize);
  }

  set({ device, daypart, memberVector }: DecisionInput): void {
    writeContextHead(this.schema, device, daypart, this.head);
    this.member = memberVector;
  }
}
