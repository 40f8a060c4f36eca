// Bytes that grow, with the variable-length integers of WebAssembly (LEB128). WebAssembly Core Specification 2.0, section 5.2.2.

/** Appends to an array that doubles. */
export class WasmBytes {
  private storage = new Uint8Array(256);
  length = 0;

  /** What was written so far; a view that is valid until the next write. */
  get written(): Uint8Array {
    return this.storage.subarray(0, this.length);
  }

  byte(value: number): void {
    if (this.length === this.storage.length) this.grow(1);
    this.storage[this.length++] = value;
  }

  append(bytes: Uint8Array): void {
    if (this.length + bytes.byteLength > this.storage.length) this.grow(bytes.byteLength);
    this.storage.set(bytes, this.length);
    this.length += bytes.byteLength;
  }

  /** An unsigned number below 2^32. */
  u32(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.byte(rest);
  }

  /** A signed 32-bit number. */
  s32(value: number): void {
    let rest = value | 0;
    while (rest < -0x40 || rest > 0x3f) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    this.byte(rest & 0x7f);
  }

  /** A signed 64-bit number from its halves. */
  s64(low: number, high: number): void {
    let [restLow, restHigh] = [low | 0, high | 0];
    while (restHigh !== restLow >> 31 || restLow < -0x40 || restLow > 0x3f) {
      this.byte((restLow & 0x7f) | 0x80);
      restLow = (restLow >>> 7) | (restHigh << 25);
      restHigh >>= 7;
    }
    this.byte(restLow & 0x7f);
  }

  /** A name: its length and its ASCII characters. */
  name(text: string): void {
    this.u32(text.length);
    for (let at = 0; at < text.length; at++) this.byte(text.charCodeAt(at));
  }

  private grow(more: number): void {
    const larger = new Uint8Array(Math.max(2 * this.storage.length, this.length + more));
    larger.set(this.storage.subarray(0, this.length));
    this.storage = larger;
  }
}
