import process from "node:process";
import { getCase } from "./benchmarks/speed/cases.ts";
import { openDetectorSteps } from "./benchmarks/speed/detector.ts";
const hwm = () => {
  if (true) {
    return `rss ${Math.round(Deno.memoryUsage().rss / 2 ** 20)} hwm ${
      Math.round(process.resourceUsage().maxRSS / 1024)
    }`;
  }
  const s = Deno.readTextFileSync("/proc/self/status");
  const g = (k: string) => Math.round(Number(s.match(new RegExp(k + ":\\s+(\\d+)"))![1]) / 1024);
  return `rss ${g("VmRSS")} hwm ${g("VmHWM")}`;
};
const mu = () => {
  const m = Deno.memoryUsage();
  return `heap ${Math.round(m.heapUsed / 2 ** 20)} ext ${Math.round(m.external / 2 ** 20)}`;
};
const c = getCase(Deno.args[0] ?? "detector-800");
const o = await openDetectorSteps(c, {
  layout: (Deno.args[1] ?? "chwn") as "chwn",
  session: { threads: 1 },
  onTime: (p, ms) => console.log(p.padEnd(36), Math.round(ms), hwm(), mu()),
});
console.log("opened", hwm(), mu());
for (let i = 0; i < Number(Deno.args[2] ?? 2); i++) {
  const l = await o.step();
  console.log("step", i, l, hwm(), mu());
}
Deno.exit(0);
