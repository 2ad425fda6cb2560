import type { JSX, TargetedPointerEvent } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Placed } from "../lib/graph-layout.ts";
import { NODE_HEIGHT } from "../lib/graph-size.ts";
import { labelOf } from "../lib/states.ts";
import { StateMark } from "./state.tsx";

/** A task in a graph. */
export interface GraphTask {
  readonly id: string;
  readonly needs: readonly string[];
  /** The second line. */
  readonly note: string;
  readonly state: string | undefined;
  readonly href: string | undefined;
}

/** Of a letter, and of a node at least and at most, in pixels. */
const LETTER = 7.4;
const WIDTH = [110, 250] as const;
/** Below this zoom nobody can read a name. */
const READABLE = 0.6;
const ZOOM = [0.08, 2.5] as const;
/** Nodes from which on there is a small map. */
const MAP_FROM = 30;

interface View {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

function widthOf({ id, note }: GraphTask): number {
  return Math.min(WIDTH[1], Math.max(WIDTH[0], Math.max(id.length, note.length * 0.9) * LETTER + 44));
}

/** Tasks from left to right by what they need. Drag moves, the wheel with Ctrl zooms. */
export function Graph({ tasks }: { readonly tasks: readonly GraphTask[] }): JSX.Element {
  const [place, setPlace] = useState<Placed | undefined>();
  const [view, setView] = useState<View>({ x: 0, y: 0, zoom: 1 });
  const [wanted, setWanted] = useState("");
  const box = useRef<HTMLDivElement>(null);
  const shape = tasks.map(({ id, needs, note }) => `${id}<${needs.join()}|${note.length}`).join(";");
  // The layout hangs on the shape alone: a state that changes moves nothing.
  const nodes = useMemo(() => tasks.map((task) => ({ id: task.id, needs: task.needs, width: widthOf(task) })), [shape]);
  useEffect(() => {
    let isGone = false;
    void import("../lib/graph-layout.ts").then(({ placed }) => {
      if (!isGone) setPlace(placed(nodes));
    });
    return () => {
      isGone = true;
    };
  }, [nodes]);
  const fit = (): void => {
    if (place !== undefined && box.current !== null) setView(fitting(place, box.current));
  };
  useEffect(() => {
    if (place !== undefined && box.current !== null) setView(readable(place, box.current));
  }, [place]);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    // Not passive: the page must not zoom as well.
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      setView((before) => zoomed(before, Math.exp(-event.deltaY / 300), event.clientX - left, event.clientY - top));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, []);
  const zoomBy = (factor: number): void => {
    const { clientWidth = 0, clientHeight = 0 } = box.current ?? {};
    setView((before) => zoomed(before, factor, clientWidth / 2, clientHeight / 2));
  };
  const find = (text: string): void => {
    setWanted(text);
    const found = text === "" ? undefined : tasks.find(({ id }) => id.includes(text));
    const at = found && place?.nodes.get(found.id);
    if (at === undefined || box.current === null) return;
    const { clientWidth, clientHeight } = box.current;
    setView({ zoom: 1, x: clientWidth / 2 - at.x, y: clientHeight / 2 - at.y });
  };
  return (
    <div class="graph">
      <div class="graph-bar">
        {tasks.length > 12 && (
          <input
            type="search"
            placeholder="Find a task"
            aria-label="Find a task"
            value={wanted}
            onInput={({ currentTarget }) => find(currentTarget.value)}
          />
        )}
        <button type="button" aria-label="Smaller" onClick={() => zoomBy(0.8)}>
          −
        </button>
        <button type="button" aria-label="Larger" onClick={() => zoomBy(1.25)}>
          +
        </button>
        <button type="button" onClick={fit}>
          Fit
        </button>
      </div>
      <div
        class="graph-box"
        ref={box}
        onPointerDown={(event) => drag(event, view, setView)}
        style={place && { height: `${heightOf(place)}px` }}
      >
        {place === undefined ? (
          <div class="loading" role="status" aria-label="Loading" />
        ) : (
          <>
            <Drawing tasks={tasks} place={place} view={view} wanted={wanted} />
            {tasks.length >= MAP_FROM && (
              <SmallMap tasks={tasks} place={place} view={view} box={box.current} onGo={setView} />
            )}
          </>
        )}
      </div>
    </div>
  );
}

interface DrawingProps {
  readonly tasks: readonly GraphTask[];
  readonly place: Placed;
  readonly view: View;
  readonly wanted: string;
}

function Drawing({ tasks, place, view, wanted }: DrawingProps): JSX.Element {
  const edges = useMemo(
    () => place.edges.map(({ from, to, points }) => <path key={`${from}>${to}`} class="edge" d={curve(points)} />),
    [place],
  );
  const nodes = useMemo(
    () =>
      tasks.map((task) => {
        const at = place.nodes.get(task.id);
        const isFound = wanted !== "" && task.id.includes(wanted);
        return at && <Node key={task.id} task={task} x={at.x} y={at.y} isFound={isFound} />;
      }),
    [place, tasks, wanted],
  );
  return (
    <svg width="100%" height="100%" role="group" aria-label={`Graph of ${tasks.length} tasks`}>
      <g transform={`translate(${view.x} ${view.y}) scale(${view.zoom})`}>
        {edges}
        {nodes}
      </g>
    </svg>
  );
}

