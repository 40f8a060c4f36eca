// HTML and SVG as text. Whatever is not already Markup is escaped, so no name or source line can become markup.
import { escapeXml } from '../xml.js';

/** Text that is markup. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template can hold. `undefined` and `false` stand for nothing. */
export type Content = Markup | string | number | undefined | false | readonly Content[];

/** A template tag: literal parts are markup, values are escaped unless they are Markup. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  let text = parts[0]!;
  values.forEach((value, index) => {
    text += render(value) + parts[index + 1]!;
  });
  return new Markup(text);
}

function render(value: Content): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return (value as readonly Content[]).map(render).join('');
  return escapeXml(String(value));
}
