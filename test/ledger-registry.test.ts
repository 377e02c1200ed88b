import { describe, expect, it } from 'vitest';
import { typeFaults } from '#domain/ledger/check-type.ts';
import { parseCodeRule } from '#domain/ledger/code.ts';
import { isMasked } from '#domain/ledger/definition.ts';
import { checkRecord } from '#domain/ledger/record.ts';
import { demoPlant } from '#plants/demo.ts';
import { plantRecords } from '#plants/demo-records.ts';
import { parseLedgerType } from '#server/modules/ledgers/catalogue.ts';
import { ledgerTypes } from '#ledgers/index.ts';

describe('the shipped record types', () => {
  const known = new Set(ledgerTypes.map((type) => type.id));

  it.each(ledgerTypes.map((type) => [type.id, type] as const))('%s fits the schema and names only what there is', (_id, type) => {
    expect(parseLedgerType(JSON.parse(JSON.stringify(type)))).toEqual(type);
    expect(typeFaults(type, known).map((fault) => `${fault.place?.path}: ${fault.message}`)).toEqual([]);
  });

  it('have ids, places and code rules of their own', () => {
    expect(known.size).toBe(ledgerTypes.length);
    expect(new Set(ledgerTypes.map((type) => type.order)).size).toBe(ledgerTypes.length);
    expect(new Set(ledgerTypes.map((type) => type.code)).size).toBe(ledgerTypes.length);
    for (const type of ledgerTypes) expect(parseCodeRule(type.code).digits).toBeGreaterThan(1);
  });

  it('mask every personal field', () => {
    const personal = ledgerTypes.flatMap((type) =>
      Object.entries(type.fields).flatMap(([name, field]) => (field.class === 'personal' ? [[`${type.id}.${name}`, isMasked(field)]] : [])),
    );
    expect(personal.length).toBeGreaterThan(15);
    expect(personal.filter(([, masked]) => masked !== true)).toEqual([]);
  });

  it('cover what smart-heating 6.1.1.1 a asks for', () => {
    const asked = [
      'enterprise',
      'responsible-person',
      'heat-source',
      'boiler',
      'pump',
      'station',
      'unit',
      'community',
      'household',
      'room-collector',
    ];
    expect(asked.filter((id) => !known.has(id))).toEqual([]);
  });
});

describe('the records of the demo plant', () => {
  const records = plantRecords(demoPlant);

  it('are each once, and refer only to one another', () => {
    const keys = new Set(records.map((one) => `${one.type}/${one.code}`));
    expect(keys.size).toBe(records.length);
    const lost = records.flatMap(({ type, code, values }) => {
      const fields = ledgerTypes.find((one) => one.id === type)?.fields ?? {};
      return Object.entries(values).flatMap(([name, value]) => {
        const field = fields[name];
        return field?.type === 'reference' && !keys.has(`${field.ledger}/${String(value)}`) ? [`${type}/${code}.${name}`] : [];
      });
    });
    expect(lost).toEqual([]);
  });

  it('fit their types, with no value twice that must be one alone', () => {
    const taken = new Set<string>();
    const faults = records.flatMap(({ type: id, code, values }) => {
      const type = ledgerTypes.find((one) => one.id === id);
      if (!type) return [`there is no ${id}`];
      const twice = Object.entries(values).flatMap(([name, value]) => {
        const key = `${id}.${name}=${JSON.stringify(value)}`;
        const isTwice = type.fields[name]?.unique === true && taken.has(key);
        taken.add(key);
        return isTwice ? [key] : [];
      });
      return [...twice, ...checkRecord(type, values).faults.map((fault) => `${id}/${code} ${fault.field} ${fault.text.en}`)];
    });
    expect(faults).toEqual([]);
  });
});
