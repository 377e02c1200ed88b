import { describe, expect, it } from 'vitest';
import { ModelRejected } from '../port.ts';
import { compile } from './compile.ts';
import { end, gateway, model, service, start, user } from './fixture.ts';

async function problems(xml: string): Promise<string[]> {
  try {
    await compile('x.bpmn', xml);
    return [];
  } catch (error) {
    if (!(error instanceof ModelRejected)) throw error;
    return error.problems.map((problem) => `${problem.element}: ${problem.message}`);
  }
}
const good = model([start, service('a'), end()], ['f0: s -> a', 'f1: a -> e']);
const with_ = (element: string, flows: readonly string[] = ['f0: s -> t', 'f1: t -> e']): string => model([start, element, end()], flows);

describe('hostile text', () => {
  it.each([
    ['a document type', good.replace('<bpmn:definitions', '<!DOCTYPE x [<!ENTITY a "b">]><bpmn:definitions'), /document type/],
    ['more than 2 MiB', good.replace('</bpmn:process>', `<!--${'x'.repeat(2_100_000)}--></bpmn:process>`), /larger than/],
    ['more than 2000 elements', model([start, ...Array.from({ length: 2001 }, (_, n) => user(`u${n}`))], []), /More than 2000/],
    ['deep nesting', good.replace('</bpmn:process>', `${'<a>'.repeat(100)}${'</a>'.repeat(100)}</bpmn:process>`), /nested deeper/],
    ['duplicate ids', with_('<bpmn:task id="s"/>', []), /used more than once|duplicate/i],
    [
      'unknown extension elements',
      with_('<bpmn:task id="t"><bpmn:extensionElements><evil xmlns="http://x"/></bpmn:extensionElements></bpmn:task>'),
      /Unknown extension|not supported/,
    ],
    [
      'a native user task',
      with_('<bpmn:userTask id="t"><bpmn:extensionElements><zeebe:userTask/></bpmn:extensionElements></bpmn:userTask>'),
      /Unknown extension element 'zeebe:UserTask'/,
    ],
    ['text that is no XML', 'hello', /./],
    ['no executable process', good.replace('isExecutable="true"', ''), /executable process/],
  ])('refuses %s', async (_name, xml, reason) => {
    expect((await problems(xml)).join('\n')).toMatch(reason);
  });

  it('is looked at in a time that grows with its length only', async () => {
    const began = performance.now();
    await problems('<a'.repeat(1_000_000));
    await problems('<a "'.repeat(500_000));
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('takes ids that are names of prototypes as plain ids', async () => {
    const [graph] = await compile(
      'x',
      model(
        [start, user('__proto__'), user('constructor'), end()],
        ['f0: s -> __proto__', 'f1: __proto__ -> constructor', 'f2: constructor -> e'],
      ),
    );
    expect(graph?.elements.get('__proto__')?.type).toBe('userTask');
    expect(graph?.elements.get('toString')).toBeUndefined();
  });
});

describe('what is not supported', () => {
  it.each([
    ['<bpmn:complexGateway id="t"/>', "t: Elements of type 'ComplexGateway' are not supported"],
    ['<bpmn:inclusiveGateway id="t"/>', "t: Elements of type 'InclusiveGateway' are not supported"],
    ['<bpmn:callActivity id="t"/>', "t: Elements of type 'CallActivity' are not supported"],
    ['<bpmn:transaction id="t"/>', "t: Elements of type 'Transaction' are not supported"],
    ['<bpmn:adHocSubProcess id="t"/>', "t: Elements of type 'AdHocSubProcess' are not supported"],
    ['<bpmn:serviceTask id="t"/>', "t: Must have exactly one 'zeebe:taskDefinition' extension element"],
    ['<bpmn:scriptTask id="t"/>', "t: Must have either one 'zeebe:script' or one 'zeebe:taskDefinition' extension element"],
    ['<bpmn:task id="t"><bpmn:standardLoopCharacteristics/></bpmn:task>', 't: Loop characteristics are not supported'],
    ['<bpmn:task id="t" startQuantity="2"/>', "t: The attribute 'startQuantity' is not supported"],
    ['<bpmn:intermediateCatchEvent id="t"/>', 't: Must have exactly one event definition'],
    [
      '<bpmn:intermediateCatchEvent id="t"><bpmn:timerEventDefinition><bpmn:timeCycle>R/PT1S</bpmn:timeCycle></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>',
      't: Intermediate timer catch event must have a time duration or a time date',
    ],
    [
      '<bpmn:intermediateCatchEvent id="t"><bpmn:timerEventDefinition><bpmn:timeDuration>soon</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>',
      "t: Invalid timer duration expression: 'soon'",
    ],
    [
      '<bpmn:intermediateThrowEvent id="t"><bpmn:signalEventDefinition/></bpmn:intermediateThrowEvent>',
      't: Event definition must be one of: message',
    ],
  ])('%s', async (element, message) => {
    expect(await problems(with_(element))).toContain(message);
  });

  it('flows: conditions out of a task, a gateway without condition or default, a broken expression, a loop that never waits', async () => {
    expect(await problems(with_('<bpmn:task id="t"/>', ['f0: s -> t', 'f1: t -> e [true]']))).toEqual([
      'f1: Conditional sequence flows are only supported at an exclusive gateway',
    ]);
    expect(
      await problems(model([start, gateway('x', 'exclusive'), end('a'), end('b')], ['f0: s -> x', 'f1: x -> a', 'f2: x -> b [true]'])),
    ).toEqual(['f1: Must have a condition or be default flow']);
    expect(
      (
        await problems(
          model([start, gateway('x', 'exclusive'), end('a'), end('b')], ['f0: s -> x', 'f1: x -> a [a +]', 'f2: x -> b [true]']),
        )
      )[0],
    ).toMatch(/^f1: failed to parse expression 'a \+'/);
    expect(
      await problems(model([start, gateway('x', 'exclusive'), '<bpmn:task id="t"/>'], ['f0: s -> x', 'f1: x -> t', 'f2: t -> x'])),
    ).toContain('x: Processes are not allowed to contain any straight-through processing loop');
  });

  it('accepts a good model and compiles it to its graph', async () => {
    const [graph] = await compile('x', good);
    expect([...(graph?.elements.keys() ?? [])]).toEqual(['p', 's', 'a', 'e']);
    expect(graph?.elements.get('a')).toMatchObject({ job: { type: { text: 'a' } }, outgoing: [{ id: 'f1', target: 'e' }] });
  });
});
