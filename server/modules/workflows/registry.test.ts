import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BpmnModdle } from 'bpmn-moddle';
import { describe, expect, it } from 'vitest';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json' with { type: 'json' };
import { ROLES } from '#domain/role.ts';
import { compile } from '../../engines/workflow/embedded/compile.ts';
import { checkForm, parseForm } from '#workflows/define.ts';
import type { ProcessDefinition } from '#workflows/define.ts';
import { jobs, processes } from '#workflows/index.ts';

const read = (url: URL): string => readFileSync(url, 'utf8');
const attribute = (xml: string, tag: string, name: string): string[] =>
  [...xml.matchAll(new RegExp(`<zeebe:${tag}[^>]* ${name}="([^"]*)"`, 'g'))].map((match) => match[1] ?? '');
const folder = fileURLToPath(new URL('../../../workflows/', import.meta.url));

it('ids of processes and job types are unique, and every file with a suffix is listed', () => {
  expect(new Set(processes.map((process) => process.id)).size).toBe(processes.length);
  expect(new Set(jobs.map((job) => job.type)).size).toBe(jobs.length);
  const listed = new Set(
    processes.flatMap((process) => [fileURLToPath(process.bpmn), ...Object.values(process.forms).map((form) => fileURLToPath(form))]),
  );
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(bpmn|form\.json)$/.test(file))
    .map((file) => `${folder}${file}`);
  expect(files.filter((file) => !listed.has(file))).toEqual([]);
  expect(readdirSync(`${folder}jobs`).filter((file) => file.endsWith('.job.ts')).length).toBe(jobs.length);
});

describe.each(processes.map((process): [string, ProcessDefinition] => [process.id, process]))('%s', (id, process) => {
  const xml = read(process.bpmn);

  it('compiles in the embedded engine under its id', async () => {
    const [graph] = await compile(`${id}.bpmn`, xml);
    expect(graph?.id).toBe(id);
  });

  it('has a job for each service task and a form for each form key, and none too many', () => {
    expect([...new Set(attribute(xml, 'taskDefinition', 'type'))].sort()).toEqual(process.jobs.map((job) => job.type).sort());
    expect([...new Set(attribute(xml, 'formDefinition', 'formKey'))].sort()).toEqual(Object.keys(process.forms).sort());
    expect([process.startForm?.key ?? []].flat().filter((key) => !Object.hasOwn(process.forms, key))).toEqual([]);
    for (const group of attribute(xml, 'assignmentDefinition', 'candidateGroups').flatMap((list) =>
      list.split(',').map((role) => role.trim()),
    ))
      expect(ROLES.map((role) => role.id)).toContain(group);
  });

  it('names every element in both languages, the Chinese one as in the diagram', async () => {
    const [graph] = await compile(`${id}.bpmn`, xml);
    const elements = [...(graph?.elements.values() ?? [])].filter((element) => element.id !== id);
    expect(elements.filter((element) => !process.labels[element.id]?.en.trim()).map((element) => element.id)).toEqual([]);
    const named = elements.filter((element) => element.name !== '');
    expect(named.map((element) => [element.id, process.labels[element.id]?.zh])).toEqual(
      named.map((element) => [element.id, element.name]),
    );
    const flows = elements.flatMap((element) => element.outgoing.map((flow) => flow.id));
    const known = new Set([...elements.map((element) => element.id), ...flows]);
    expect(Object.keys(process.labels).filter((key) => !known.has(key))).toEqual([]);
    expect(process.label.zh).not.toBe(process.label.en);
    for (const job of process.jobs) expect(job.label.zh).not.toBe(job.label.en);
  });

  it('has a shape for each element and an edge for each flow, and no shape over another', async () => {
    const { rootElement, warnings } = await new BpmnModdle({ zeebe }).fromXML(xml);
    expect(warnings).toEqual([]);
    const [graph] = await compile(`${id}.bpmn`, xml);
    const elements = [...(graph?.elements.values() ?? [])].filter((element) => element.id !== id);
    expect(rootElement['diagrams']).toHaveLength(1);
    const drawn = [...elements, ...elements.flatMap((element) => element.outgoing)].map((each) => each.id);
    expect(drawn.filter((each) => !xml.includes(`bpmnElement="${each}"`))).toEqual([]);
    const boxes = [
      ...xml.matchAll(/<bpmndi:BPMNShape id="(\w+)_di"[^>]*>\s*<dc:Bounds x="([\d.]+)" y="([\d.]+)" width="(\d+)" height="(\d+)"/g),
    ].map(([, name = '', ...numbers]) => ({ name, box: numbers.map(Number) }));
    const texts = new Map(
      [...elements, ...elements.flatMap((element) => element.outgoing)].map((each) => [each.id, process.labels[each.id]?.zh ?? '']),
    );
    // A label's text stands in the middle of its box, which is often wider: 11 px a Chinese character, 6 px another one.
    const labels = [
      ...xml.matchAll(
        /bpmnElement="(\w+)"[^>]*>(?:(?!<\/bpmndi:BPMN(?:Shape|Edge)>)[\s\S])*?<bpmndi:BPMNLabel>\s*<dc:Bounds x="([-\d.]+)" y="([-\d.]+)" width="(\d+)" height="(\d+)"/g,
      ),
    ].map(([, id = '', x, y, width, height]) => {
      const length = Array.from(texts.get(id) ?? '').reduce((sum, letter) => sum + (/[\u2E80-\uFFFF]/.test(letter) ? 11 : 6), 0);
      return { name: `label of ${id}`, box: [Number(x) + Number(width) / 2 - length / 2, Number(y), length, Number(height)] };
    });
    expect(boxes).toHaveLength(elements.length);
    expect(labels.length).toBeGreaterThan(5);
    const all = [...boxes, ...labels];
    const overlaps = all.flatMap((one, index) =>
      all
        .slice(index + 1)
        .filter((other) => {
          const [ax = 0, ay = 0, aw = 0, ah = 0] = one.box;
          const [bx = 0, by = 0, bw = 0, bh = 0] = other.box;
          const host =
            elements.find((element) => element.id === one.name)?.boundaries.includes(other.name) ||
            elements.find((element) => element.id === other.name)?.boundaries.includes(one.name);
          return !host && ax < bx + bw && bx < ax + aw && ay < by + bh && by < ay + ah;
        })
        .map((other) => `${one.name} over ${other.name}`),
    );
    expect(overlaps).toEqual([]);
  });

  it('has forms that parse, in both languages', () => {
    for (const [key, url] of Object.entries(process.forms)) {
      expect(existsSync(url)).toBe(true);
      const form = parseForm(key, JSON.parse(read(url)));
      expect(form.id).toBe(key);
      for (const field of form.fields) {
        expect(field.label.zh).toMatch(/[\u4E00-\u9FFF]/);
        expect(field.label.en).toMatch(/^[ -~]+$/);
        for (const option of field.options ?? []) expect(option.label.en).toMatch(/^[ -~]+$/);
      }
    }
  });
});

