/** Of every node of a graph, in pixels. Stands alone, so that who draws need not load what lays out. */
export const NODE_HEIGHT = 40;
