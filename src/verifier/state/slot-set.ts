// A set of stack slots, 0 to 63, in two words.

/** Which slots of a frame. */
export class SlotSet {
  low = 0;
  high = 0;

  get isEmpty(): boolean {
    return this.low === 0 && this.high === 0;
  }

  has(slot: number): boolean {
    return ((slot < 32 ? this.low >>> slot : this.high >>> (slot - 32)) & 1) !== 0;
  }

  add(slot: number): void {
    if (slot < 32) this.low |= 1 << slot;
    else this.high |= 1 << (slot - 32);
  }

  delete(slot: number): void {
    if (slot < 32) this.low &= ~(1 << slot);
    else this.high &= ~(1 << (slot - 32));
  }

  clear(): void {
    this.low = 0;
    this.high = 0;
  }

  fill(): void {
    this.low = -1;
    this.high = -1;
  }
}
