import type { MemberId, RequestId } from '../../core/ids.js';
import type { DecisionEvent, DecisionSlots } from '../../feedback/events/events.js';
import type { DecisionInput } from './decision-input.js';
import { MASK_BYTES, type Page } from './page.js';

export interface RecordHead {
  readonly requestId: RequestId;
  readonly memberId: MemberId;
  readonly canvas: string;
  readonly experiment: string;
  readonly variant: string;
  readonly policy: string;
  readonly snapshotVersion: number;
  readonly contextSchema: string;
  readonly epoch: number;
}

/** The page as an event: views of the page's columns, to be encoded before the next page is decided. */
export function decisionEvent(head: RecordHead, input: DecisionInput, page: Page): DecisionEvent {
  const { columns, rows } = input.examination;
  return {
    ...head,
    atMs: input.nowMs,
    device: input.device,
    daypart: input.daypart,
    country: input.country,
    memberVector: input.memberVector,
    rowIds: page.rows.map((row) => row.rowId),
    rowLengths: page.rowLengths,
    rowPropensities: Float32Array.from(page.rowPropensities),
    rowSwaps: Float32Array.from(page.rowSwaps),
    columnExamination: columns.subarray(0, Math.max(0, ...page.rowLengths)),
    rowExamination: rows.subarray(0, page.rows.length),
    slots: decisionSlots(page),
  };
}

function decisionSlots(page: Page): DecisionSlots {
  const { count } = page;
  const maskBytes = Math.ceil(page.maxArms / 8);
  const titleRevision = new Uint32Array(count);
  const offered = new Uint8Array(count * maskBytes);
  for (let slot = 0; slot < count; slot++) {
    const title = page.titles[slot]!;
    titleRevision[slot] = title.revision;
    if (page.offeredCount[slot]! > 0) {
      offered.set(page.offered.subarray(slot * MASK_BYTES, slot * MASK_BYTES + maskBytes), slot * maskBytes);
      continue;
    }
    const arms = title.artworkRows.length;
    for (let byte = 0; byte * 8 < arms; byte++)
      offered[slot * maskBytes + byte] = arms - byte * 8 >= 8 ? 0xff : (1 << (arms - byte * 8)) - 1;
  }
  return {
    count,
    titleRevision,
    arm: page.arm.subarray(0, count),
    propensity: page.propensity.subarray(0, count),
    orderPropensity: page.orderPropensity.subarray(0, count),
    flags: page.flags.subarray(0, count),
    offered,
    maskBytes,
  };
}
