import type uPlot from "uplot";

/** How moments are written below, by how close they stand: seconds between two, the form, and what more where a day or a year begins. */
export const MOMENTS: uPlot.Axis.Values = [
  [365 * 86_400, "{YYYY}", null, null, null, null, null, null, 1],
  [28 * 86_400, "{YYYY}-{MM}", null, null, null, null, null, null, 1],
  [86_400, "{MM}-{DD}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{YYYY}-{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", "\n{YYYY}-{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1],
  [0.001, ":{ss}.{fff}", "\n{YYYY}-{MM}-{DD} {HH}:{mm}", null, "\n{MM}-{DD} {HH}:{mm}", null, "\n{HH}:{mm}", null, 1],
];
/** The colours of series, told apart also by those who see few colours, on light and on dark paper. */
export const COLORS = {
  light: ["#3451c6", "#b4530a", "#157f6b", "#9a2d86", "#5d6b1f", "#a3333d"],
  dark: ["#8ea6ff", "#f2a65a", "#5fd3bc", "#e39bdf", "#c3d06a", "#ff9aa0"],
} as const;
/** How the lines of those are broken that have a colour again. */
export const DASHES = [[], [6, 3], [2, 2], [8, 3, 2, 3]] as const;