describe('forms', () => {
  const form = parseForm('t', {
    id: 't',
    type: 'default',
    components: [
      {
        id: 'a',
        key: 'action',
        type: 'radio',
        label: '处置',
        validate: { required: true },
        values: [
          { value: 'x', label: '一' },
          { value: 'y', label: '二' },
        ],
        properties: { en: 'Action', optionsEn: { x: 'one', y: 'two' } },
      },
      {
        id: 'n',
        key: 'n',
        type: 'number',
        label: '数',
        validate: { required: true, min: 1, max: 5 },
        conditional: { hide: '= action != "x"' },
        properties: { en: 'Number' },
      },
      { id: 'r', key: 'seen', type: 'textfield', label: '只读', disabled: true, properties: { en: 'Read only' } },
      { id: 'c', key: 'sure', type: 'checkbox', label: '确认', properties: { en: 'Sure' } },
    ],
  });
  it('take their own shown fields only', () => {
    expect(checkForm(form, { action: 'x', n: 3, sure: true })).toEqual({ action: 'x', n: 3, sure: true });
    expect(checkForm(form, { action: 'y', n: 9 })).toEqual({ action: 'y', n: null, sure: false });
  });
  it.each([
    [{}, 'action'],
    [{ action: 'z' }, 'action'],
    [{ action: 'x' }, 'n'],
    [{ action: 'x', n: 9 }, 'n'],
    [{ action: 'x', n: '3' }, 'n'],
    [{ action: 'y', seen: 'forged' }, 'seen'],
    [{ action: 'y', proposer: 'me' }, 'proposer'],
    [{ action: 'y', sure: 'yes' }, 'sure'],
  ])('refuse %j', (given, field) => {
    expect(() => checkForm(form, given)).toThrow(
      expect.objectContaining({ code: 'TASK_FORM_INVALID', place: { path: `variables/${field}` } }),
    );
  });
  it('refuse a file that is none, with its place', () => {
    expect(() => parseForm('f', { id: 'f', type: 'default', components: [{ id: 'a', type: 'html', properties: { en: 'x' } }] })).toThrow(
      expect.objectContaining({ code: 'FORM_INVALID' }),
    );
    expect(() =>
      parseForm('f', {
        id: 'f',
        type: 'default',
        components: [{ id: 'a', key: 'a', type: 'number', label: '数', conditional: { hide: '=now()' }, properties: { en: 'x' } }],
      }),
    ).toThrow(/only/);
  });
});
