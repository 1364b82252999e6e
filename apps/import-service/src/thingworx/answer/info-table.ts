/** The base types that our answers use. */
export type BaseType = 'STRING' | 'INTEGER' | 'DATETIME' | 'INFOTABLE';

export interface FieldDefinition {
  readonly name: string;
  readonly description: string;
  readonly baseType: BaseType;
  readonly ordinal: number;
  readonly aspects: Readonly<Record<string, unknown>>;
}

export interface DataShape {
  readonly name: string;
  readonly description: string;
  readonly fieldDefinitions: Readonly<Record<string, FieldDefinition>>;
}

/** ThingWorx' answer to nearly everything: rows, and the shape that they have. */
export interface InfoTable<Row = Readonly<Record<string, unknown>>> {
  readonly dataShape: DataShape;
  readonly rows: readonly Row[];
}

/** A shape from its fields in order: name to base type and description. */
export function dataShape(
  name: string,
  description: string,
  fields: Readonly<Record<string, readonly [BaseType, string]>>,
): DataShape {
  const fieldDefinitions = Object.fromEntries(
    Object.entries(fields).map(([field, [baseType, text]], ordinal) => [
      field,
      { name: field, description: text, baseType, ordinal, aspects: {} },
    ]),
  );
  return { name, description, fieldDefinitions };
}

export function infoTable<Row>(shape: DataShape, rows: readonly Row[]): InfoTable<Row> {
  return { dataShape: shape, rows };
}
