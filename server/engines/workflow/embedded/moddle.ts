import type { ModdleElement } from 'bpmn-moddle';
import type { Expression } from './graph.ts';

const isElement = (value: unknown): value is ModdleElement => typeof value === 'object' && value !== null && '$type' in value;

/** A text property; empty when absent. */
export const text = (element: ModdleElement, property: string): string => {
  const value = element[property];
  return typeof value === 'string' ? value : '';
};
export const child = (element: ModdleElement, property: string): ModdleElement | undefined => {
  const value = element[property];
  return isElement(value) ? value : undefined;
};
export const children = (element: ModdleElement, property: string): readonly ModdleElement[] => {
  const value = element[property];
  return Array.isArray(value) ? value.filter(isElement) : [];
};
/** The extension element of a type: `zeebe:TaskDefinition`. */
export const extension = (element: ModdleElement, type: string): ModdleElement | undefined => {
  const extensions = child(element, 'extensionElements');
  return extensions && children(extensions, 'values').find((value) => value.$type === type);
};
/** Zeebe's rule: what begins with `=` is FEEL. */
export const expression = (raw: string): Expression => (raw.startsWith('=') ? { feel: raw.slice(1).trim() } : { text: raw });
