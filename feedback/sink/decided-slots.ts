import { hashString } from '../../core/hash.js';
import type { AnalyticsRow } from '../analytics/analytics.js';
import type { DecisionEvent, DecisionSlots } from '../events/events.js';
import type { TitleNames } from './rows.js';

/**
 * Is this page one of the sample? By a hash of its request, so that every replay and every sink samples the same pages.
 * @param rate in [0, 1]
 */
export function isSampled(requestId: string, rate: number): boolean {
  return hashString(requestId) / 2 ** 32 < rate;
}

/** One row per slot of a page, displayed or not. @param rate the probability with which the page is in the sample */
export function decidedSlotRows(event: DecisionEvent, names: TitleNames, rate: number): AnalyticsRow[] {
  const rows: AnalyticsRow[] = [];
  event.rowLengths.forEach((length, rowIndex) => {
    for (let position = 0; position < length; position++)
      rows.push(slotRow(event, names, rate, rowIndex, position, rows.length));
  });
  return rows;
}

function slotRow(
  event: DecisionEvent,
  names: TitleNames,
  rate: number,
  rowIndex: number,
  position: number,
  slot: number,
): AnalyticsRow {
  const { slots } = event;
  const revision = slots.titleRevision[slot]!;
  const arm = slots.arm[slot]!;
  const title = names.revision(revision)?.title;
  return {
    ...{ request_id: event.requestId, slot, at: event.atMs, member_id: event.memberId, canvas: event.canvas },
    ...{ experiment: event.experiment, variant: event.variant, policy: event.policy },
    ...{
      snapshot_version: event.snapshotVersion,
      row_id: event.rowIds[rowIndex]!,
      row_index: rowIndex,
      position,
    },
    ...{ title_revision: revision, title_id: title?.titleId ?? '' },
    ...{ arm, artwork_id: title?.artworks[arm]?.artworkId ?? '', propensity: slots.propensity[slot]! },
    ...{ order_propensity: slots.orderPropensity[slot]!, flags: slots.flags[slot]! },
    ...{ offered: armsOffered(slots, slot), sample_rate: rate },
  };
}

function armsOffered({ offered, maskBytes }: DecisionSlots, slot: number): number[] {
  const arms: number[] = [];
  for (let arm = 0; arm < maskBytes * 8; arm++)
    if ((offered[slot * maskBytes + (arm >> 3)]! & (1 << (arm & 7))) !== 0) arms.push(arm);
  return arms;
}
