import { isProblem, Problem } from '../errors.ts';
import { parseCodeRule } from './code.ts';
import type { LedgerField, LedgerType } from './definition.ts';
import { RESERVED } from './list.ts';

const fault = (path: string, detail: string): Problem => new Problem('LEDGER_TYPE_INVALID', 422, detail, { place: { path } });

function fieldFaults(name: string, field: LedgerField): Problem[] {
  const path = `fields.${name}`;
  const faults: Problem[] = name in RESERVED || name === 'ver' ? [fault(path, `the name "${name}" is taken`)] : [];
  if (field.type === 'text' && field.pattern !== undefined) {
    try {
      RegExp(`^(?:${field.pattern})$`, 'u');
    } catch (error) {
      faults.push(fault(`${path}.pattern`, error instanceof Error ? error.message : 'no regular expression'));
    }
    // Nested repetition can run for minutes on a short text.
    if (/[+*}]\)*[+*{]/.test(field.pattern)) faults.push(fault(`${path}.pattern`, 'a repetition must not stand in a repetition'));
  }
  if ((field.type === 'number' || field.type === 'integer') && field.min !== undefined && field.max !== undefined && field.min > field.max)
    faults.push(fault(`${path}.min`, `min ${field.min} is above max ${field.max}`));
  if (field.type === 'enum') {
    const values = field.options.map((option) => option.value);
    if (new Set(values).size < values.length) faults.push(fault(`${path}.options`, 'a value stands twice'));
  }
  if (field.unique === true && !['text', 'integer', 'reference'].includes(field.type))
    faults.push(fault(`${path}.unique`, `a ${field.type} cannot be unique`));
  return faults;
}

function layoutFaults(type: LedgerType): Problem[] {
  const names = new Set(Object.keys(type.fields));
  const placed = type.groups.flatMap((group) => group.fields);
  const known = (name: string, path: string): Problem[] => (names.has(name) ? [] : [fault(path, `there is no field "${name}"`)]);
  return [
    ...placed.flatMap((name, index) => [
      ...known(name, 'groups'),
      ...(placed.indexOf(name) < index ? [fault('groups', `the field "${name}" stands twice`)] : []),
    ]),
    ...[...names].filter((name) => !placed.includes(name)).map((name) => fault('groups', `the field "${name}" is in no group`)),
    ...known(type.title, 'title'),
    ...type.columns.flatMap((name) => known(name, 'columns')),
    ...(type.checks ?? []).flatMap((check, index) =>
      [check.field, check.atLeast?.field, check.moreThan?.field, ...Object.keys(check.when ?? {})].flatMap((name) =>
        name === undefined ? [] : known(name, `checks[${index}]`),
      ),
    ),
  ];
}

function codeFaults(type: LedgerType): Problem[] {
  try {
    const { parent } = parseCodeRule(type.code);
    if (parent === undefined) return [];
    const field = type.fields[parent];
    if (field?.type !== 'reference' || field.required !== true)
      return [fault('code', `"${parent}" in the code rule must be a required reference`)];
    return [];
  } catch (error) {
    if (isProblem(error)) return [error];
    throw error;
  }
}

/** Everything about a type that its schema cannot say; empty = good. `known`: ids of the types that there are. */
export function typeFaults(type: LedgerType, known: ReadonlySet<string>): Problem[] {
  const references = Object.entries(type.fields).flatMap(([name, field]) =>
    field.type === 'reference' && field.ledger !== type.id && !known.has(field.ledger)
      ? [fault(`fields.${name}.ledger`, `there is no record type "${field.ledger}"`)]
      : [],
  );
  return [
    ...codeFaults(type),
    ...Object.entries(type.fields).flatMap(([name, field]) => fieldFaults(name, field)),
    ...layoutFaults(type),
    ...references,
  ];
}
