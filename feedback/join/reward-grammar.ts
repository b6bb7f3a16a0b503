import type { MathNode } from 'mathjs';
import type { AppError } from '../../core/errors.js';
import type { RewardFields } from './reward-expression.js';

/** One part of a reward expression, as a function of the play. */
export type Compiled = (play: RewardFields) => number;
type Operation = (operands: readonly Compiled[]) => Compiled;

export const REWARD_GRAMMAR =
  'numbers, true, false, watchedSeconds, watchedFraction, + - * / ^, < <= > >= == !=, and, or, not, a ? b : c, min, max, if';

const FIELDS: Readonly<Record<string, Compiled>> = {
  watchedSeconds: (play) => play.watchedSeconds,
  watchedFraction: (play) => play.watchedFraction,
};

const unary =
  (apply: (a: number) => number): Operation =>
  ([a]) =>
  (play) =>
    apply(a!(play));

const binary =
  (apply: (a: number, b: number) => number): Operation =>
  ([a, b]) =>
  (play) =>
    apply(a!(play), b!(play));

const truth = (value: boolean): number => (value ? 1 : 0);

/** by mathjs' name of the operator: how many operands it takes, and what it does */
const OPERATORS: Readonly<Record<string, readonly [operands: number, operation: Operation]>> = {
  add: [2, binary((a, b) => a + b)],
  subtract: [2, binary((a, b) => a - b)],
  multiply: [2, binary((a, b) => a * b)],
  divide: [2, binary((a, b) => a / b)],
  pow: [2, binary((a, b) => a ** b)],
  unaryMinus: [1, unary((a) => -a)],
  unaryPlus: [1, unary((a) => a)],
  smaller: [2, binary((a, b) => truth(a < b))],
  smallerEq: [2, binary((a, b) => truth(a <= b))],
  larger: [2, binary((a, b) => truth(a > b))],
  largerEq: [2, binary((a, b) => truth(a >= b))],
  equal: [2, binary((a, b) => truth(a === b))],
  unequal: [2, binary((a, b) => truth(a !== b))],
  and: [
    2,
    ([a, b]) =>
      (play) =>
        truth(a!(play) !== 0 && b!(play) !== 0),
  ],
  or: [
    2,
    ([a, b]) =>
      (play) =>
        truth(a!(play) !== 0 || b!(play) !== 0),
  ],
  not: [1, unary((a) => truth(a === 0))],
};

const choose: Operation =
  ([condition, yes, no]) =>
  (play) =>
    condition!(play) !== 0 ? yes!(play) : no!(play);

/** functions: least and most operands */
const FUNCTIONS: Readonly<Record<string, readonly [least: number, most: number, operation: Operation]>> = {
  min: [1, 20, (all) => (play) => all.reduce((least, one) => Math.min(least, one(play)), Infinity)],
  max: [1, 20, (all) => (play) => all.reduce((most, one) => Math.max(most, one(play)), -Infinity)],
  if: [3, 3, choose],
};

/**
 * Compiles an allowed tree. Anything that is not on the lists above, whatever it is, is refused: mathjs may learn new node types.
 *
 * @param refuse makes the error for a part that is not allowed
 */
export function compileNode(node: MathNode, refuse: (found: string) => AppError): Compiled {
  const compileAll = (nodes: readonly MathNode[]): Compiled[] =>
    nodes.map((child) => compileNode(child, refuse));
  const found = (): string =>
    `${node.type.replace(/Node$/, '').toLowerCase()} "${node.toString().slice(0, 60)}"`;
  if (isType(node, 'ConstantNode')) return compileConstant(node.value, () => refuse(found()));
  if (isType(node, 'SymbolNode')) {
    const field = own(FIELDS, node.name);
    if (field === undefined) throw refuse(`the name "${node.name.slice(0, 60)}"`);
    return field;
  }
  if (isType(node, 'ParenthesisNode')) return compileNode(node.content, refuse);
  if (isType(node, 'ConditionalNode'))
    return choose(compileAll([node.condition, node.trueExpr, node.falseExpr]));
  if (isType(node, 'OperatorNode')) {
    const operator = own(OPERATORS, node.fn);
    // "2 watchedSeconds" is more often a slip than a product.
    if (operator?.[0] !== node.args.length || node.implicit) throw refuse(found());
    return operator[1](compileAll(node.args));
  }
  if (isType(node, 'FunctionNode')) return compileCall(node, compileAll, () => refuse(found()));
  throw refuse(found());
}

interface Nodes {
  ConstantNode: MathNode & { readonly value: unknown };
  SymbolNode: MathNode & { readonly name: string };
  ParenthesisNode: MathNode & { readonly content: MathNode };
  ConditionalNode: MathNode & {
    readonly condition: MathNode;
    readonly trueExpr: MathNode;
    readonly falseExpr: MathNode;
  };
  OperatorNode: MathNode & {
    readonly fn: string;
    readonly implicit: boolean;
    readonly args: readonly MathNode[];
  };
  FunctionNode: MathNode & { readonly fn: MathNode; readonly args: readonly MathNode[] };
}

function isType<T extends keyof Nodes>(node: MathNode, type: T): node is Nodes[T] {
  return node.type === type;
}

function compileConstant(value: unknown, refuse: () => AppError): Compiled {
  if (typeof value === 'boolean') return value ? () => 1 : () => 0;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw refuse();
  return () => value;
}

function compileCall(
  node: Nodes['FunctionNode'],
  compileAll: (nodes: readonly MathNode[]) => Compiled[],
  refuse: () => AppError,
): Compiled {
  // A method call's callee also has a name; only a bare symbol is a function of ours.
  const call = isType(node.fn, 'SymbolNode') ? own(FUNCTIONS, node.fn.name) : undefined;
  if (call === undefined || node.args.length < call[0] || node.args.length > call[1]) throw refuse();
  return call[2](compileAll(node.args));
}

/** Own properties only: "constructor" is a name like any other. */
function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
