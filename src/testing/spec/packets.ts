// The packets of a spec: one line of text, layers, hexadecimal, or packets of a capture; named ones are written once.
import { LAYER_FORMS, readHex } from '../../capture/packet-forms.js';
import { packetFromLayers, packetFromText, type WrittenLayer } from '../../capture/packet-text.js';
import { MAX_FRAME_BYTES, MIN_FRAME_BYTES } from '../../engine/engine.js';
import type { InputError } from '../../support/errors.js';
import type { SpecNode } from './node.js';
import type { PacketShape, PacketSource } from './spec.js';

/** Named packets, as written. */
export type NamedPackets = ReadonlyMap<string, SpecNode>;

const PACKET_KEYS = ['of', 'text', 'hex', 'layers', 'capture', 'number', 'packets', 'cutTo', 'padTo'] as const;

/** What a written packet stands for. Throws InputError `spec` naming line and key. */
export function readPacket(node: SpecNode, named: NamedPackets): PacketSource {
  const source = readSource(node, named, 0);
  if (source.kind === 'capture') return source;
  const { byteLength } = source.bytes;
  if (byteLength >= MIN_FRAME_BYTES && byteLength <= MAX_FRAME_BYTES) return source;
  throw node.error(`a packet of ${byteLength} bytes; programs see ${MIN_FRAME_BYTES} to ${MAX_FRAME_BYTES}`);
}

/** The bytes of a packet that is no capture. */
export function readPacketBytes(node: SpecNode, named: NamedPackets): Uint8Array {
  const source = readSource(node, named, 0);
  if (source.kind === 'bytes') return source.bytes;
  throw node.error('a packet of its own is wanted here, not a capture');
}

function readSource(node: SpecNode, named: NamedPackets, depth: number): PacketSource {
  if (depth > named.size) throw node.error('packets that are made of each other');
  if (node.kind === 'list') return bytesOf(() => packetFromLayers(node.items.map(writtenLayer)), node);
  if (node.kind === 'scalar') return readText(node, named, depth);
  node.mapping(PACKET_KEYS);
  const shape: PacketShape = {
    cutToBytes: optionalLength(node.get('cutTo')),
    padToBytes: optionalLength(node.get('padTo')),
  };
  return shaped(readForm(node, named, shape, depth), shape);
}

function readForm(node: SpecNode, named: NamedPackets, shape: PacketShape, depth: number): PacketSource {
  const forms = (['of', 'text', 'hex', 'layers', 'capture'] as const).filter(name => node.get(name) !== undefined);
  const [form] = forms;
  if (form === undefined || forms.length > 1) throw node.error('a packet has one of of, text, hex, layers, capture');
  const value = node.get(form)!;
  switch (form) {
    case 'of':
      return readNamed(value, named, depth);
    case 'text':
      return bytesOf(() => packetFromText(value.string('a packet in text')), value);
    case 'hex':
      return bytesOf(() => readHex(value.kind === 'scalar' ? value.text : ''), value);
    case 'layers':
      return bytesOf(() => packetFromLayers(value.list('layers').map(writtenLayer)), value);
    case 'capture':
      return readCapture(node, value, shape);
  }
}

function bytesOf(make: () => Uint8Array, node: SpecNode): PacketSource {
  return { kind: 'bytes', bytes: node.during(make) };
}

function readText(node: SpecNode, named: NamedPackets, depth: number): PacketSource {
  const text = node.string('a packet');
  if (named.has(text)) return readNamed(node, named, depth);
  if (!/\s|"/.test(text) && !Object.hasOwn(LAYER_FORMS, text)) throw unknownName(node, text, named);
  return bytesOf(() => packetFromText(text), node);
}

function readNamed(node: SpecNode, named: NamedPackets, depth: number): PacketSource {
  const name = node.string('the name of a packet');
  const target = named.get(name);
  if (target === undefined) throw unknownName(node, name, named);
  return readSource(target, named, depth + 1);
}

function unknownName(node: SpecNode, name: string, named: NamedPackets): InputError {
  return node.error(`no packet ${name}; there are ${[...named.keys()].join(', ') || 'none under packets'}`);
}

function readCapture(node: SpecNode, path: SpecNode, shape: PacketShape): PacketSource {
  const number = node.get('number')?.wholeNumber(1, Number.MAX_SAFE_INTEGER);
  const [from, to] = number === undefined ? readRange(node.get('packets')) : [number, number];
  return { kind: 'capture', node, path: path.string('the path of a capture'), from, to, shape };
}

function readRange(node: SpecNode | undefined): [number, number] {
  if (node === undefined) return [1, Number.POSITIVE_INFINITY];
  const [, from, to] = /^(\d+)-(\d+)$/.exec(node.string('a range such as 3-9')) ?? [];
  if (from === undefined || Number(from) < 1 || Number(from) > Number(to)) throw node.error('not a range such as 3-9');
  return [Number(from), Number(to)];
}

function optionalLength(node: SpecNode | undefined): number | undefined {
  return node?.wholeNumber(0, MAX_FRAME_BYTES);
}

/** The packet cut and padded. */
export function shapedBytes(bytes: Uint8Array, { cutToBytes, padToBytes }: PacketShape): Uint8Array {
  const cut = bytes.subarray(0, cutToBytes ?? bytes.byteLength);
  const padded = new Uint8Array(Math.max(cut.byteLength, padToBytes ?? 0));
  padded.set(cut);
  return padded;
}

function shaped(source: PacketSource, shape: PacketShape): PacketSource {
  if (source.kind === 'bytes') return { kind: 'bytes', bytes: shapedBytes(source.bytes, shape) };
  const { cutToBytes = source.shape.cutToBytes, padToBytes = source.shape.padToBytes } = shape;
  return { ...source, shape: { cutToBytes, padToBytes } };
}

/** A layer as a text, or as a mapping with the layer's name as its one key. */
function writtenLayer(node: SpecNode): WrittenLayer {
  if (node.kind === 'scalar') return { name: 'text', fields: { text: node.text } };
  const [entry] = node.fields;
  if (node.kind !== 'map' || entry === undefined || node.fields.size !== 1) {
    throw node.error('a layer is a text, or a mapping with the name of the layer as its one key');
  }
  const [name, fields] = entry;
  if (fields.kind === 'map') return { name, fields: fieldTexts(fields) };
  if (fields.kind === 'scalar' && fields.scalar === null) return { name, fields: {} };
  const form = Object.hasOwn(LAYER_FORMS, name) ? LAYER_FORMS[name as keyof typeof LAYER_FORMS] : undefined;
  if (form !== undefined && 'main' in form) return { name, fields: { [form.main]: plain(fields) } };
  throw fields.error(`the fields of ${name} are a mapping`);
}

function fieldTexts(node: SpecNode): Record<string, unknown> {
  return Object.fromEntries([...node.fields].map(([name, field]) => [name, plain(field)]));
}

/** Text as it is written, so that `hex: 0011` is no number. */
function plain(node: SpecNode): unknown {
  return node.kind === 'scalar' && typeof node.scalar !== 'boolean' ? node.text : node.value;
}
