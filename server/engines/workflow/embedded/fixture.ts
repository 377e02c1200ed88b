/** Builds small BPMN models for tests: elements as XML, flows as `id: source -> target [condition]`. */
export function model(
  elements: readonly string[],
  flows: readonly string[],
  options: { readonly id?: string; readonly roots?: string } = {},
): string {
  const parsed = flows.map((line) => {
    const [, id = '', source = '', target = '', condition] = /^(\S+): (\S+) -> (\S+)(?: \[(.*)\])?$/.exec(line) ?? [];
    return { id, source, target, condition };
  });
  const withTags = elements
    .map((element) =>
      element.replace(/<bpmn:(\w+) id="([^"]+)"([^>]*?)(\/?)>/, (_all, type: string, id: string, rest: string, closed: string) => {
        const tags = parsed
          .flatMap((flow) => [
            ...(flow.target === id ? [`<bpmn:incoming>${flow.id}</bpmn:incoming>`] : []),
            ...(flow.source === id ? [`<bpmn:outgoing>${flow.id}</bpmn:outgoing>`] : []),
          ])
          .join('');
        return closed ? `<bpmn:${type} id="${id}"${rest}>${tags}</bpmn:${type}>` : `<bpmn:${type} id="${id}"${rest}>@@${tags}`;
      }),
    )
    .map((element) => {
      // Extension elements stand before incoming and outgoing.
      const [, open = '', tags = '', rest = ''] =
        /^(.*?)@@((?:<bpmn:(?:incoming|outgoing)>.*?<\/bpmn:(?:incoming|outgoing)>)*)(.*)$/s.exec(element) ?? [];
      if (open === '') return element;
      const extension = /^<bpmn:extensionElements>.*?<\/bpmn:extensionElements>/s.exec(rest)?.[0] ?? '';
      return open + extension + tags + rest.slice(extension.length);
    });
  const sequence = parsed.map(
    (flow) =>
      `<bpmn:sequenceFlow id="${flow.id}" sourceRef="${flow.source}" targetRef="${flow.target}">${flow.condition ? `<bpmn:conditionExpression>=${flow.condition.replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</bpmn:conditionExpression>` : ''}</bpmn:sequenceFlow>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="defs" targetNamespace="http://nuanliu">
${options.roots ?? ''}<bpmn:process id="${options.id ?? 'p'}" isExecutable="true">
${withTags.join('\n')}
${sequence.join('\n')}
</bpmn:process></bpmn:definitions>`;
}

const ext = (content: string): string => `<bpmn:extensionElements>${content}</bpmn:extensionElements>`;
export const start = '<bpmn:startEvent id="s"/>';
export const end = (id = 'e'): string => `<bpmn:endEvent id="${id}"/>`;
export const service = (id: string, type = id, extra = ''): string =>
  `<bpmn:serviceTask id="${id}">${ext(`<zeebe:taskDefinition type="${type}" retries="1"/>${extra}`)}</bpmn:serviceTask>`;
export const user = (id: string, extra = ''): string =>
  `<bpmn:userTask id="${id}">${ext(`<zeebe:assignmentDefinition candidateGroups="manager"/>${extra}`)}</bpmn:userTask>`;
export const script = (id: string, expression: string, result: string): string =>
  `<bpmn:scriptTask id="${id}">${ext(`<zeebe:script expression="=${expression.replaceAll('"', '&quot;').replaceAll('<', '&lt;')}" resultVariable="${result}"/>`)}</bpmn:scriptTask>`;
export const gateway = (id: string, kind: 'parallel' | 'exclusive', attributes = ''): string =>
  `<bpmn:${kind}Gateway id="${id}"${attributes}/>`;
export const boundaryTimer = (id: string, host: string, duration: string, interrupting = true): string =>
  `<bpmn:boundaryEvent id="${id}" attachedToRef="${host}" cancelActivity="${interrupting}"><bpmn:timerEventDefinition><bpmn:timeDuration>${duration}</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>`;
export const mapping = (inputs: readonly (readonly [string, string])[], outputs: readonly (readonly [string, string])[] = []): string =>
  `<zeebe:ioMapping>${inputs.map(([source, target]) => `<zeebe:input source="=${source}" target="${target}"/>`).join('')}${outputs.map(([source, target]) => `<zeebe:output source="=${source}" target="${target}"/>`).join('')}</zeebe:ioMapping>`;
