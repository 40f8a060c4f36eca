// What packets to build are made of: layers, put around each other from the innermost outwards.

/** One protocol layer of a packet to build. */
export interface Layer {
  /** How Ethernet, VLAN and GRE name this layer. */
  readonly etherType?: number;
  /** How IPv4 and IPv6 name this layer. */
  readonly ipProtocol?: number;
  /** Of IP layers: the addresses for the pseudo-headers of what they carry. */
  readonly addresses?: { readonly source: Uint8Array; readonly destination: Uint8Array };
  /** The layer with its payload. `around` says what it stands between. */
  encode(payload: Uint8Array, around: Surroundings): Uint8Array;
}

/** What a layer may need to know of its neighbours. */
export interface Surroundings {
  /** The layer directly inside; absent for plain bytes and for nothing. */
  readonly inside?: Layer;
  /** The nearest IP layer outside. */
  readonly ip?: Layer;
}

/** A packet of its layers from the outermost to the innermost; text is UTF-8. */
export function packet(...parts: readonly (Layer | Uint8Array | string)[]): Uint8Array {
  const layers = parts.map(part => (typeof part === 'string' || part instanceof Uint8Array ? raw(part) : part));
  return layers.reduceRight<Uint8Array>((payload, layer, at) => {
    const inside = layers[at + 1];
    const ip = layers.slice(0, at).findLast(outer => outer.addresses !== undefined);
    return layer.encode(payload, { ...(inside && { inside }), ...(ip && { ip }) });
  }, new Uint8Array(0));
}

/** Bytes, or UTF-8 text, as they are. */
export function raw(bytes: Uint8Array | string): Layer {
  const content = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  return { encode: payload => joined(content, payload) };
}

/** One after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.byteLength;
  }
  return all;
}
