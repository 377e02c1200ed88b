import type { Text } from '#domain/text.ts';

/**
 * A message or report. The Handlebars template is rendered once a language with the data and `zh` or `en` set to true; a value with both
 * languages is given as the text of the one.
 */
export interface ReportDefinition {
  readonly id: string;
  readonly label: Text;
  /** One line, a template too. */
  readonly subject: Text;
  readonly template: URL;
}
export const defineReport = (definition: ReportDefinition): ReportDefinition => definition;
