import { find } from './instance.ts';
import type { ElementInstance, Instance } from './instance.ts';
import type { Fault, Step } from './step.ts';

/** The incident of an error that nobody catches, in Zeebe's wording. */
export function uncaught(step: Step, instance: Instance, at: ElementInstance, code: string, message: string): Fault {
  const codes = new Set<string>();
  for (let scope: ElementInstance | undefined = at; scope; scope = find(instance, scope.scope)) {
    for (const id of step.element(instance, scope.element).boundaries) {
      const { event } = step.element(instance, id);
      if (event.kind === 'error' && event.code && 'text' in event.code) codes.add(event.code.text);
    }
  }
  const available =
    codes.size > 0 ? `Available error events are [${[...codes].join(', ')}]` : 'No error events are available in the scope.';
  return {
    type: 'UNHANDLED_ERROR_EVENT',
    message: `Expected to throw an error event with the code '${code}'${message ? ` with message '${message}'` : ''}, but it was not caught. ${available}`,
  };
}

/** The boundary event that catches an error: of the element, then of each scope around it; a code before catch-all. */
export function findCatch(
  step: Step,
  instance: Instance,
  from: ElementInstance,
  code: string,
): { readonly host: ElementInstance; readonly event: string } | undefined {
  for (let host: ElementInstance | undefined = from; host; host = find(instance, host.scope)) {
    const at = host;
    const events = step
      .element(instance, host.element)
      .boundaries.map((id) => step.element(instance, id))
      .filter((each) => each.event.kind === 'error');
    const exact = events.find(
      (each) =>
        each.event.kind === 'error' && each.event.code !== undefined && step.evaluateText(each.event.code, instance, at.key) === code,
    );
    const found = exact ?? events.find((each) => each.event.kind === 'error' && each.event.code === undefined);
    if (found) return { host, event: found.id };
  }
  return undefined;
}
