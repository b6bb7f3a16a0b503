import { asId, type RequestId } from '../../core/ids.js';
import type { JoinSettings } from '../join/join-outcome.js';
import { JoinTable, type JoinTotals } from '../join/join-table.js';
import type { JoinEntries } from './join-entries.js';
import { decodeJoin } from './join-encoding.js';

const SLICE = 500;

/**
 * Brings the joins of a checkpoint of format 1 up to date: every join gets a state that says what it is, and is filed under the time when it may be over.
 * Stopped half-way it begins again; until the header says format 2 nothing counts.
 */
export async function migrateJoins(
  entries: JoinEntries,
  settings: JoinSettings,
  nowMs: number,
): Promise<JoinTotals> {
  await drop(entries, 'expiry/');
  const table = new JoinTable(settings);
  const adopt = async (ids: readonly RequestId[], areDecided: boolean): Promise<void> => {
    const states = await entries.store.getMany(ids.map((id) => entries.joinKey(id)));
    const decisions = await entries.store.getMany(ids.map((id) => entries.decisionKey(id)));
    for (const [i, id] of ids.entries()) {
      const decision = decisions[i];
      if ((decision !== undefined) === areDecided) table.adopt(decodeJoin(id, decision, states[i]));
    }
    await entries.store.write(entries.encode(table.drainChanges(nowMs), []));
    table.resident.saved();
  };
  // A join may have a decision and no state, as nothing had happened to it, or a state and no decision.
  for await (const ids of slices(entries, 'decision/')) await adopt(ids, true);
  for await (const ids of slices(entries, 'join/')) await adopt(ids, false);
  return table.totals;
}

async function* slices({ store, root }: JoinEntries, kind: string): AsyncIterable<RequestId[]> {
  let ids: RequestId[] = [];
  for await (const [key] of store.scan(root + kind)) {
    ids.push(asId(key.slice(root.length + kind.length)));
    if (ids.length < SLICE) continue;
    yield ids;
    ids = [];
  }
  yield ids;
}

async function drop({ store, root }: JoinEntries, kind: string): Promise<void> {
  const deletes: string[] = [];
  for await (const [key] of store.scan(root + kind)) deletes.push(key);
  await store.write({ deletes });
}