interface NodeProps {
  readonly task: GraphTask;
  readonly x: number;
  readonly y: number;
  readonly isFound: boolean;
}

function Node({ task, x, y, isFound }: NodeProps): JSX.Element {
  const { id, note, state, href } = task;
  const width = widthOf(task);
  const letters = Math.floor((width - 40) / LETTER);
  const content = (
    <g
      transform={`translate(${x - width / 2} ${y - NODE_HEIGHT / 2})`}
      class={`node${isFound ? " found" : ""} state-${state ?? "none"}`}
    >
      <title>{`${id}${state === undefined ? "" : `: ${labelOf(state)}`}, ${note}`}</title>
      <rect width={width} height={NODE_HEIGHT} rx="6" class={state === undefined ? "plain" : ""} />
      {state !== undefined && <StateMark state={state} x={9} y={12} />}
      <text x={state === undefined ? 12 : 33} y="17">
        {shortened(id, letters)}
      </text>
      <text x={state === undefined ? 12 : 33} y="31" class="note">
        {shortened(note, letters * 1.15)}
      </text>
    </g>
  );
  if (href === undefined) return content;
  return (
    <a href={href} draggable={false}>
      {content}
    </a>
  );
}

interface SmallMapProps {
  readonly tasks: readonly GraphTask[];
  readonly place: Placed;
  readonly view: View;
  readonly box: HTMLDivElement | null;
  readonly onGo: (view: View) => void;
}

/** Of the small map, at most, in pixels. */
const MAP = { width: 180, height: 110 } as const;

/** The whole graph, small, and what of it is seen. */
function SmallMap({ tasks, place, view, box, onGo }: SmallMapProps): JSX.Element | null {
  if (box === null) return null;
  const scale = Math.min(MAP.width / place.width, MAP.height / place.height);
  const { clientWidth, clientHeight } = box;
  const go = (event: TargetedPointerEvent<SVGSVGElement>): void => {
    event.stopPropagation();
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const [x, y] = [(event.clientX - left) / scale, (event.clientY - top) / scale];
    onGo({ zoom: view.zoom, x: clientWidth / 2 - x * view.zoom, y: clientHeight / 2 - y * view.zoom });
  };
  return (
    <svg
      class="small-map"
      width={place.width * scale}
      height={place.height * scale}
      onPointerDown={go}
      aria-hidden="true"
    >
      {tasks.map(({ id, state }) => {
        const at = place.nodes.get(id);
        return (
          at && (
            <rect
              key={id}
              class={`state-${state ?? "none"}`}
              x={(at.x - 50) * scale}
              y={(at.y - 15) * scale}
              width={100 * scale}
              height={30 * scale}
            />
          )
        );
      })}
      <rect
        class="seen"
        x={(-view.x / view.zoom) * scale}
        y={(-view.y / view.zoom) * scale}
        width={(clientWidth / view.zoom) * scale}
        height={(clientHeight / view.zoom) * scale}
      />
    </svg>
  );
}

function drag(start: PointerEvent, view: View, setView: (view: View) => void): void {
  if (start.button !== 0) return;
  let hasMoved = false;
  const move = (event: PointerEvent): void => {
    const [x, y] = [event.clientX - start.clientX, event.clientY - start.clientY];
    hasMoved ||= Math.hypot(x, y) > 4;
    if (hasMoved) setView({ ...view, x: view.x + x, y: view.y + y });
  };
  const end = (): void => {
    window.removeEventListener("pointermove", move);
    window.removeEventListener("pointerup", end);
    // A drag that ends on a node opens nothing.
    if (hasMoved) window.addEventListener("click", (event) => event.preventDefault(), { capture: true, once: true });
  };
  window.addEventListener("pointermove", move);
  window.addEventListener("pointerup", end);
}

function zoomed(view: View, factor: number, x: number, y: number): View {
  const zoom = Math.min(ZOOM[1], Math.max(ZOOM[0], view.zoom * factor));
  const by = zoom / view.zoom;
  return { zoom, x: x - (x - view.x) * by, y: y - (y - view.y) * by };
}

function fitting(place: Placed, { clientWidth, clientHeight }: HTMLDivElement): View {
  const zoom = Math.max(ZOOM[0], Math.min(1, clientWidth / place.width, clientHeight / place.height));
  return {
    zoom,
    x: Math.max(0, (clientWidth - place.width * zoom) / 2),
    y: Math.max(0, (clientHeight - place.height * zoom) / 2),
  };
}

/** All of it, or of a large graph its beginning, so that it can be read. */
function readable(place: Placed, box: HTMLDivElement): View {
  const all = fitting(place, box);
  if (all.zoom >= READABLE) return all;
  return { zoom: READABLE, x: 0, y: (box.clientHeight - place.height * READABLE) / 2 };
}

/** As high as the graph, within bounds, in pixels. */
function heightOf({ height }: Placed): number {
  return Math.min(Math.max(320, window.innerHeight - 280), Math.max(160, height + 24));
}

function curve(points: readonly { readonly x: number; readonly y: number }[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  let [d, before] = [`M${first.x} ${first.y}`, first];
  for (const point of rest) {
    const middle = (before.x + point.x) / 2;
    d += `C${middle} ${before.y} ${middle} ${point.y} ${point.x} ${point.y}`;
    before = point;
  }
  return d;
}

function shortened(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, Math.max(1, Math.floor(letters) - 1))}…`;
}
