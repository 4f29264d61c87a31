// `node vm/build-inputs.ts <stack>`: what vm/publish.sh builds an image from, as outputs of a job on GitHub.
import { service } from "../service.ts";
import { stackSettings } from "./stack.ts";

const [stack = ""] = process.argv.slice(2);
console.log(`source=${service.source}\nbase=${stackSettings(stack).image.base}`);
