import type { Expression, Scalar } from './definition.ts';
import { malformed } from './read.ts';

/** Reads a number of a tag: the present one, or the last good one. Undefined if there is none. */
export type NumberOf = (tag: string) => number | undefined;

/** A compiled limit: `tags` that it reads, and its value, undefined while a tag is missing or bad. */
export interface CompiledExpression {
  readonly tags: readonly string[];
  readonly constant?: number;
  value(of: NumberOf): number | undefined;
}

type Node = (of: NumberOf) => number | undefined;
const TOKEN = /\s*(?:([\p{L}\p{N}_][\p{L}\p{N}_.]*)|([-+*/()]))/uy;
const NUMERAL = /^\d+(?:\.\d+)?$/;

function tokens(source: string, path: string): string[] {
  const found: string[] = [];
  const end = source.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (!match) return malformed(path, `is no expression: "${source.slice(from).trim()}"`);
    found.push(match[1] ?? match[2] ?? '');
  }
  return found.length > 0 && found.length <= 100 ? found : malformed(path, 'is no expression of at most 100 parts');
}

const binary =
  (a: Node, b: Node, op: (x: number, y: number) => number): Node =>
  (of) => {
    const [x, y] = [a(of), b(of)];
    const value = x === undefined || y === undefined ? Number.NaN : op(x, y);
    return Number.isFinite(value) ? value : undefined;
  };
const SUM: ReadonlyMap<string, (x: number, y: number) => number> = new Map([
  ['+', (x: number, y: number) => x + y],
  ['-', (x: number, y: number) => x - y],
]);
const PRODUCT: ReadonlyMap<string, (x: number, y: number) => number> = new Map([
  ['*', (x: number, y: number) => x * y],
  ['/', (x: number, y: number) => x / y],
]);

class Parser {
  readonly #tokens: readonly string[];
  readonly #path: string;
  readonly #leaf: (name: string) => Node;
  #next = 0;

  constructor(source: string, path: string, leaf: (name: string) => Node) {
    this.#tokens = tokens(source, path);
    this.#path = path;
    this.#leaf = leaf;
  }

  parse(): Node {
    const node = this.#chain(SUM, () => this.#chain(PRODUCT, () => this.#factor()));
    return this.#next === this.#tokens.length ? node : malformed(this.#path, `is no expression: unexpected "${this.#tokens[this.#next]}"`);
  }

  #chain(ops: typeof SUM, part: () => Node): Node {
    let node = part();
    for (let op = ops.get(this.#tokens[this.#next] ?? ''); op; op = ops.get(this.#tokens[this.#next] ?? '')) {
      this.#next += 1;
      node = binary(node, part(), op);
    }
    return node;
  }

  #factor(): Node {
    const token = this.#tokens[this.#next];
    this.#next += 1;
    if (token === undefined || '+*/)'.includes(token)) return malformed(this.#path, 'is no expression: a value is missing');
    if (token === '-')
      return binary(
        () => 0,
        this.#factor(),
        (x, y) => x - y,
      );
    if (token === '(') {
      const node = this.#chain(SUM, () => this.#chain(PRODUCT, () => this.#factor()));
      if (this.#tokens[this.#next] !== ')') return malformed(this.#path, 'is no expression: ")" is missing');
      this.#next += 1;
      return node;
    }
    return NUMERAL.test(token) ? () => Number(token) : this.#leaf(token);
  }
}

/** Compiles a limit. @throws Problem RULE_INVALID with the path */
export function compileExpression(expression: Expression, params: ReadonlyMap<string, Scalar>, path: string): CompiledExpression {
  if (typeof expression === 'number') return { tags: [], constant: expression, value: () => expression };
  const tags = new Set<string>();
  const leaf = (name: string): Node => {
    const param = params.get(name);
    if (param !== undefined) return typeof param === 'number' ? () => param : malformed(path, `the parameter ${name} is no number`);
    tags.add(name);
    return (of) => of(name);
  };
  if ('param' in expression) {
    const value = params.get(expression.param);
    if (typeof value !== 'number') return malformed(path, `names no parameter that is a number: ${expression.param}`);
    return { tags: [], constant: value, value: () => value };
  }
  const node = 'expression' in expression ? new Parser(expression.expression, path, leaf).parse() : leaf(expression.fact);
  const constant = tags.size === 0 ? (node(() => undefined) ?? malformed(path, 'is no finite number')) : undefined;
  return { tags: [...tags], value: node, ...(constant === undefined ? {} : { constant }) };
}
