// Packets in one line of text: `ipv4 198.51.100.7 > 192.0.2.1 ttl=3 / tcp 1024 > 80 SYN / "GET /"`. Layers stand from the outermost to
// the innermost with a slash between them; an Ethernet header goes in front unless one is written.
import { InputError } from '../support/errors.js';
import { buildLayer, type LayerForm, layerForm } from './packet-forms.js';
import { type Layer, packet } from './packet-layer.js';
import { ethernet } from './packet-link.js';

/** A layer as written: its name and its fields. */
export interface WrittenLayer {
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * The bytes of a packet in the notation of this file.
 * @throws InputError `packet` naming the layer, the field and what is wrong
 */
export function packetFromText(text: string): Uint8Array {
  return packetFromLayers(splitLayers(text).map(writtenLayer));
}

/** The bytes of a packet of written layers. Throws InputError `packet`. */
export function packetFromLayers(written: readonly WrittenLayer[]): Uint8Array {
  if (written.length === 0) throw new InputError('packet', 'a packet without layers');
  const layers: Layer[] = written.map(({ name, fields }) => buildLayer(name, fields));
  const isWhole = written[0]!.name === 'ethernet' || written[0]!.name === 'hex';
  return packet(...(isWhole ? [] : [ethernet()]), ...layers);
}

/** Words of each layer. A quoted text is one word, and says of itself that it is a text. */
function splitLayers(text: string): string[][] {
  const layers: string[][] = [[]];
  const word = /\s*(?:("(?:[^"\\]|\\.)*")|([^\s"]+)|(\S))/gy;
  for (let found = word.exec(text); found !== null; found = word.exec(text)) {
    const [, quoted, plain, stray] = found;
    if (stray !== undefined) throw new InputError('packet', `a text without its closing quote: ${text.slice(0, 80)}`);
    if (plain === '/') layers.push([]);
    else layers.at(-1)!.push(quoted ?? plain!);
  }
  if (layers.some(words => words.length === 0)) {
    throw new InputError('packet', `a layer is missing before or after a slash: ${text.slice(0, 80)}`);
  }
  return layers;
}

function writtenLayer(words: readonly string[]): WrittenLayer {
  const [name, ...rest] = words as [string, ...string[]];
  if (name.startsWith('"')) return { name: 'text', fields: { text: unquoted(name) } };
  const form = layerForm(name);
  const fields: Record<string, unknown> = {};
  for (let at = 0; at < rest.length; at++) {
    if (rest[at + 1] === '>' && form.pair !== undefined) {
      const [from, to] = [rest[at]!, rest[at + 2]];
      if (to === undefined) throw new InputError('packet', `${name}: nothing stands behind ${from} >`);
      fields[form.pair[0]] = from;
      fields[form.pair[1]] = to;
      at += 2;
    } else {
      const [field, value] = fieldOf(name, form, rest[at]!);
      fields[field] = value;
    }
  }
  return { name, fields };
}

function fieldOf(name: string, form: LayerForm, word: string): [field: string, value: unknown] {
  const equals = word.indexOf('=');
  if (equals > 0) return [word.slice(0, equals), word.slice(equals + 1)];
  if (form.fields[word] === 'boolean') return [word, true];
  if (form.main !== undefined) return [form.main, word.startsWith('"') ? unquoted(word) : word];
  throw new InputError('packet', `${name}: what is ${word}? Fields are written as field=value`);
}

function unquoted(word: string): string {
  try {
    return String(JSON.parse(word));
  } catch {
    throw new InputError('packet', `not a text in JSON's notation: ${word.slice(0, 60)}`);
  }
}
