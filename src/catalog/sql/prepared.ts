import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import type { Schema } from './schema.ts';

// Building and compiling a query costs Kysely more than SQLite needs to answer it, so each is compiled once
// a database, with markers in the places of its values.

class Marker {
  readonly name: string;
  readonly index: number;

  constructor(name: string, index: number) {
    this.name = name;
    this.index = index;
  }
}

/** Stands for a value of the call while a query is built. */
export type Param<Params> = <Name extends keyof Params & string>(name: Name) => Params[Name];

/** A query with named values, compiled on first use. */
export interface Prepared<Params, Row> {
  bind(db: Kysely<Schema>, params: Params): CompiledQuery<Row>;
}

export function prepared<Params, Row>(
  build: (db: Kysely<Schema>, param: Param<Params>) => Compilable<Row>,
): Prepared<Params, Row> {
  const compiled = new WeakMap<Kysely<Schema>, CompiledQuery<Row>>();
  return {
    bind(db, params) {
      let template = compiled.get(db);
      if (!template) {
        // The marker takes the type of what it stands for; Kysely only carries it to the parameter list.
        template = build(db, (name) => new Marker(name, 0) as never).compile();
        compiled.set(db, template);
      }
      const values = template.parameters.map((value) =>
        value instanceof Marker ? params[value.name as keyof Params] : value,
      );
      return { ...template, parameters: values };
    },
  };
}

/** A list in a query has one of these lengths, so that few statements serve all; the last value fills it up. */
const LIST_LENGTHS = [1, 4, 16, 64, 256] as const;
const MAX_LIST_LENGTH = 256;

/** A query over a list of values and named ones, compiled once for each list length. */
export interface PreparedList<Item, Params, Row> {
  /** As many queries as the list needs; each item is asked for in one of them. */
  bind(db: Kysely<Schema>, items: readonly Item[], params: Params): CompiledQuery<Row>[];
}

/** `row` turns an item into the values of one tuple of the list. */
export function preparedList<Item, Params, Row>(
  row: (item: Item) => readonly unknown[],
  build: (db: Kysely<Schema>, tuples: readonly (readonly never[])[], param: Param<Params>) => Compilable<Row>,
): PreparedList<Item, Params, Row> {
  const compiled = new WeakMap<Kysely<Schema>, Map<number, CompiledQuery<Row>>>();

  function template(db: Kysely<Schema>, length: number, width: number): CompiledQuery<Row> {
    let byLength = compiled.get(db);
    if (!byLength) compiled.set(db, (byLength = new Map()));
    let query = byLength.get(length);
    if (!query) {
      const tuples = Array.from({ length }, (_, item) =>
        Array.from({ length: width }, (_, column) => new Marker('', item * width + column) as never),
      );
      query = build(db, tuples, (name) => new Marker(name, 0) as never).compile();
      byLength.set(length, query);
    }
    return query;
  }

  return {
    bind(db, items, params) {
      const queries: CompiledQuery<Row>[] = [];
      for (let start = 0; start < items.length; start += MAX_LIST_LENGTH) {
        const tuples = items.slice(start, start + MAX_LIST_LENGTH).map(row);
        const length = LIST_LENGTHS.find((one) => one >= tuples.length) ?? MAX_LIST_LENGTH;
        const last = tuples.at(-1) ?? [];
        while (tuples.length < length) tuples.push(last);
        const flat = tuples.flat();
        const query = template(db, length, last.length);
        const values = query.parameters.map((value) => {
          if (!(value instanceof Marker)) return value;
          return value.name === '' ? flat[value.index] : params[value.name as keyof Params];
        });
        queries.push({ ...query, parameters: values });
      }
      return queries;
    },
  };
}

/** Rows to write, in statements of few lengths. */
export interface PreparedRows<Row> {
  /** As many statements as it takes; each row is in one of them, in the order given. */
  bind(db: Kysely<Schema>, rows: readonly Row[]): CompiledQuery[];
}

export function preparedRows<Row>(
  columns: readonly (keyof Row & string)[],
  build: (db: Kysely<Schema>, rows: readonly Row[]) => Compilable,
): PreparedRows<Row> {
  const compiled = new WeakMap<Kysely<Schema>, Map<number, CompiledQuery>>();

  function template(db: Kysely<Schema>, length: number): CompiledQuery {
    let byLength = compiled.get(db);
    if (!byLength) compiled.set(db, (byLength = new Map()));
    let query = byLength.get(length);
    if (!query) {
      // Markers take the place of values, row by row in the order of the columns.
      const rows = Array.from({ length }, (_, row) =>
        Object.fromEntries(columns.map((column) => [column, new Marker(column, row)])),
      ) as readonly unknown[] as readonly Row[];
      query = build(db, rows).compile();
      byLength.set(length, query);
    }
    return query;
  }

  return {
    bind(db, rows) {
      const queries: CompiledQuery[] = [];
      for (let start = 0; start < rows.length; ) {
        const length = LIST_LENGTHS.findLast((one) => one <= rows.length - start) ?? 1;
        const query = template(db, length);
        const first = start;
        const values = query.parameters.map((value) =>
          value instanceof Marker ? rows[first + value.index]?.[value.name as keyof Row] : value,
        );
        queries.push({ ...query, parameters: values });
        start += length;
      }
      return queries;
    },
  };
}

/** What runs prepared queries: a database, or a transaction on it. */
export interface Executor {
  all<Params, Row>(query: Prepared<Params, Row>, params: Params): Promise<Row[]>;
  /** The first row. */
  first<Params, Row>(query: Prepared<Params, Row>, params: Params): Promise<Row | undefined>;
  run<Params>(query: Prepared<Params, unknown>, params: Params): Promise<void>;
  runAll<Row>(query: PreparedRows<Row>, rows: readonly Row[]): Promise<void>;
  /** Rows of all items together, in no order. */
  list<Item, Params, Row>(
    query: PreparedList<Item, Params, Row>,
    items: readonly Item[],
    params: Params,
  ): Promise<Row[]>;
}

/** `root` compiles, `connection` runs: a transaction uses what its database has compiled already. */
export function executor(root: Kysely<Schema>, connection: Kysely<Schema>): Executor {
  return {
    async all(query, params) {
      return (await connection.executeQuery(query.bind(root, params))).rows;
    },
    async first(query, params) {
      return (await connection.executeQuery(query.bind(root, params))).rows[0];
    },
    async run(query, params) {
      await connection.executeQuery(query.bind(root, params));
    },
    async runAll(query, rows) {
      for (const one of query.bind(root, rows)) await connection.executeQuery(one);
    },
    async list(query, items, params) {
      const results = [];
      for (const one of query.bind(root, items, params)) {
        results.push((await connection.executeQuery(one)).rows);
      }
      return results.length === 1 ? (results[0] ?? []) : results.flat();
    },
  };
}
