import { render } from "preact";
import { startRouter } from "../lib/router.ts";
import { App } from "./app.tsx";

startRouter();
const root = document.getElementById("root");
if (root !== null) render(<App />, root);
