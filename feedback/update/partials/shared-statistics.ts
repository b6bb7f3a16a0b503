import type { ArmStatistics } from '../../../bandit/arm-statistics.js';
import type { Timers } from '../../../core/timers.js';
import type { KeyValueStore } from '../../../features/key-value/key-value.js';
import { storedExamination, storedModel, type StoredStatistics } from '../checkpoint.js';
import { emptyExamination, type ExaminationStatistics } from '../examination-fold.js';
import { emptyStatistics } from '../label-fold.js';
import type { ModelSpec } from '../model-spec.js';
import type { OwnedPartitions } from '../owned-partitions.js';
import type { PublishedStatistics } from '../published-statistics.js';
import { emptyLike, mergeRows, type RowSource } from './merged-rows.js';
import type { PartialHead } from './partial-keys.js';
import { PartialReader } from './partial-reader.js';

/** Rows merged between two turns of the event loop. */
const ROWS_PER_SLICE = 128;
/** Rows asked of the store at once, of all partitions. */
const ROWS_PER_READ = 4_096;

export interface SharedStatisticsOptions {
  readonly store: KeyValueStore;
  /** number of partitions of the log */
  readonly partitions: number;
  /** this learner's own: read where they are */
  readonly owned: Pick<OwnedPartitions, 'find'>;
  readonly models: readonly ModelSpec[];
  /** hash of the context schema */
  readonly schemaHash: string;
  readonly examinationHalfLifeMs: number | undefined;
  readonly timers: Timers;
  /** brings what this learner itself knows up to date in the store: it goes before every look */
  readonly flush: () => Promise<void>;
  /** of memory for rows as others wrote them */
  readonly rowCacheBytes: number;
}

/**
 * The statistics of all partitions, whoever learns them: merged once, and row by row again when a partition's owner has written one. A partition whose
 * owner has not written what it knows counts as it did before.
 */
export class SharedStatistics implements PublishedStatistics {
  readonly #reader: PartialReader;
  readonly #partitions: readonly number[];
  /** the models' in their order, then examination's: as in LearnerPartition */
  #stored: readonly StoredStatistics[] = [];
  #examination: ExaminationStatistics;
  #isLoaded = false;
  /** rows that others have written and that are to be merged anew */
  readonly #due: readonly Set<number>[];
  readonly #touched: readonly Set<number>[];
  readonly #sharedMoved: boolean[];

  constructor(readonly options: SharedStatisticsOptions) {
    const { store, partitions, rowCacheBytes } = options;
    this.#reader = new PartialReader(store, partitions, rowCacheBytes);
    this.#partitions = Array.from({ length: partitions }, (_, partition) => partition);
    this.#examination = this.#empty();
    this.#due = this.#stored.map(() => new Set());
    this.#touched = this.#stored.map(() => new Set());
    this.#sharedMoved = this.#stored.map(() => false);
  }

  /** Takes in what the partitions' owners have written since the last call. @throws what the store throws, `store/corrupt`; the next call goes on */
  async refresh(): Promise<void> {
    await this.options.flush();
    const news = await this.#reader.look();
    if (news === undefined) return;
    if (!this.#isLoaded) {
      this.#reader.accept(news);
      await this.#load();
      return;
    }
    for (const [partition, head] of news) await this.#collect(partition, head);
    this.#reader.accept(news);
    for (const s of this.#stored.keys()) await this.#mergeDue(s);
  }

  drainTouched(m: number): Int32Array {
    const rows = Int32Array.from(this.#touched[m]!).sort();
    this.#touched[m]!.clear();
    return rows;
  }

  sharedMoved(m: number): boolean {
    return this.#sharedMoved[m]!;
  }

  allRows(m: number): Int32Array {
    return Int32Array.from(rowsOf(this.#stored[m]!.arms));
  }

  merged(m: number): ArmStatistics {
    return this.#stored[m]!.arms;
  }

  async mergedShared(m: number): Promise<ArmStatistics> {
    const { shared } = this.#stored[m]!;
    this.#sharedMoved[m] = false;
    try {
      const owns = this.#owns(m);
      const stored = await this.#reader.shared(without(owns), this.#stored[m]!);
      const sources = owns.flatMap((own, partition): RowSource[] => {
        if (own?.shared !== undefined) return [{ kind: 'memory', arms: own.shared }];
        const bytes = stored.get(partition);
        return bytes === undefined ? [] : [{ kind: 'stored', rows: new Map([[0, bytes]]) }];
      });
      mergeRows(shared!, [0], sources);
    } catch (error) {
      this.#sharedMoved[m] = true;
      throw error;
    }
    return shared!;
  }

  examinationMoved(): boolean {
    const touched = this.#touched.slice(this.options.models.length);
    const isMoved = touched.some((rows) => rows.size > 0);
    for (const rows of touched) rows.clear();
    return isMoved;
  }

  mergedExamination(): ExaminationStatistics {
    return this.#examination;
  }

  #empty(): ExaminationStatistics {
    const { models, schemaHash, examinationHalfLifeMs } = this.options;
    const examination = emptyExamination(examinationHalfLifeMs);
    this.#stored = [
      ...models.map((spec) => storedModel(emptyStatistics(spec), schemaHash)),
      ...storedExamination(examination),
    ];
    return examination;
  }

  #own(partition: number, s: number): StoredStatistics | undefined {
    return this.options.owned.find(partition)?.stored[s];
  }

  /** By partition. To be asked once for all that follows: partitions come and go while the store is read. */
  #owns(s: number): (StoredStatistics | undefined)[] {
    return this.#partitions.map((partition) => this.#own(partition, s));
  }

