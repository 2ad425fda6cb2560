import { render } from "preact";
import { followDaemon } from "./api/live.ts";
import { App } from "./app.tsx";
import { startKeys } from "./lib/keys.ts";
import { startRouter } from "./lib/router.ts";

startRouter();
startKeys();
followDaemon();
const root = document.getElementById("root");
if (root !== null) render(<App />, root);
