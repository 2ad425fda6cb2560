/*
 * What a drawing measures. `along` is the axis on which the boxes of one layer stand side by side, `across` the one
 * from layer to layer: x and y where the drawing goes down, y and x where it goes right. The unit is the drawing's
 * own: characters or pixels.
 */

/** A box for a task: how far it reaches along, from its way out; and its size across. */
export interface BoxSize {
  readonly before: number;
  readonly after: number;
  readonly across: number;
}

export interface Measures {
  /** `ports`: the ways in that the box has to have room for. */
  size(task: string, ports: number): BoxSize;
  /** What a line takes: 1 in characters, 0 where a line has no width. */
  readonly line: number;
  /** Between two boxes of a layer. */
  readonly gap: number;
  /** Between two ways into one box. */
  readonly portGap: number;
  /** From the end of a box to its first and last way in. */
  readonly portInset: number;
  /** From a layer to the first line between layers, and from the last one to the next layer. */
  readonly layerGap: number;
  /** From one line between layers to the next. */
  readonly trackGap: number;
}