  /** All there is, partition by partition: each row is added up in the same order as when it is merged by itself. */
  async #load(): Promise<void> {
    this.#examination = this.#empty();
    for (const [s, statistics] of this.#stored.entries()) {
      const { arms } = statistics;
      const decoded = emptyLike(arms);
      let merged = 0;
      const add = async (row: number, from: ArmStatistics, fromRow: number): Promise<void> => {
        arms.mergeRow(row, from, fromRow);
        if (++merged % ROWS_PER_SLICE === 0) await this.options.timers.breathe();
      };
      for (const partition of this.#partitions) {
        const own = this.#own(partition, s)?.arms;
        if (own !== undefined) for (const row of rowsOf(own)) await add(row, own, row);
        else
          for await (const [row, bytes] of this.#reader.scan(partition, statistics)) {
            decoded.decodeRow(0, bytes);
            await add(row, decoded, 0);
          }
      }
      arms.drainTouched();
      this.#due[s]!.clear();
      this.#sharedMoved[s] = true;
    }
    this.#isLoaded = true;
  }

  /** Which rows a partition's owner has written since: as it lists them, or all that there are. */
  async #collect(partition: number, head: PartialHead): Promise<void> {
    const changes = await this.#reader.changesSince(partition, head);
    for (const [s, statistics] of this.#stored.entries()) {
      const due = this.#due[s]!;
      if (changes !== undefined) {
        for (const change of changes) for (const row of change[statistics.key] ?? []) due.add(row);
        continue;
      }
      // Those too of which it has nothing any more.
      for (const row of rowsOf(statistics.arms)) due.add(row);
      const own = this.#own(partition, s)?.arms;
      if (own !== undefined) for (const row of rowsOf(own)) due.add(row);
      else for await (const [row] of this.#reader.scan(partition, statistics, head)) due.add(row);
    }
  }

  async #mergeDue(s: number): Promise<void> {
    const statistics = this.#stored[s]!;
    const all = [...this.#due[s]!].sort((a, b) => a - b);
    if (all.length > 0) this.#sharedMoved[s] = true;
    const most = Math.max(1, Math.min(ROWS_PER_SLICE, Math.floor(ROWS_PER_READ / this.#partitions.length)));
    for (let at = 0; at < all.length; at += most) {
      const rows = all.slice(at, at + most);
      const owns = this.#owns(s);
      const stored = await this.#reader.rows(without(owns), statistics, rows);
      const sources = owns.flatMap((own, partition): RowSource[] => {
        if (own !== undefined) return [{ kind: 'memory', arms: own.arms }];
        const found = stored.get(partition);
        return found === undefined ? [] : [{ kind: 'stored', rows: found }];
      });
      mergeRows(statistics.arms, rows, sources);
      for (const row of rows) {
        this.#due[s]!.delete(row);
        this.#touched[s]!.add(row);
      }
      await this.options.timers.breathe();
    }
    statistics.arms.drainTouched();
  }
}

/** The partitions that are others'. */
function without(owns: readonly (StoredStatistics | undefined)[]): number[] {
  return owns.flatMap((own, partition) => (own === undefined ? [partition] : []));
}

function rowsOf(arms: ArmStatistics): number[] {
  return Array.from({ length: arms.rows }, (_, row) => row).filter((row) => arms.has(row));
}
