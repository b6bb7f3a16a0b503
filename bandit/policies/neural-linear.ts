import { AppError } from '../../core/errors.js';
import { MAX_ARMS, type Model, type Policy, type Slate } from '../policy.js';
import { checkRepresentation, spaceOf, type Representation } from '../representation.js';
import { corrupt } from './fitted-bytes.js';
import { checkSlate } from './slate-check.js';

/** A head's model, fitted in one representation. */
export interface RepresentedModel<M extends Model = Model> extends Model {
  readonly head: M;
}

/**
 * Fitted bytes are the head's behind a header that names the representation, little-endian, version 1:
 *
 *   u32 magic "MQNL" · u8 version · u8 length of the name · u16 inputDimension · u32 representation version · name in ASCII, zeros up to a multiple of 4 · the head's bytes
 */
const MAGIC = 0x4c4e514d;
const VERSION = 1;
const HEADER_BYTES = 12;

/**
 * Neural-linear: a linear policy, exploration and all, on top of what a network (or any other φ) makes of the context.
 *
 *   z = φ(x),   everything else as the head has it, with z for x
 *
 * The network learns slowly and offline what contexts have in common; the head learns at once and exactly what each artwork makes of it, and knows how sure it is. Shines
 * where rewards depend on combinations of features; where x is already such a product (as here, member ⊙ artwork), the head alone is as good. The
 * uncertainty is the head's, given φ: what φ does not tell apart it cannot doubt. O(cost of φ) more than the head.
 *
 * `dimension` is that of z: statistics and prior live there (make them with `statisticsOf`, which notes the representation), slates come in x and are transformed when scored. Both sums
 * and fitted bytes belong to one representation: with another version they are refused, and the sums are to be made again from the log.
 *
 * @param head any policy whose dimension is the representation's
 * @returns a policy of the head's name, floor and replicates
 * @throws AppError `bandit/bad-setting`; fitting and applying: `bandit/wrong-representation`; else what the head throws
 * @see Riquelme, Tucker & Snoek, Deep Bayesian Bandits Showdown, ICLR 2018, arXiv:1802.09127, §4.2
 * @example neuralLinear(identityRepresentation(4), linearThompson({ dimension: 4 })).dimension // => 4
 */
export function neuralLinear<M extends Model>(
  representation: Representation,
  head: Policy<M>,
): Policy<RepresentedModel<M>> {
  checkRepresentation(representation);
  const { inputDimension, dimension } = representation;
  if (head.dimension !== dimension || head.representation !== undefined) {
    throw new AppError(
      'bandit/bad-setting',
      `${head.name} has d = ${head.dimension}; expected d = ${dimension}, and contexts that are not transformed twice`,
    );
  }
  const transformed: { -readonly [K in keyof Slate]: Slate[K] } = {
    size: 0,
    rows: new Int32Array(0),
    contexts: new Float32Array(MAX_ARMS * dimension),
  };
  return {
    name: head.name,
    floor: head.floor,
    dimension,
    ...(head.replicates === undefined ? {} : { replicates: head.replicates }),
    representation,
    emptyModel: () => represented(head.emptyModel()),
    fit(statistics, prior, rows) {
      checkSpace(representation, statistics.space);
      return withHeader(representation, head.fit(statistics, prior, rows));
    },
    apply(model, fitted) {
      head.apply(model.head, withoutHeader(representation, fitted));
    },
    score(model, slate, scores) {
      checkSlate(slate, inputDimension, scores);
      representation.transform(slate.contexts, slate.size, transformed.contexts);
      transformed.size = slate.size;
      transformed.rows = slate.rows;
      head.score(model.head, transformed, scores);
    },
  };
}

function represented<M extends Model>(head: M): RepresentedModel<M> {
  return {
    head,
    get rows() {
      return head.rows;
    },
    get byteLength() {
      return head.byteLength;
    },
  };
}

function withHeader({ name, version, inputDimension }: Representation, head: Uint8Array): Uint8Array {
  const headAt = HEADER_BYTES + paddedLength(name.length);
  const bytes = new Uint8Array(headAt + head.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, VERSION);
  view.setUint8(5, name.length);
  view.setUint16(6, inputDimension, true);
  view.setUint32(8, version, true);
  bytes.set(new TextEncoder().encode(name), HEADER_BYTES);
  bytes.set(head, headAt);
  return bytes;
}

/** @throws AppError `snapshot/corrupt` | `bandit/wrong-representation` */
function withoutHeader(representation: Representation, fitted: Uint8Array): Uint8Array {
  if (fitted.length < HEADER_BYTES) corrupt(`${fitted.length} bytes; expected at least ${HEADER_BYTES}`);
  const view = new DataView(fitted.buffer, fitted.byteOffset, fitted.byteLength);
  if (view.getUint32(0, true) !== MAGIC || view.getUint8(4) !== VERSION)
    corrupt(`begins ${fitted.subarray(0, 5).join(' ')}; expected "MQNL" version ${VERSION}`);
  const length = view.getUint8(5);
  const headAt = HEADER_BYTES + paddedLength(length);
  if (fitted.length < headAt) corrupt(`${fitted.length} bytes; expected at least ${headAt}`);
  const name = String.fromCharCode(...fitted.subarray(HEADER_BYTES, HEADER_BYTES + length));
  checkSpace(representation, spaceOf({ name, version: view.getUint32(8, true) }));
  const padding = fitted.subarray(HEADER_BYTES + length, headAt);
  const inputDimension = view.getUint16(6, true);
  if (inputDimension !== representation.inputDimension || padding.some((byte) => byte !== 0))
    corrupt(`contexts of ${inputDimension} entries; expected ${representation.inputDimension}, then zeros`);
  return fitted.subarray(headAt);
}

function checkSpace(representation: Representation, space: string): void {
  const expected = spaceOf(representation);
  if (space !== expected) {
    throw new AppError(
      'bandit/wrong-representation',
      `learned in ${space === '' ? 'contexts as they are' : space}; expected ${expected}: what was learned in another representation is to be learned again from the log`,
    );
  }
}

function paddedLength(length: number): number {
  return Math.ceil(length / 4) * 4;
}
