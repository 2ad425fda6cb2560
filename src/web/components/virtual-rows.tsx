import { observeWindowOffset, observeWindowRect, Virtualizer, windowScroll } from "@tanstack/virtual-core";
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useReducer, useRef } from "preact/hooks";

interface VirtualRowsProps {
  readonly count: number;
  /** Of each row, in pixels. */
  readonly height: number;
  readonly keyOf: (index: number) => string;
  /** The row that is to be in sight. */
  readonly current?: number;
  readonly row: (index: number, style: { readonly transform: string }) => ComponentChildren;
}

/** Rows that are there when they are in sight, or nearly, out of sight of the window's own scrolling. */
const OVERSCAN = 12;

/** A long list of rows of one height, which scrolls with the window. */
export function VirtualRows({ count, height, keyOf, current, row }: VirtualRowsProps): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const [, draw] = useReducer((times: number) => times + 1, 0);
  const options = {
    ...{
      count,
      overscan: OVERSCAN,
      estimateSize: () => height,
      getItemKey: keyOf,
      scrollMargin: list.current?.offsetTop ?? 0,
    },
    getScrollElement: () => window,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    initialRect: { width: window.innerWidth, height: window.innerHeight },
    onChange: () => draw(0),
  } as const;
  const kept = useRef<Virtualizer<Window, HTMLDivElement>>(null);
  kept.current ??= new Virtualizer<Window, HTMLDivElement>(options);
  const virtual = kept.current;
  virtual.setOptions(options);
  useLayoutEffect(() => virtual._didMount(), [virtual]);
  useLayoutEffect(() => virtual._willUpdate());
  useLayoutEffect(() => {
    if (current !== undefined) virtual.scrollToIndex(current, { align: "auto" });
  }, [virtual, current]);
  return (
    <div class="rows" ref={list} style={{ height: `${virtual.getTotalSize()}px` }}>
      {virtual
        .getVirtualItems()
        .map(({ index, start }) => row(index, { transform: `translateY(${start - virtual.options.scrollMargin}px)` }))}
    </div>
  );
}
